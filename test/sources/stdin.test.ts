import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { StdinSource, stdin } from '../../src/sources/stdin.ts';
import { checkedOptions, checkOptions, exampleOptions } from '../support/definitions.ts';
import { Collected, TestSourceContext } from '../support/source-context.ts';

const LONG = { timeout: 20_000, interval: 5 };

interface Setup {
  readonly input: PassThrough;
  readonly context: TestSourceContext;
  readonly source: StdinSource;
}

function setUp(options: unknown = {}, credit?: number): Setup {
  const input = new PassThrough();
  const context = new TestSourceContext(credit === undefined ? {} : { credit });
  const source = new StdinSource(checkedOptions(stdin, options) as never, context, () => input);
  return { input, context, source };
}

describe('the lines', () => {
  test('come as they are, and the last one without its line feed, and then the end', async () => {
    const { input, context, source } = setUp();
    const collected = new Collected(source);
    input.write('one\r\ntwo\n\nthr');
    input.end(Buffer.from([0xff, 0x00]));
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(['one', 'two', '', 'thr\ufffd\0']);
    expect(collected.batches.at(-1)!.line(0).toString('hex')).toBe('746872ff00');
    expect(context.notes).toEqual(new Map([['unterminated', 1]]));
    expect(context.discards).toEqual(new Map());
  });

  test('of an empty input are none', async () => {
    const { input, source } = setUp();
    const collected = new Collected(source);
    input.end();
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.lines).toBe(0);
  });

  test('end with a NUL if asked to', async () => {
    const { input, source } = setUp({ delimiter: 'nul' });
    const collected = new Collected(source);
    input.end('one\ntwo\r\0three\0\0');
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(['one\ntwo\r', 'three', '']);
  });

  test('keep their carriage return if asked to', async () => {
    const { input, source } = setUp({ keepCarriageReturn: true });
    const collected = new Collected(source);
    input.end('one\r\n');
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(['one\r']);
  });

  test.each([
    ['truncate', ['1234', 'ok'], { truncated: 1 }, {}],
    ['split', ['1234', '56', 'ok'], { split: 1 }, {}],
    ['drop', ['ok'], {}, { oversize: { lines: 1, bytes: 6, intentional: true } }],
  ])('that are too long: %s', async (oversize, texts, notes, discards) => {
    const { input, context, source } = setUp({ maxLineBytes: 4, oversize });
    const collected = new Collected(source);
    input.end('123456\nok\n');
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(texts);
    expect(Object.fromEntries(context.notes)).toEqual(notes);
    expect(Object.fromEntries(context.discards)).toEqual(discards);
  });
});

describe('credit', () => {
  test('when it is used up nothing is read, until some comes back', async () => {
    const { input, context, source } = setUp({}, 8);
    const collected = new Collected(source, { settle: false });
    input.write('one.\ntwo\n');
    input.write('three\n');
    input.end('four');
    await vi.waitFor(() => expect(collected.lines).toBe(2), LONG);
    await vi.waitFor(() => expect(input.isPaused()).toBe(true), LONG);
    for (const lines of [3, 4]) {
      expect(collected.completed).toBe(false);
      collected.settle();
      await vi.waitFor(() => expect(collected.lines).toBe(lines), LONG);
    }
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(['one.', 'two', 'three', 'four']);
    collected.settle();
    expect(context.credit.taken).toBe(0);
    expect(context.notes).toEqual(new Map([['unterminated', 1]]));
  });

  test('what a writer has waits in the stream, which pushes back', async () => {
    const { input, source } = setUp({}, 100);
    const collected = new Collected(source, { settle: false });
    let written = 0;
    while (input.write(`${'x'.repeat(99)}\n`) && written < 100_000) written++;
    await vi.waitFor(() => expect(collected.lines).toBe(1), LONG);
    expect(written).toBeLessThan(100_000);
    expect(input.readableLength).toBeLessThanOrEqual(input.readableHighWaterMark + 100);
  });
});

describe('a stop', () => {
  test('takes in what is there, counts an unfinished line as a fragment, and leaves the input open', async () => {
    const { input, context, source } = setUp();
    const collected = new Collected(source);
    input.write('one\n');
    await vi.waitFor(() => expect(collected.lines).toBe(1), LONG);
    input.write('two\nthr');
    source.stop();
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(['one', 'two']);
    expect(context.discards).toEqual(new Map([['fragment', { lines: 1, bytes: 3, intentional: false }]]));
    expect(input.destroyed).toBe(false);
    expect(input.listenerCount('data')).toBe(0);
  });

  test('waits for credit for what was read', async () => {
    const { input, context, source } = setUp({}, 4);
    const collected = new Collected(source, { settle: false });
    input.write('one\n');
    input.write('two\n');
    await vi.waitFor(() => expect(context.refused).toBeGreaterThan(0), LONG);
    source.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(collected.completed).toBe(false);
    collected.settle();
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    expect(collected.texts()).toEqual(['one', 'two']);
    expect(context.discards).toEqual(new Map());
  });

  test('of an input that never gets quiet comes to an end', async () => {
    const { input, source } = setUp();
    const collected = new Collected(source, { keep: false });
    let isWriting = true;
    const write = (): void => {
      if (!isWriting) return;
      input.write(Buffer.alloc(64 * 1024, 'line\n'));
      setImmediate(write);
    };
    write();
    await vi.waitFor(() => expect(collected.lines).toBeGreaterThan(0), LONG);
    source.stop();
    await vi.waitFor(() => expect(collected.completed).toBe(true), LONG);
    isWriting = false;
  });

  test('before the lines were asked for gives none', async () => {
    const { input, source } = setUp();
    input.end('one\n');
    source.stop();
    const collected = new Collected(source);
    expect(collected.completed).toBe(true);
    expect(collected.lines).toBe(0);
  });

  test('that is made certain by force counts what waited', async () => {
    const { input, context, source } = setUp({}, 4);
    const collected = new Collected(source, { settle: false });
    input.write('one\n');
    input.write('two\nthree\nfo');
    await vi.waitFor(() => expect(context.refused).toBeGreaterThan(0), LONG);
    collected.unsubscribe();
    await source[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
    expect(Object.fromEntries(context.discards)).toEqual({
      abandoned: { lines: 2, bytes: 10, intentional: false },
      fragment: { lines: 1, bytes: 2, intentional: false },
    });
  });

  test('another source goes on where one was stopped', async () => {
    const { input, source } = setUp();
    const first = new Collected(source);
    input.write('one\n');
    await vi.waitFor(() => expect(first.lines).toBe(1), LONG);
    source.stop();
    await vi.waitFor(() => expect(first.completed).toBe(true), LONG);
    input.write('two\n');
    const second = new Collected(
      new StdinSource(checkedOptions(stdin, {}) as never, new TestSourceContext(), () => input),
    );
    await vi.waitFor(() => expect(second.texts()).toEqual(['two']), LONG);
    input.end();
    await vi.waitFor(() => expect(second.completed).toBe(true), LONG);
    const third = new Collected(
      new StdinSource(checkedOptions(stdin, {}) as never, new TestSourceContext(), () => input),
    );
    expect(third.completed).toBe(true);
  });
});

describe('an input that fails', () => {
  test('is an error of the source, after the lines that came', async () => {
    const { input, context, source } = setUp();
    const collected = new Collected(source);
    input.write('one\ntw');
    await vi.waitFor(() => expect(collected.lines).toBe(1), LONG);
    input.destroy(new Error('EIO'));
    await vi.waitFor(() => expect(collected.error).toEqual(new Error('EIO')), LONG);
    expect(context.discards).toEqual(new Map([['fragment', { lines: 1, bytes: 2, intentional: false }]]));
  });

  test('is one too when it was closed before', async () => {
    const { input, source } = setUp();
    input.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(new Collected(source).error).toEqual(new Error('standard input was closed'));
  });

  test('is one too when it is closed without an end', async () => {
    const { input, source } = setUp();
    const collected = new Collected(source);
    input.destroy();
    await vi.waitFor(() => expect(collected.error).toEqual(new Error('standard input was closed')), LONG);
  });
});

test('there is one standard input', () => {
  expect(stdin.claims?.(checkedOptions(stdin, {}) as never)).toEqual(['standard input']);
});

test('refuses what it does not know', () => {
  expect(checkOptions(stdin, { delimiter: '\n' }).problems[0]).toMatch(/^delimiter: /);
  expect(checkOptions(stdin, { maxLineBytes: 0 }).problems[0]).toMatch(/^maxLineBytes: must be at least 1 B/);
  expect(checkOptions(stdin, { delimeter: 'nul' }).problems).toEqual([': Unrecognized key: "delimeter"']);
});

test.each(exampleOptions(stdin))('its example %j runs', async (options) => {
  const { input, source } = setUp(options);
  const collected = new Collected(source);
  input.end('one');
  await vi.waitFor(() => expect(collected.texts()).toEqual(['one']), LONG);
});
