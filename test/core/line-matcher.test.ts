import { describe, expect, test } from 'vitest';
import { Batch, countDecodedLines } from '../../src/core/batch.ts';
import { selectLines, WINDOW, WordMatcher } from '../../src/core/line-matcher.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';

function select(word: string | Uint8Array, lines: readonly (string | Uint8Array)[], keep = true): string[] {
  return selectLines(Batch.fromTexts(lines, SOME_ORIGIN), new WordMatcher(word), keep)?.texts() ?? [];
}

describe('a word', () => {
  test('is found anywhere in a line, once or often', () => {
    const lines = [
      'ERROR at the beginning',
      'at the end ERROR',
      'none',
      'ERROR ERROR ERROR',
      'ERRORERROR',
      'error',
      '',
    ];
    expect(select('ERROR', lines)).toEqual([lines[0], lines[1], lines[3], lines[4]]);
    expect(select('ERROR', lines, false)).toEqual(['none', 'error', '']);
  });

  test('is not found across the end of a line', () => {
    expect(select('ab', ['a', 'b', 'xab'])).toEqual(['xab']);
    expect(select('a\nb', ['a', 'b', 'xa', 'bab'])).toEqual([]);
  });

  test('may hold a line feed, and is found in a line that does', () => {
    expect(select('a\nb', ['a', 'b', 'xa\nby', 'a\n', 'b'])).toEqual(['xa\nby']);
  });

  test('is found whatever the encoding of the line', () => {
    const latin1 = Buffer.from('caf\xe9 ERROR', 'latin1');
    const batch = Batch.fromTexts([latin1, 'é'], SOME_ORIGIN);
    expect(selectLines(batch, new WordMatcher('ERROR'))?.line(0).equals(latin1)).toBe(true);
    expect(selectLines(batch, new WordMatcher('é'))?.texts()).toEqual(['é']);
    expect(selectLines(batch, new WordMatcher(Buffer.from([0xe9])))?.length).toBe(1);
  });

  test('is not found in what stands between the lines of a batch that was filtered', () => {
    const batch = Batch.fromTexts(['xa', 'ERROR', 'b ERROR', 'ERROR'], SOME_ORIGIN).select(
      (index) => index % 2 === 0,
    );
    expect(selectLines(batch, new WordMatcher('ERROR'))?.texts()).toEqual(['b ERROR']);
  });

  test('is found in windows, lines longer than one, and at their edges', () => {
    const long = 'x'.repeat(WINDOW);
    const lines = [`${long}W`, 'W', long, 'y'.repeat(WINDOW - 3), 'aW', `W${long}`, 'end W'];
    expect(select('W', lines).map((line) => line.length)).toEqual([WINDOW + 1, 1, 2, WINDOW + 1, 5]);
    expect(select('W', lines, false).map((line) => line.length)).toEqual([WINDOW, WINDOW - 3]);
  });
});

test('when all lines are selected the batch goes on as it is, and none is no batch', () => {
  const batch = Batch.fromTexts(['a', 'ab'], SOME_ORIGIN);
  expect(selectLines(batch, new WordMatcher('a'))).toBe(batch);
  expect(selectLines(batch, new WordMatcher('a'), false)).toBeUndefined();
  expect(selectLines(batch, new WordMatcher('x'))).toBeUndefined();
  expect(selectLines(batch, new WordMatcher('x'), false)).toBe(batch);
});

test('decodes and copies nothing, and keeps fields with their lines', () => {
  const fields = [{ n: 1 }, { n: 2 }, undefined];
  const batch = Batch.fromTexts(['a', 'b', 'a'], { ...SOME_ORIGIN, fields });
  const before = countDecodedLines();
  const selected = selectLines(batch, new WordMatcher('a'))!;
  expect(countDecodedLines()).toBe(before);
  expect(selected.bytes).toBe(batch.bytes);
  expect(selected.fields).toEqual([{ n: 1 }, undefined]);
});

test('a batch without lines is none', () => {
  const batch = Batch.fromTexts([], SOME_ORIGIN);
  expect(selectLines(batch, new WordMatcher('a'))?.length ?? 0).toBe(0);
});

test('many batches of different sizes, one after the other', () => {
  for (const length of [3, 5000, 1, 2000]) {
    const lines = Array.from({ length }, (_, index) => (index % 3 === 0 ? 'yes' : 'no'));
    expect(select('yes', lines)).toHaveLength(Math.ceil(length / 3));
  }
});
