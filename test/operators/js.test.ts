import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Batch, countDecodedLines, toFields } from '../../src/core/batch.ts';
import type { Line } from '../../src/framing/lines.ts';
import { js } from '../../src/operators/js.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';
import { checkOptions, exampleOptions, type OperatorRun, runOperator } from '../support/definitions.ts';

const LATIN1 = Buffer.from('caf\xe9', 'latin1');

function toBatch(): Batch {
  const fields = [toFields([['n', 1]]), undefined, toFields([['n', 3]])];
  return Batch.fromTexts(['one', LATIN1, 'three'], { ...SOME_ORIGIN, fields });
}

/** Runs a function of any type, also of a wrong one. */
function run(each: (line: Line) => unknown, batch = toBatch()): Promise<OperatorRun> {
  return runOperator(js, { run: each }, batch);
}

describe('the line', () => {
  test('is what the function gets', async () => {
    const seen: unknown[] = [];
    await run(({ text, bytes, fields, origin, receivedAt }) => {
      seen.push([text, bytes.toString('hex'), fields, origin, receivedAt]);
    });
    expect(seen).toEqual([
      ['one', '6f6e65', { n: 1 }, SOME_ORIGIN.origin, SOME_ORIGIN.receivedAt],
      ['caf\ufffd', '636166e9', undefined, SOME_ORIGIN.origin, SOME_ORIGIN.receivedAt],
      ['three', '7468726565', { n: 3 }, SOME_ORIGIN.origin, SOME_ORIGIN.receivedAt],
    ]);
  });

  test('is decoded only if its text is asked for', async () => {
    const before = countDecodedLines();
    const { batches } = await run((line) => line.bytes.length > 3);
    // Two lines came out, and were decoded by the test.
    expect(batches[0]?.length).toBe(2);
    expect(countDecodedLines()).toBe(before + 2);
  });
});

describe('the answer', () => {
  test.each([
    ['nothing', () => undefined],
    ['true', () => true],
    ['the line', (line: Line) => line],
  ])('%s keeps the batch as it is', async (_, each) => {
    const batch = toBatch();
    const { batches, statement } = await run(each, batch);
    expect(batches[0]).toBe(batch);
    expect(statement).toMatchObject({ received: 3, offered: 3, created: 0, unaccounted: 0 });
  });

  test('false lets go of a line', async () => {
    const batch = toBatch();
    const { batches, hex, fields, statement } = await run((line) => line.fields?.['n'] !== 1, batch);
    expect(hex).toEqual(['636166e9', '7468726565']);
    expect(fields).toEqual([undefined, { n: 3 }]);
    expect(batches[0]?.bytes).toBe(batch.bytes);
    expect(statement).toMatchObject({ filtered: { js: { lines: 1, intentional: true } }, unaccounted: 0 });
  });

  test('false for all lets go of the batch', async () => {
    const { batches, statement } = await run(() => false);
    expect(batches).toEqual([]);
    expect(statement).toMatchObject({ filtered: { js: { lines: 3 } }, offered: 0, unaccounted: 0 });
  });

  test('a text or bytes are the new line, and the others keep their bytes', async () => {
    const { hex, fields, statement } = await run(({ text }) =>
      text === 'one' ? 'öne' : text === 'three' ? Buffer.from([0xff, 10]) : true,
    );
    expect(hex).toEqual(['c3b66e65', '636166e9', 'ff0a']);
    expect(fields).toEqual([{ n: 1 }, undefined, { n: 3 }]);
    expect(statement).toMatchObject({ received: 3, offered: 3, created: 0, unaccounted: 0 });
  });

  test('an object changes what it names', async () => {
    const answers = [
      { text: 'changed' },
      { fields: { more: [1, { deep: true }] } },
      { text: 'x', fields: undefined },
    ];
    const { hex, fields } = await run(() => answers.shift());
    expect(hex).toEqual([Buffer.from('changed').toString('hex'), '636166e9', '78']);
    expect(fields).toEqual([{ n: 1 }, { more: [1, { deep: true }] }, undefined]);
    expect(Object.getPrototypeOf(fields[1])).toBeNull();
  });

  test('fields can be added to those that are there', async () => {
    const { fields } = await run((line) => ({ fields: { ...line.fields, seen: true } }));
    expect(fields).toEqual([{ n: 1, seen: true }, { seen: true }, { n: 3, seen: true }]);
  });

  test('a list is several lines, or none', async () => {
    const answers = [['a', { text: 'b', fields: { b: 1 } }, Buffer.from('c')], [], ['d']];
    const { texts, fields, statement } = await run(() => answers.shift());
    expect(texts).toEqual(['a', 'b', 'c', 'd']);
    expect(fields).toEqual([{ n: 1 }, { b: 1 }, { n: 1 }, { n: 3 }]);
    expect(statement).toMatchObject({
      received: 3,
      created: 2,
      filtered: { js: { lines: 1 } },
      offered: 4,
      unaccounted: 0,
    });
  });

  test('a list can hold the line itself', async () => {
    const { hex } = await run((line) =>
      line.fields ? false : [line, 'copy', line.with({ content: 'other' })],
    );
    expect(hex).toEqual([
      '636166e9',
      Buffer.from('copy').toString('hex'),
      Buffer.from('other').toString('hex'),
    ]);
  });

  test('bytes are copied: the function may use its buffer again', async () => {
    const buffer = Buffer.from('a');
    const { texts } = await run(() => {
      buffer[0]!++;
      return buffer;
    });
    expect(texts).toEqual(['b', 'c', 'd']);
  });
});

describe('what goes wrong is the problem of that line', () => {
  test.each([
    [
      'an exception',
      () => {
        throw new Error('no');
      },
    ],
    [
      'something thrown that is no error',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw 'no';
      },
    ],
    ['null', () => null],
    ['a number', () => 5],
    ['a function', () => () => true],
    ['a promise', () => Promise.resolve(true)],
    ['a promise that fails', () => Promise.reject(new Error('no'))],
    ['an object with something else', () => ({ message: 'text' })],
    ['a text that is none', () => ({ text: 5 })],
    ['bytes that are none', () => ({ bytes: 'text' })],
    ['fields that are none', () => ({ fields: 'text' })],
    ['fields that no JSON can hold', () => ({ fields: { a: 5n } })],
    ['a list with one of these in it', () => ['fine', null]],
    ['a list of lists', () => [['a']]],
  ])('%s', async (_, wrong) => {
    const { hex, statement } = await run((line) => (line.text === 'one' ? wrong() : true));
    expect(hex).toEqual(['636166e9', '7468726565']);
    expect(statement).toMatchObject({
      received: 3,
      created: 0,
      filtered: {},
      failed: { js: { lines: 1, intentional: false } },
      offered: 2,
      unaccounted: 0,
    });
  });

  test('everything at once still adds up', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => String(index));
    const { statement, texts } = await run(
      (line) => {
        const number = Number(line.text);
        if (number % 5 === 0) throw new Error('five');
        if (number % 5 === 1) return false;
        if (number % 5 === 2) return [`${number}a`, `${number}b`];
        return number % 5 === 3 ? `${number}!` : undefined;
      },
      Batch.fromTexts(lines, SOME_ORIGIN),
    );
    expect(texts.slice(0, 5)).toEqual(['2a', '2b', '3!', '4', '7a']);
    expect(statement).toMatchObject({
      received: 30,
      created: 6,
      failed: { js: { lines: 6 } },
      filtered: { js: { lines: 6 } },
      offered: 24,
      unaccounted: 0,
    });
  });
});

describe('a module', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'logcaster-js-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  async function write(name: string, source: string): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, source);
    return path;
  }

  test('its default export is called', async () => {
    const module = await write('a.mjs', 'export default (line) => line.text.toUpperCase();');
    const { texts } = await runOperator(js, { module }, Batch.fromTexts(['a'], SOME_ORIGIN));
    expect(texts).toEqual(['A']);
  });

  test('an export by name', async () => {
    const module = await write('a.mjs', 'export const shout = (line) => `${line.text}!`;');
    const { texts } = await runOperator(js, { module, export: 'shout' }, toBatch());
    expect(texts).toEqual(['one!', 'caf\ufffd!', 'three!']);
  });

  test.each([
    ['is missing', undefined, {}, /cannot load .*missing\.mjs/],
    ['throws', 'throw new Error("broken");', {}, /broken/],
    ['is no JavaScript', 'export default (', {}, /cannot load/],
    ['has no such export', 'export const other = () => {};', {}, /exports no function "default"/],
    ['exports something else', 'export const a = 5;', { export: 'a' }, /exports no function "a"/],
    [
      'has no own export of this name',
      'export default () => {};',
      { export: 'toString' },
      /exports no function/,
    ],
  ])('one that %s stops the start', async (_, source, more, message) => {
    const module = source === undefined ? join(directory, 'missing.mjs') : await write('b.mjs', source);
    await expect(runOperator(js, { module, ...more }, toBatch())).rejects.toMatchObject({
      code: 'LC_MODULE_UNUSABLE',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('is not loaded before the start', async () => {
    const module = await write('c.mjs', 'globalThis.loaded = true; export default () => true;');
    checkOptions(js, { module });
    js.create({ module }, {} as never);
    expect((globalThis as { loaded?: boolean }).loaded).toBeUndefined();
    await runOperator(js, { module }, toBatch());
    expect((globalThis as { loaded?: boolean }).loaded).toBe(true);
  });
});

const each = (): boolean => true;

describe('says what is wrong', () => {
  test.each([
    [{}, ': must have exactly one of `run` and `module`'],
    [{ run: each, module: './a.ts' }, ': must have exactly one of `run` and `module`'],
    [{ run: 'line => line' }, 'run: must be a function, which only a TypeScript or JavaScript config has'],
    [{ module: 'lodash' }, 'module: must be a path that begins with ./, ../ or /'],
    [{ run: each, export: 'a' }, 'export: belongs to `module`, not to `run`'],
    [{ run: each, more: 1 }, ': Unrecognized key: "more"'],
  ])('%j', (options, problem) => {
    expect(checkOptions(js, options).problems).toContain(problem);
  });

  test('has a JSON Schema all the same', () => {
    const schema = js.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    expect(Object.keys(schema['properties'] as object)).toEqual(['run', 'module', 'export']);
  });
});

test.each(exampleOptions(js))('its example %j runs', async (options) => {
  const batch = Batch.fromTexts(
    ['paid with 1234 5678 9012 3456', 'GET /health', 'order 1234', Buffer.from([0xff])],
    SOME_ORIGIN,
  );
  const { hex } = await runOperator(js, options, batch);
  expect(hex).toEqual(
    ['paid with ****', 'order 1234'].map((text) => Buffer.from(text).toString('hex')).concat('ff'),
  );
});
