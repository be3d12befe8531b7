/**
 * Directories as they are found at a start: whatever stands in our files, the start ends with a documented error and changes
 * nothing, or what is written afterwards is there, whole, once and behind what was there; and checking and repairing end as well.
 */
import assert from 'node:assert/strict';
import { Batch } from '../../../src/core/batch.ts';
import type { Sink, SinkContext } from '../../../src/core/component.ts';
import { LogCasterError } from '../../../src/core/errors.ts';
import { OPEN_FLAGS } from '../../../src/core/file-system.ts';
import { archive } from '../../../src/sinks/archive/archive.ts';
import { archiveOptions } from '../../../src/sinks/archive/options.ts';
import { file } from '../../../src/sinks/file/file.ts';
import { fileOptions } from '../../../src/sinks/file/options.ts';
import { CrashDisk } from '../../support/crash-disk.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { Choices, type Target } from '../target.ts';

const PATH = '/logs';

interface Kind {
  readonly name: string;
  readonly suffixes: readonly string[];
  readonly contents: readonly Buffer[];
  create(choices: Choices, context: SinkContext): Sink;
}

/** Writes the files that the input describes: for each its name, how it is linked, and what is in it. */
async function fill(disk: CrashDisk, choices: Choices, kind: Kind): Promise<void> {
  await disk.mkdir(PATH, { recursive: true, mode: 0o750 });
  const ending = (): string => choices.pick(kind.suffixes);
  const names = [
    () => `current${ending()}`,
    () => `log-20260101-00000${choices.next(10)}-00000${choices.next(10)}${ending()}`,
    () => '.logcaster.json',
    () =>
      `.logcaster-rewrite-00000${choices.next(10)}-${choices.next(64)}${choices.pick(['', ...kind.suffixes])}`,
    () => `torn-00000${choices.next(10)}-${choices.next(64)}.part`,
    () => '.logcaster.tmp',
    () => '.logcaster-compress.tmp',
    () => 'log-20260101-000000.log',
    () => `log-20260101-000000-${'9'.repeat(1 + choices.next(16))}${ending()}`,
  ];
  for (let count = 0; count < 12 && !choices.isEmpty; count++) {
    const path = `${PATH}/${choices.pick(names)()}`;
    const how = choices.next(8);
    try {
      if (how === 7) {
        await disk.mkdir(path, { recursive: false, mode: 0o750 });
        continue;
      }
      if (how === 6) {
        const others = await disk.readdir(PATH);
        if (others.length > 0) await disk.link(`${PATH}/${choices.pick(others)}`, path);
        continue;
      }
      const opened = await disk.open(
        path,
        OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.append,
        0o640,
      );
      const bytes =
        how < 3 && kind.contents.length > 0 ? choices.pick(kind.contents) : choices.take(choices.next(256));
      await opened.writev([bytes.subarray(0, bytes.length - (how === 2 ? choices.next(40) : 0))], 0);
    } catch (error) {
      // The name is taken by a directory or another file: so be it.
      if (!['EEXIST', 'EISDIR', 'ENOENT'].includes((error as { code?: string }).code ?? '')) throw error;
    }
  }
}

function target(kind: Kind): Target {
  return {
    name: kind.name,
    words: [
      '\n',
      'a line\n',
      '{"format":1,"sequence":7}\n',
      '{"format":2}',
      '{"format":1,"sequence":1e400}',
      '\0\0\0\0',
      '\x02\x00',
      '\x00\x00',
      '\x01\x01',
      '\x03\x03',
    ],
    seeds: [
      '\x00\x00\x04\x0ba line\nhalf',
      '\x00\x00\x00\x00\x01\x01\x00\x00\x02\x04\x1a{"format":1,"sequence":7}\n',
      '\x00\x00\x00\x01\x01\x02\x00\x06\x00\x03\x01\x05\x00\x04\x07torn',
      '\x01\x00\x00\x00\x03\x01\x00\x00\x00\x01\x06\x00\x08\x0e\x00\x00',
    ],
    maxBytes: 3000,
    async run(input) {
      const choices = new Choices(input);
      const disk = new CrashDisk();
      const context = { name: 'fuzz', log: new MemoryLogger(), clock: new ManualClock(), fs: disk };
      const sink = kind.create(choices, context);
      await fill(disk, choices, kind);
      const before = contentsOf(disk);
      try {
        await sink.start!();
      } catch (error) {
        assert.ok(error instanceof LogCasterError, String(error));
        assert.match(error.code, /^LC_DIRECTORY_/);
        await sink[Symbol.asyncDispose]!();
        return error.code;
      }
      try {
        const lines = ['first', 'x'.repeat(150), 'last'];
        const history = async (): Promise<string[]> => {
          const texts: string[] = [];
          for await (const batch of sink.history!({ maxLines: 100_000, maxBytes: 2 ** 24 }))
            texts.push(...batch.texts());
          return texts;
        };
        const there = await history();
        await sink.writeAll!([Batch.fromTexts(lines, { origin: { source: 'fuzz' }, receivedAt: 0 })]);
        await sink.flush!();
        assert.deepEqual(await history(), [...there, ...lines]);
        // A sealed file never changes.
        const after = contentsOf(disk);
        for (const [name, bytes] of before) {
          const isSealed = /^log-.*-\d{6,}\.log/.test(name);
          if (isSealed && after.has(name)) assert.ok(after.get(name)!.equals(bytes), name);
        }
        return `started ${Math.min(there.length, 3)} ${context.log.entries.map(({ message }) => message.replace(/\d+/g, '')).join()}`;
      } finally {
        await sink[Symbol.asyncDispose]!();
      }
    },
  };
}

function contentsOf(disk: CrashDisk): Map<string, Buffer> {
  return new Map([...disk.files(PATH)].map(([name, { bytes }]) => [name, Buffer.from(bytes)]));
}

/** What sinks of this kind write: whole files. */
async function samples(kind: Omit<Kind, 'contents'>): Promise<Buffer[]> {
  const disk = new CrashDisk();
  const context = { name: 'fuzz', log: new MemoryLogger(), clock: new ManualClock(), fs: disk };
  const sink = kind.create(new Choices(Buffer.alloc(0)), context);
  await sink.start!();
  for (const line of ['one', 'two', 'z'.repeat(120), 'three']) {
    await sink.writeAll!([Batch.fromTexts([line, line], { origin: { source: 'fuzz' }, receivedAt: 0 })]);
  }
  await sink[Symbol.asyncDispose]!();
  return [...contentsOf(disk)].toSorted(([a], [b]) => a.localeCompare(b)).map(([, bytes]) => bytes);
}

const plain = {
  name: 'log-directory',
  suffixes: ['.log', '.log.gz', '.log.zst'],
  create: (choices: Choices, context: SinkContext) => {
    const durability = choices.pick(['interval', 'none', 'always'] as const);
    return file.create(fileOptions.parse({ directory: PATH, maxSize: 100, durability }), context);
  },
};

const compressed = {
  name: 'archive-directory',
  suffixes: ['.log.zst', '.log.gz', '.log'],
  create: (choices: Choices, context: SinkContext) => {
    const durability = choices.pick(['interval', 'none', 'always'] as const);
    const compression = choices.pick(['zstd', 'gzip'] as const);
    const options = { directory: PATH, maxSize: 300, durability, compression, flushInterval: '0ms' };
    return archive.create(archiveOptions.parse(options), context);
  },
};

export const logDirectory: Target = target({ ...plain, contents: await samples(plain) });
export const archiveDirectory: Target = target({ ...compressed, contents: await samples(compressed) });
