import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { Batch, countDecodedLines, toFields } from '../../../src/core/batch.ts';
import { RejectedError } from '../../../src/core/errors.ts';
import { StdoutSink, stdout } from '../../../src/sinks/stdout/stdout.ts';
import { SOME_ORIGIN } from '../../support/arbitrary-batches.ts';
import { checkedOptions, checkOptions, exampleOptions } from '../../support/definitions.ts';

type Encoding = ConstructorParameters<typeof StdoutSink>[0];

const BYTES = Buffer.from('a\u001b[31m \xe9\0\tb', 'latin1');

/** A stream that keeps what it gets, as it gets it. */
class Kept extends PassThrough {
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super({ highWaterMark: 2 ** 20 });
    this.isTTY = isTTY;
  }

  get bytes(): Buffer {
    return (this.read() as Buffer | null) ?? Buffer.alloc(0);
  }
}

async function write(encoding: Encoding, output: Kept, ...batches: Batch[]): Promise<Buffer> {
  const sink = new StdoutSink(encoding, () => output);
  sink.start();
  for (const batch of batches) await sink.write(batch);
  return output.bytes;
}

describe('no terminal', () => {
  test('gets the bytes as they came, not decoded and not copied', async () => {
    const batch = Batch.fromTexts([BYTES, 'two'], SOME_ORIGIN);
    const chunks: Buffer[] = [];
    const output = new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
    });
    const sink = new StdoutSink('auto', () => output);
    sink.start();
    const before = countDecodedLines();
    await sink.write(batch);
    expect(countDecodedLines()).toBe(before);
    expect(Buffer.concat(chunks)).toEqual(Buffer.concat([BYTES, Buffer.from('\ntwo\n')]));
    expect(chunks.every((chunk) => chunk.buffer === batch.bytes.buffer)).toBe(true);
  });

  test('gets only the lines of a batch that was filtered', async () => {
    const batch = Batch.fromTexts(['a', 'b', 'c', 'd'], SOME_ORIGIN).select((index) => index !== 1);
    expect(String(await write('line', new Kept(), batch))).toBe('a\nc\nd\n');
  });

  test('gets JSON, a template, or lines for people', async () => {
    const batch = Batch.fromTexts(['one'], { ...SOME_ORIGIN, fields: [toFields([['level', 'info']])] });
    expect(JSON.parse(String(await write('json', new Kept(), batch)))).toEqual({
      time: '2026-01-31T12:00:00.000Z',
      source: 'test',
      peer: 'peer:1',
      message: 'one',
      fields: { level: 'info' },
    });
    const template = '{fields.level}: {message}';
    expect(String(await write({ template }, new Kept(), batch))).toBe('info: one\n');
    expect(String(await write('pretty', new Kept(), batch))).toBe(
      '12:00:00.000 test peer:1  one  level=info\n',
    );
  });

  test('gets nothing for a batch without lines', async () => {
    expect(await write('line', new Kept(), Batch.fromTexts([], SOME_ORIGIN))).toHaveLength(0);
  });
});

describe('a terminal', () => {
  const batch = Batch.fromTexts([BYTES], SOME_ORIGIN);
  const shown = 'a\\x1b[31m \\xe9\\x00\tb';

  test.each([
    ['line', `${shown}\n`],
    [{ template: '\u001b[1m{message}' }, `\\x1b[1m${shown}\n`],
  ] as const)('gets %j escaped', async (encoding, text) => {
    expect(String(await write(encoding, new Kept(true), batch))).toBe(text);
  });

  test('gets lines for people by default, escaped', async () => {
    const text = String(await write('auto', new Kept(true), batch));
    expect(text).toContain(shown);
    expect(text).toContain('test peer:1');
  });

  test('gets JSON that is JSON still, escaped where JSON is not', async () => {
    const bidi = Batch.fromTexts(['\u202e\u009b\u007f'], SOME_ORIGIN);
    const text = String(await write('json', new Kept(true), bidi));
    expect(text).toContain('\\u202e\\u009b');
    expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(text)).toMatchObject({ message: expect.stringContaining('\u202e') as unknown });
  });
});

describe('backpressure', () => {
  test('a write ends when the stream has taken the lines, not before', async () => {
    let finish: (() => void) | undefined;
    const output = new Writable({
      write(_chunk, _encoding, done) {
        finish = done;
      },
    });
    const sink = new StdoutSink('line', () => output);
    sink.start();
    const ended = vi.fn<() => void>();
    const writing = sink.write(Batch.fromTexts(['a'], SOME_ORIGIN)).finally(ended);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).not.toHaveBeenCalled();
    finish!();
    await writing;
  });
});

describe('an error', () => {
  test('rejects the lines for good, those that come later too, and ends no process', async () => {
    const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const output = new Writable({
      write(_chunk, _encoding, done) {
        done(broken);
      },
    });
    const sink = new StdoutSink('line', () => output);
    sink.start();
    for (const text of ['a', 'b']) {
      const error: unknown = await sink
        .write(Batch.fromTexts([text], SOME_ORIGIN))
        .catch((each: unknown) => each);
      expect(error).toBeInstanceOf(RejectedError);
      expect(error).toMatchObject({ reason: 'stdout-closed', cause: broken });
    }
  });
});

test('can be started many times over one stream without piling up listeners', () => {
  const output = new Kept();
  const before = output.listenerCount('error');
  for (let times = 0; times < 20; times++) new StdoutSink('line', () => output).start();
  expect(output.listenerCount('error')).toBe(before + 1);
});

describe('says what is wrong', () => {
  test.each([
    [{ encoding: 'jsn' }, 'encoding: must be `auto`, `pretty`, `line`, `json`, or `template:` with a text'],
    [{ encoding: { template: '{nope}' } }, 'encoding.template: "{nope}" has an unknown placeholder {nope}'],
    [{ format: 'json' }, ': Unrecognized key: "format"'],
  ])('%j', (options, problem) => {
    expect(checkOptions(stdout, options).problems[0]).toContain(problem);
  });
});

test.each(exampleOptions(stdout))('its example %j runs', async (options) => {
  const { encoding } = checkedOptions(stdout, options) as { encoding: Encoding };
  const written = await write(encoding, new Kept(), Batch.fromTexts(['one'], SOME_ORIGIN));
  expect(String(written)).toContain('one');
});
