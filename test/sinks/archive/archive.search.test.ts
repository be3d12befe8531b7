/** Search in the files of an archive sink: what is opened and decompressed, what is found by time, and what damage costs. */
import { appendFile, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { FRAME_HEADS } from '../../../src/core/compressed/frame.ts';
import { walkFrames } from '../../../src/core/compressed/walk-frames.ts';
import type { Passage } from '../../../src/core/passage.ts';
import type { ScanQuery } from '../../../src/core/search.ts';
import type { ArchiveSink } from '../../../src/sinks/archive/archive-sink.ts';
import type { FileRig, RigOptions } from '../file/rig.ts';
import { openedBy, textsIn, where } from '../file/searching.ts';
import { type Compression, makeArchiveRig, suffixOf } from './archive-rig.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;
const MINUTE = 60_000;

/** Lines that do not compress well, so that a file holds about so many of them. */
const textOf = (file: number, line: number): string =>
  `file ${file} line ${line} `.padEnd(120, `${Math.sin(file * 1000 + line)}`.slice(2));

/** A frame a line, ten frames a minute, a minute a file; the last ten are in the current file. */
async function written(compression: Compression, files: number, options: RigOptions = {}): Promise<FileRig> {
  const rig = await makeArchiveRig(compression, { durability: 'none', maxSize: '1GiB', ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  for (let file = 0; file < files; file++) {
    if (file > 0) await restartWith(rig, { ...rig.options, maxSize: 1 });
    for (let line = 0; line < 10; line++) {
      await write(rig, textOf(file, line));
      rig.clock.advance(MINUTE / 10);
      if (line === 0 && file > 0) await restartWith(rig, { ...rig.options, maxSize: '1GiB' });
    }
  }
  await rig.fs.quiet();
  return rig;
}

/** With `maxSize: 1` the next frame begins a file. */
async function restartWith(rig: FileRig, options: RigOptions): Promise<void> {
  await rig.stop();
  rig.options = options;
  await rig.restart();
}

async function write(rig: FileRig, ...texts: string[]): Promise<void> {
  const batch = Batch.fromTexts(texts, { origin: { source: 'test' }, receivedAt: rig.clock.now() });
  await rig.sink.writeAll!([batch]);
  rig.stored.push(...texts);
}

const sinkOf = (rig: FileRig) => rig.sink as ArchiveSink;
const tallied = () => ({ lines: 0, bytes: 0, matched: 0 });

const find = (rig: FileRig, query: ScanQuery = {}, tally = tallied()): Promise<string[]> =>
  textsIn(sinkOf(rig).scan(query, tally));

test.each(COMPRESSIONS)('%s: finds lines in all files, either way round', async (compression) => {
  const rig = await written(compression, 4);
  expect((await rig.check()).archives).toHaveLength(3);
  expect(await find(rig)).toEqual(rig.stored);
  expect(await find(rig, { order: 'newest' })).toEqual(rig.stored.toReversed());
  const tally = tallied();
  expect(await find(rig, where('"line 3" -"file 2"', rig), tally)).toEqual(
    rig.stored.filter((line) => line.includes('line 3') && !line.includes('file 2')),
  );
  expect(tally).toEqual({ lines: 40, bytes: rig.stored.join('\n').length + 1, matched: 3 });
  const counted = tallied();
  expect(await find(rig, { ...where('"line 3"', rig), countOnly: true }, counted)).toEqual([]);
  expect(counted.matched).toBe(4);
});

test.each(COMPRESSIONS)(
  '%s: opens only files, and looks only at frames, of the time that is asked for',
  async (compression) => {
    const rig = await written(compression, 5);
    const since = rig.clock.now() - 3.55 * MINUTE;
    const until = since + 0.5 * MINUTE;
    const lines: string[] = [];
    const tally = tallied();
    const opened = await openedBy(rig, async () => lines.push(...(await find(rig, { since, until }, tally))));
    expect(lines).toEqual(rig.stored.slice(15, 20));
    expect(tally.lines).toBe(5);
    // The current file is held, so that it can be read whatever becomes of it.
    expect(opened).toEqual(['current', '2']);
    expect(await find(rig, where('since:90s', rig))).toEqual(rig.stored.slice(-15));
    expect(await find(rig, { ...where('since:90s', rig), order: 'newest' })).toEqual(
      rig.stored.slice(-15).toReversed(),
    );
  },
);

test.each(COMPRESSIONS)('%s: tells when a line came, also after a restart', async (compression) => {
  const rig = await written(compression, 2);
  await rig.stop();
  await rig.restart();
  const times: number[] = [];
  for await (const { receivedAt } of sinkOf(rig).scan({}, tallied())) times.push(...receivedAt);
  const began = rig.clock.now() - 2 * MINUTE;
  expect(times).toEqual(rig.stored.map((_, line) => began + (line * MINUTE) / 10));
});

test.each([
  ['is gone', async (path: string) => rm(path)],
  ['is damaged', async (path: string) => writeFile(path, (await readFile(path)).fill(1, 60))],
  ['is of another version', async (path: string) => writeFile(path, (await readFile(path)).fill(9, 4, 8))],
] as const)('an index that %s costs no line: heads and names tell then', async (_, harm) => {
  const rig = await written('zstd', 4);
  const folder = `${rig.directory}/.logcaster-index`;
  for (const name of await readdir(folder)) await harm(`${folder}/${name}`);
  const since = rig.clock.now() - 2.45 * MINUTE;
  // To the frame: its head says when the newest of its lines came.
  expect(await find(rig, { since })).toEqual(rig.stored.slice(-24));
  const until = rig.clock.now() - 2.5 * MINUTE;
  const found = await find(rig, { until });
  expect(found.slice(0, 15)).toEqual(rig.stored.slice(0, 15));
  expect(found).not.toContain(rig.stored.at(-1));
});

test('an index of places where no frame begins is not used', async () => {
  const rig = await written('zstd', 2);
  const [name] = (await rig.check()).archives;
  const path = `${rig.directory}/${name}`;
  const bytes = await readFile(path);
  const first = await firstFrame(path, 'zstd');
  // Somebody has put the first frame behind the others; the file has its old size, and the index does not know of it.
  const file = await open(path, 'r+');
  const { atime, mtime } = await file.stat();
  await file.write(Buffer.concat([bytes.subarray(first), bytes.subarray(0, first)]), 0, bytes.length, 0);
  await file.utimes(atime, mtime);
  await file.close();
  const all = [...rig.stored.slice(1, 10), rig.stored[0], ...rig.stored.slice(10)];
  expect(await find(rig)).toEqual(all);
  const since = rig.clock.now() - 1.5 * MINUTE;
  expect(await find(rig, { since })).toEqual(expect.arrayContaining(rig.stored.slice(-15)));
});

async function firstFrame(path: string, compression: Compression): Promise<number> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for await (const placed of walkFrames(file, FRAME_HEADS[compression], 0, size)) return placed.length;
    return 0;
  } finally {
    await file.close();
  }
}

test.each(COMPRESSIONS)('%s: what is damaged costs its frame, and is told', async (compression) => {
  const rig = await written(compression, 2);
  const [name] = (await rig.check()).archives;
  const path = `${rig.directory}/${name}`;
  const bytes = await readFile(path);
  const first = await firstFrame(path, compression);
  // In the first frame, in what is compressed; and the head of the second.
  bytes[first - 12]! ^= 0xff;
  bytes[first + 1]! ^= 0xff;
  await writeFile(path, bytes);
  expect(await find(rig)).toEqual(rig.stored.slice(2));
  expect(rig.complaints).toEqual([
    expect.stringMatching(/damaged at offset 0: .*: 1 lines cannot be read/),
    expect.stringMatching(/damaged at offset \d+: no frame begins there/),
  ]);
  expect(await find(rig, { order: 'newest' })).toEqual(rig.stored.slice(2).toReversed());
  expect(rig.complaints).toHaveLength(4);
});

test('a file of which the first frame is damaged is one of frames all the same', async () => {
  const rig = await written('gzip', 2);
  const [name] = (await rig.check()).archives;
  const path = `${rig.directory}/${name}`;
  const bytes = await readFile(path);
  bytes[20]! ^= 0xff;
  await writeFile(path, bytes);
  expect(await find(rig)).toEqual(rig.stored.slice(1));
});

test.each(COMPRESSIONS)('%s: a frame that becomes more than it says is damaged', async (compression) => {
  const rig = await written(compression, 1);
  const head = FRAME_HEADS[compression];
  const bomb = Buffer.alloc(2 ** 24, 'bomb\n');
  const body = compression === 'gzip' ? gzipSync(bomb).subarray(10) : zstdCompressSync(bomb);
  const length = head.length + body.length;
  const note = { length, rawLength: 100, lines: 20, receivedAt: rig.clock.now() };
  await rig.stop();
  await appendFile(
    `${rig.directory}/current${suffixOf(compression)}`,
    Buffer.concat([head.write(note), body]),
  );
  await rig.restart();
  expect(await find(rig)).toEqual(rig.stored);
});

test('reads what was compressed as a whole, as a file sink does it', async () => {
  const rig = await written('gzip', 1);
  await writeFile(
    `${rig.directory}/log-20250101-000000-000001.log.gz`,
    Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]),
  );
  await rig.stop();
  await rig.restart();
  expect(await find(rig)).toEqual(['one', 'two', ...rig.stored]);
});

test('lines that come after the call are not found, whatever becomes of the file', async () => {
  const rig = await written('zstd', 2);
  await restartWith(rig, { ...rig.options, maxSize: '2KiB' });
  const scan = sinkOf(rig).scan({}, tallied());
  const before = [...rig.stored];
  for (let line = 0; line < 40; line++) await write(rig, textOf(9, line));
  expect((await rig.find()).archives.length).toBeGreaterThan(2);
  expect(await textsIn(scan)).toEqual(before);
});

test('who leaves early, or is called off, leaves nothing open', async () => {
  const rig = await written('zstd', 3);
  const { openFiles } = rig.fs;
  for (const order of ['oldest', 'newest'] as const) {
    for await (const _ of sinkOf(rig).scan({ order }, tallied())) break;
    expect(rig.fs.openFiles).toBe(openFiles);
  }
  const calledOff = new AbortController();
  const reason = new Error('nobody wants it any more');
  const scan = async () => {
    for await (const _ of sinkOf(rig).scan({ signal: calledOff.signal }, tallied())) calledOff.abort(reason);
  };
  await expect(scan()).rejects.toBe(reason);
  await rig.fs.quiet();
  expect(rig.fs.openFiles).toBe(openFiles);
});

test('a file that cannot be read is told and passed over', async () => {
  const rig = await written('zstd', 3);
  const { openFiles } = rig.fs;
  rig.fs.arm('EIO', 1, {
    only: ({ name, path }) => name === 'file.read' && path.endsWith('-000001.log.zst'),
  });
  expect(await find(rig)).toEqual(rig.stored.slice(10));
  expect(rig.complaints).toEqual([expect.stringMatching(/000001\.log\.zst: cannot be (?:read|opened): EIO/)]);
  expect(rig.fs.openFiles).toBe(openFiles);
});

test('says through where lines are stored, and counts what waits for others as not stored', async () => {
  const rig = await makeArchiveRig('zstd', { durability: 'none', flushInterval: '1h' });
  onTestFinished(() => rig.remove());
  await rig.start();
  const passage: Passage = { pipeline: 'main' };
  const other: Passage = { pipeline: 'other' };
  const toBatch = (text: string, position: Batch['position']) =>
    Batch.fromTexts([text, `${text} again`], {
      origin: { source: 'test' },
      receivedAt: rig.clock.now(),
    }).withPosition(position!);
  await rig.sink.writeAll!([
    toBatch('one', { passage, first: 0 }),
    toBatch('two', { passage: other, first: 7 }),
    toBatch('three', { passage, first: 2 }),
  ]);
  const writing = rig.sink.writeAll!([toBatch('four', { passage, first: 4 })]);
  const early = sinkOf(rig).snapshot();
  expect(early.through).toEqual(
    new Map([
      [passage, 4],
      [other, 9],
    ]),
  );
  expect(await textsIn(early.scan({}, tallied()))).toHaveLength(6);
  sinkOf(rig).hurry();
  await writing;
  const late = sinkOf(rig).snapshot();
  expect(late.through.get(passage)).toBe(6);
  expect((await textsIn(late.scan({}, tallied()))).slice(-2)).toEqual(['four', 'four again']);
});
