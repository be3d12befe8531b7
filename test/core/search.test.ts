import { expect, test } from 'vitest';
import { joinLines } from '../../src/core/batch.ts';
import { textsOf } from '../../src/core/search.ts';

test('the texts of a result are those of its pieces, in order', () => {
  const pieces = [['one', ''], [], ['zwölf']].map((lines) => ({
    ...joinLines(lines),
    receivedAt: new Float64Array(lines.length),
  }));
  expect(textsOf({ matches: 3, byteLength: 12, pieces })).toEqual(['one', '', 'zwölf']);
});
