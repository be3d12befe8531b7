import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type SplitTextsOptions, splitTexts } from '../../src/framing/split-texts.ts';
import { fc } from '../support/properties.ts';
import { chunksArbitrary } from './frame.ts';

/** The texts of chunks (latin1 strings, a character a byte), and how many lines were too long. */
async function splitAll(chunks: readonly string[], options: Partial<SplitTextsOptions> = {}) {
  let tooLong = 0;
  const stream = splitTexts({ maxLength: 1000, onTooLong: () => tooLong++, ...options });
  const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'));
  const texts = (await Readable.from(bytes).pipe(stream).toArray()) as string[];
  return { texts, tooLong };
}

describe('texts', () => {
  test('are split as lines are', async () => {
    expect((await splitAll(['one\r\n\ntw', 'o\nthree'])).texts).toEqual(['one', '', 'two', 'three']);
  });

  test('are UTF-8, wherever it is cut', async () => {
    expect((await splitAll(['caf\xc3', '\xa9\n\xff'])).texts).toEqual(['café', '\ufffd']);
  });

  test('can be latin1, which keeps every byte', async () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    const { texts } = await splitAll([bytes.slice(0, 200), bytes.slice(200)], { encoding: 'latin1' });
    expect(texts).toEqual(bytes.split('\n'));
  });

  test('can be split by another delimiter', async () => {
    expect((await splitAll(['a;b', ';c\n'], { delimiter: ';' })).texts).toEqual(['a', 'b', 'c\n']);
    // A line that begins without a blank begins a new text.
    const delimiter = /\n(?=\S)/;
    expect((await splitAll(['one\n more', '\n', 'two\n'], { delimiter })).texts).toEqual([
      'one\n more',
      'two\n',
    ]);
  });

  test('do not include what groups of the delimiter matched', async () => {
    expect((await splitAll(['1a2b3'], { delimiter: /(a)|(b)/ })).texts).toEqual(['1', '2', '3']);
    expect((await splitAll(['1a2b3'], { delimiter: /(?<letter>[ab])/ })).texts).toEqual(['1', '2', '3']);
  });
});

describe('a text that is too long', () => {
  const long = 'x'.repeat(11);

  test('is reported and left out', async () => {
    for (const chunks of [
      [`one\n${long}\ntwo\n`],
      [`one\n${long}`, '\ntwo\n'],
      ['one\n', ...long.split(''), '\n', 'two\n'],
      [`one\n${long}`, 'x', 'x\ntwo'],
    ]) {
      expect(await splitAll(chunks, { maxLength: 10 })).toEqual({ texts: ['one', 'two'], tooLong: 1 });
    }
  });

  test('is so at the end of the stream, too', async () => {
    for (const chunks of [[`one\n${long}`], [`one\n${long}`, 'x', 'x'], ['one\n', ...long.split('')]]) {
      expect(await splitAll(chunks, { maxLength: 10 })).toEqual({ texts: ['one'], tooLong: 1 });
    }
  });

  test('can follow another one', async () => {
    expect(await splitAll([long, `\n${long}`, `\n${long}\nend`], { maxLength: 10 })).toEqual({
      texts: ['end'],
      tooLong: 3,
    });
  });

  test('of exactly the limit is not', async () => {
    expect(await splitAll(['0123456789', '\n0123456789'], { maxLength: 10 })).toEqual({
      texts: ['0123456789', '0123456789'],
      tooLong: 0,
    });
  });

  test('need not be listened for', async () => {
    const stream = splitTexts({ maxLength: 3 });
    stream.end('long line\nabc');
    expect(await stream.toArray()).toEqual(['abc']);
  });

  test('is always counted', async () => {
    await fc.assert(
      fc.asyncProperty(chunksArbitrary, fc.integer({ min: 1, max: 5 }), async (chunks, maxLength) => {
        const all = chunks.join('').split(/\n/);
        if (all.at(-1) === '') all.pop();
        const { texts, tooLong } = await splitAll(chunks, { maxLength, delimiter: '\n', encoding: 'latin1' });
        const texts$ = all.filter((text) => text.length <= maxLength);
        expect({ texts, tooLong }).toEqual({ texts: texts$, tooLong: all.length - texts$.length });
      }),
      { numRuns: 300 },
    );
  });
});

test('a limit must be a number of characters', () => {
  for (const maxLength of [0, -1, 1.5, Number.NaN, Infinity])
    expect(() => splitTexts({ maxLength })).toThrow(RangeError);
});

test('an error of the listener destroys the stream', async () => {
  const stream = splitTexts({
    maxLength: 1,
    onTooLong: () => {
      throw new Error('too long');
    },
  });
  stream.write('long\n');
  const [error] = (await once(stream, 'error')) as [Error];
  expect(error.message).toBe('too long');
});
