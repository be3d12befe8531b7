/** The conformance kit catches sinks that are wrong, each in one way. */
import { Buffer } from 'node:buffer';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Batch, defineSink, type Sink, type SinkContext } from '../../src/plugin.ts';
import { type ConformanceCase, conformance, type SinkSetup } from '../../src/testing.ts';
import { closeLater, common, examples, run, runAll } from './kit-support.ts';

/** The cases of a sink that keeps lines in `stored`, and of what is wrong with it. */
function cases(
  create: (context: SinkContext, stored: Buffer[]) => Sink,
  setup: Partial<SinkSetup> = {},
): ConformanceCase[] {
  let stored: Buffer[] = [];
  const sink = defineSink({ ...common, examples, create: (_, context) => create(context, stored) });
  return conformance(sink, {
    world: () => {
      stored = [];
      return { stored: () => stored, forget: () => void (stored.length = 0) };
    },
    ...setup,
  });
}

const linesOf = (batch: Batch): Buffer[] =>
  Array.from({ length: batch.length }, (_, index) => Buffer.from(batch.line(index)));
const keeping = (stored: Buffer[]): Sink => ({ write: (batch) => void stored.push(...linesOf(batch)) });

test('a good one passes', async () => {
  await expect(runAll(cases((_, stored) => keeping(stored)))).resolves.toBeUndefined();
});

test.each<readonly [string, RegExp, RegExp, (context: SinkContext, stored: Buffer[]) => Sink]>([
  [
    'counts lines by sender, for good',
    /what it keeps is bounded/,
    /it keeps more and more: so many kB/,
    (_, stored) => {
      const counts = new Map<string | undefined, number>();
      return {
        write: (batch) => {
          const { peer } = batch.origin;
          counts.set(peer, (counts.get(peer) ?? 0) + batch.length);
          stored.push(...linesOf(batch));
        },
      };
    },
  ],
  [
    'forgets lines',
    /byte for byte/,
    /lines are stored in place of/,
    (_, stored) => ({ write: (batch) => void stored.push(...linesOf(batch).slice(1)) }),
  ],
  [
    'swaps lines',
    /byte for byte/,
    /is not stored as it was sent/,
    (_, stored) => ({ write: (batch) => void stored.push(...linesOf(batch).toReversed()) }),
  ],
  [
    'stores text in place of bytes',
    /byte for byte/,
    /is not stored as it was sent/,
    (_, stored) => ({
      write: (batch) => void stored.push(...batch.texts().map((text) => Buffer.from(text))),
    }),
  ],
  [
    'stores after it has answered',
    /byte for byte/,
    /lines are stored in place of/,
    (_, stored) => ({ write: (batch) => void setImmediate(() => stored.push(...linesOf(batch))) }),
  ],
  [
    'rejects lines though nothing is the matter',
    /byte for byte/,
    /errors are logged|lines are stored in place/,
    () => ({
      write: () => {
        throw new TypeError('no');
      },
    }),
  ],
  [
    'changes the bytes that it is given',
    /byte for byte/,
    /changed bytes or bounds of a batch that it was given/,
    (_, stored) => ({
      write: (batch) => {
        stored.push(...linesOf(batch));
        batch.bytes[0] = 120;
      },
    }),
  ],
  [
    'opens something when it is made',
    /making it opens nothing/,
    /in create: a TCP server/,
    (_, stored) => {
      const server = createServer().listen(0);
      return { ...keeping(stored), [Symbol.asyncDispose]: async () => void server.close() };
    },
  ],
  [
    'opens a file when it is made',
    /making it opens nothing/,
    /in create: the file .*left-open/,
    (_, stored) => {
      leaveOpen();
      return keeping(stored);
    },
  ],
  [
    'begins something when it is made',
    /making it opens nothing/,
    /in create: a timer, set at .*kit\.sinks\.test\.ts/,
    (_, stored) => {
      setTimeout(() => {}, 1);
      return keeping(stored);
    },
  ],
  [
    'throws when it is disposed of before its start',
    /before the start/,
    /never opened/,
    (_, stored) => {
      let isOpen = false;
      return {
        ...keeping(stored),
        start: () => void (isOpen = true),
        [Symbol.asyncDispose]: async () => {
          if (!isOpen) throw new Error('never opened');
        },
      };
    },
  ],
  [
    'throws when it is disposed of twice',
    /right after the start/,
    /closed already/,
    (_, stored) => {
      let isClosed = false;
      return {
        ...keeping(stored),
        [Symbol.asyncDispose]: async () => {
          if (isClosed) throw new Error('closed already');
          isClosed = true;
        },
      };
    },
  ],
  [
    'throws when it is disposed of after lines',
    /byte for byte/,
    /could not be ended cleanly/,
    (_, stored) => ({
      write: (batch) => void stored.push(...linesOf(batch)),
      [Symbol.asyncDispose]: async () => {
        if (stored.length > 0) throw new Error('not now');
      },
    }),
  ],
  [
    'leaks a server',
    /right after the start/,
    /left open: a TCP server/,
    (_, stored) => ({
      ...keeping(stored),
      start: () => {
        const server = createServer().listen(0);
        closeLater(() => void server.close());
      },
    }),
  ],
  [
    'leaks a timer that keeps nothing alive',
    /right after the start/,
    /a timer, set at .*kit\.sinks\.test\.ts/,
    (_, stored) => ({
      ...keeping(stored),
      start: () => {
        const timer = setInterval(() => {}, 60_000).unref();
        closeLater(() => clearInterval(timer));
      },
    }),
  ],
  [
    'leaks a timer of the given clock',
    /right after the start/,
    /a timer, set at .*kit\.sinks\.test\.ts/,
    ({ clock }, stored) => ({
      ...keeping(stored),
      start: () => {
        const timer = clock.every(60_000, () => {});
        closeLater(() => timer.cancel());
      },
    }),
  ],
  [
    'leaks a file handle',
    /right after the start/,
    /left open: .*left-open/,
    (_, stored) => ({
      ...keeping(stored),
      start: async () => {
        const { directory, path } = makeFile();
        const file = await open(path);
        closeLater(async () => {
          await file.close();
          rmSync(directory, { recursive: true });
        });
      },
    }),
  ],
])('one that %s', async (_, name, message, create) => {
  await expect(run(cases(create), name)).rejects.toThrow(message);
});

test('one that leaves a write without an answer when it is disposed of', async () => {
  const sink = cases(() => ({ write: () => new Promise(() => {}) }), { patience: 200 });
  await expect(run(sink, /during a write/)).rejects.toThrow('the write ends: not within 200 ms');
});

test('one that never answers', async () => {
  const sink = cases(() => ({ write: () => new Promise(() => {}) }), { patience: 200 });
  await expect(run(sink, /byte for byte/)).rejects.toThrow('every batch is settled: not within 200 ms');
});

test('one that never gets through its start', async () => {
  const sink = cases((_, stored) => ({ ...keeping(stored), start: () => new Promise(() => {}) }), {
    patience: 200,
  });
  await expect(run(sink, /right after the start/)).rejects.toThrow('it starts: not within 200 ms');
  await expect(run(sink, /byte for byte/)).rejects.toThrow('it starts: not within 200 ms');
});

test('one that says lines are stored when storing has failed', async () => {
  let isFailing = false;
  let stored: Buffer[] = [];
  const swallowing = defineSink({
    ...common,
    examples,
    create: () => ({
      write: (batch) => {
        if (!isFailing) stored.push(...linesOf(batch));
      },
    }),
  });
  const sink = conformance(swallowing, {
    world: () => {
      stored = [];
      return { stored: () => stored, trouble: (kind) => void (isFailing = kind !== undefined) };
    },
  });
  await expect(run(sink, /fails for a while/)).rejects.toThrow('2 lines are stored in place of 52');
});

test('what a module opens once is no leak', async () => {
  let pool: NodeJS.Timeout | undefined;
  closeLater(() => clearInterval(pool));
  const sink = cases((_, stored) => ({
    ...keeping(stored),
    start: () => void (pool ??= setInterval(() => {}, 60_000).unref()),
  }));
  await expect(run(sink, /right after the start/)).resolves.toBeUndefined();
});

function makeFile(): { readonly directory: string; readonly path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-kit-'));
  const path = join(directory, 'left-open');
  writeFileSync(path, '');
  return { directory, path };
}

/** Opens a file without a handle that could be closed by the garbage collector. */
function leaveOpen(): void {
  const { directory, path } = makeFile();
  const descriptor = openSync(path, 'r');
  closeLater(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
}
