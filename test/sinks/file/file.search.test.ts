/** Search in the files of a file sink: what is opened, what is found by time, and that nothing is left behind. */
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import type { ScanQuery } from '../../../src/core/search.ts';
import type { FileSink } from '../../../src/sinks/file/file-sink.ts';
import { FileRig, type RigOptions } from './rig.ts';
import { openedBy, textsIn, where } from './searching.ts';

const MINUTE = 60_000;

/** Archives of ten lines each, a minute of lines a file; the last ten are in the current file. */
async function written(files: number, options: RigOptions = {}, step = MINUTE): Promise<FileRig> {
  const rig = await FileRig.make({ durability: 'none', maxSize: 200, ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  for (let file = 0; file < files; file++) {
    for (let line = 0; line < 10; line++) {
      const texts = [`file ${file} line ${line}`.padEnd(19, '.')];
      const batch = Batch.fromTexts(texts, { origin: { source: 'test' }, receivedAt: rig.clock.now() });
      await rig.sink.writeAll!([batch]);
      rig.stored.push(...texts);
      rig.clock.advance(step / 10);
    }
  }
  if (options.compress !== undefined) {
    const now = rig.clock.now();
    await rig.compressed();
    rig.clock.jump(now - rig.clock.now());
  }
  await rig.fs.quiet();
  return rig;
}

const sinkOf = (rig: FileRig) => rig.sink as FileSink;

function find(
  rig: FileRig,
  query: ScanQuery = {},
  tally = { lines: 0, bytes: 0, matched: 0 },
): Promise<string[]> {
  return textsIn(sinkOf(rig).scan(query, tally));
}

test.each(['none', 'gzip', 'zstd'] as const)(
  'finds lines in all files, either way round (%s)',
  async (compress) => {
    const rig = await written(5, { compress });
    expect(await find(rig)).toEqual(rig.stored);
    expect(await find(rig, { order: 'newest' })).toEqual(rig.stored.toReversed());
    const tally = { lines: 0, bytes: 0, matched: 0 };
    expect(await find(rig, where('"line 3" -"file 2"', rig), tally)).toEqual(
      rig.stored.filter((line) => line.includes('line 3') && !line.includes('file 2')),
    );
    expect(tally).toEqual({ lines: 50, bytes: 1000, matched: 4 });
  },
);

test.each(['none', 'gzip'] as const)(
  'opens only files of the time that is asked for (%s)',
  async (compress) => {
    const rig = await written(6, { compress });
    const since = rig.clock.now() - 4 * MINUTE;
    const until = since + MINUTE;
    const lines: string[] = [];
    const opened = await openedBy(rig, async () => lines.push(...(await find(rig, { since, until }))));
    expect(lines).toEqual(rig.stored.filter((line) => line.startsWith('file 2')));
    // The current file is held, so that it can be read whatever becomes of it.
    expect(opened).toEqual(['current', '3']);
    expect(await find(rig, where('since:90s', rig))).toEqual(rig.stored.slice(-15));
  },
);

test('times survive a restart, in good order', async () => {
  const rig = await written(3);
  await rig.stop();
  await rig.restart();
  expect(await find(rig, where('since:30s', rig))).toEqual(rig.stored.slice(-5));
  const [first] = (await rig.check()).archives;
  for await (const { receivedAt } of sinkOf(rig).scan({}, { lines: 0, bytes: 0, matched: 0 })) {
    expect(receivedAt[0]).toBe(rig.clock.now() - 3 * MINUTE);
    break;
  }
  expect(first).toContain('000001');
});

test.each([
  ['is gone', async (path: string) => rm(path)],
  ['is damaged', async (path: string) => writeFile(path, (await readFile(path)).fill(1, 60))],
  ['is torn', async (path: string) => writeFile(path, (await readFile(path)).subarray(0, 70))],
  ['is of another version', async (path: string) => writeFile(path, (await readFile(path)).fill(9, 4, 8))],
] as const)('an index that %s costs no line', async (_, harm) => {
  const rig = await written(4);
  const folder = `${rig.directory}/.logcaster-index`;
  for (const name of await readdir(folder)) await harm(`${folder}/${name}`);
  const since = rig.clock.now() - 2.5 * MINUTE;
  // Whole files, as far as names tell: more than is asked for, and never less.
  const found = await find(rig, { since });
  expect(found.slice(-25)).toEqual(rig.stored.slice(-25));
  expect(await find(rig)).toEqual(rig.stored);
});

test('an index of a file that somebody changed is not believed', async () => {
  const rig = await written(3);
  const { archives } = await rig.check();
  const path = `${rig.directory}/${archives[0]}`;
  await writeFile(path, (await readFile(path, 'latin1')).replace('file 0 line 0', 'file 0 LINE 0'));
  const changed = new Date(rig.clock.now());
  await utimes(path, changed, changed);
  expect(await find(rig, where('LINE since:30s', rig))).toEqual([rig.stored[0]!.replace('line', 'LINE')]);
});

test('a clock that was set back hides nothing', async () => {
  const rig = await written(2);
  const jumped = rig.clock.now();
  rig.clock.jump(-10 * MINUTE);
  for (let line = 0; line < 15; line++) {
    const texts = [`back line ${line}`.padEnd(19, '.')];
    await rig.sink.writeAll!([
      Batch.fromTexts(texts, { origin: { source: 'test' }, receivedAt: rig.clock.now() }),
    ]);
    rig.stored.push(...texts);
  }
  await rig.fs.quiet();
  expect(await find(rig, { since: jumped - 0.5 * MINUTE, until: jumped })).toEqual(rig.stored.slice(15, 20));
  expect(await find(rig, { until: jumped - 5 * MINUTE })).toEqual(rig.stored.slice(20));
  expect(await find(rig)).toEqual(rig.stored);
});

test('lines that come after the call are not found, whatever becomes of the file', async () => {
  const rig = await written(3, { compress: 'gzip' });
  const scan = sinkOf(rig).scan({}, { lines: 0, bytes: 0, matched: 0 });
  const before = [...rig.stored];
  await rig.write(...Array.from({ length: 30 }, () => 19));
  await rig.compressed();
  const found: string[] = [];
  for await (const { bytes, bounds } of scan) {
    for (let at = 0; at < bounds.length; at += 2)
      found.push(bytes.toString('latin1', bounds[at], bounds[at + 1]));
  }
  expect(found).toEqual(before);
});

test('who leaves early, or is called off, leaves nothing open', async () => {
  const rig = await written(5);
  const open = rig.fs.openFiles;
  for await (const _ of sinkOf(rig).scan({}, { lines: 0, bytes: 0, matched: 0 })) break;
  expect(rig.fs.openFiles).toBe(open);
  const calledOff = new AbortController();
  const reason = new Error('nobody wants it any more');
  const scan = async () => {
    for await (const _ of sinkOf(rig).scan({ signal: calledOff.signal }, { lines: 0, bytes: 0, matched: 0 }))
      calledOff.abort(reason);
  };
  await expect(scan()).rejects.toBe(reason);
  await rig.fs.quiet();
  expect(rig.fs.openFiles).toBe(open);
});

test('a file that cannot be read is told and passed over', async () => {
  const rig = await written(4);
  rig.fs.arm('EIO', 1, { only: ({ name, path }) => name === 'file.read' && path.endsWith('-000002.log') });
  expect(await find(rig)).toEqual(rig.stored.filter((line) => !line.startsWith('file 1')));
  rig.fs.arm('EIO', 1, { only: ({ name, path }) => name === 'open' && path.endsWith('-000003.log') });
  expect(await find(rig)).toEqual(rig.stored.filter((line) => !line.startsWith('file 2')));
  expect(rig.complaints).toEqual([
    expect.stringMatching(/000002\.log: cannot be read: EIO/),
    expect.stringMatching(/000003\.log: cannot be opened: EIO/),
  ]);
});

test('reads the archives of the C server and those that were compressed by hand, and says what is damaged', async () => {
  const rig = await FileRig.make({ durability: 'none' });
  onTestFinished(() => rig.remove());
  await mkdir(rig.directory, { mode: 0o750 });
  const put = (name: string, content: string | Buffer) => writeFile(`${rig.directory}/${name}`, content);
  await put('log-20240101-000000.log', 'one\r\ntwo');
  await put('log-20250101-000000-000001.log.gz', Buffer.concat([gzipSync('three\n'), gzipSync('four\n')]));
  const torn = gzipSync(
    Array.from({ length: 1000 }, (_, index) => `line ${(index * 7919) % 1000}\n`).join(''),
  );
  await put('log-20250102-000000-000002.log.gz', torn.subarray(0, torn.length >> 1));
  await put('current.log', 'last\n');
  await rig.start();
  const found = await find(rig);
  expect(found.slice(0, 4)).toEqual(['one\r', 'two', 'three', 'four']);
  expect(found.at(-1)).toBe('last');
  expect(found.length).toBeGreaterThan(100);
  expect(rig.complaints).toEqual([expect.stringContaining('000002.log.gz: damaged at offset')]);
});

test('archives that the sink does not keep in mind are searched, too', async () => {
  const rig = await FileRig.make({ durability: 'none', maxSize: 1 });
  onTestFinished(() => rig.remove());
  await rig.start();
  // Without a limit on archives only the newest are listed: at most 2,000.
  for (let file = 0; file < 2050; file++) await rig.write(3);
  await rig.fs.quiet();
  const scan = sinkOf(rig).scan({}, { lines: 0, bytes: 0, matched: 0 });
  const before = [...rig.stored];
  for (let file = 0; file < 5; file++) await rig.write(3);
  const found: string[] = [];
  for await (const { bytes, bounds } of scan) {
    for (let at = 0; at < bounds.length; at += 2)
      found.push(bytes.toString('latin1', bounds[at], bounds[at + 1]));
  }
  expect(found).toEqual(before);
});
