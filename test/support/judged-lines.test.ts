import { expect, test } from 'vitest';
import { judge, judgedLine } from './judged-lines.ts';

const lines = [0, 1, 2].map((seq) => judgedLine(1, 0, seq));

test('a judge finds nothing wrong with what was sent', () => {
  expect(judge([...lines, judgedLine(2, 5, 0)])).toEqual({
    lines: 4,
    faults: [],
    repeated: 0,
    counts: { '1 0': 3, '2 5': 1 },
  });
});

test('a judge counts what may come again, and finds what is missing all the same', () => {
  expect(judge([lines[0]!, lines[1]!, lines[0]!, lines[1]!, lines[2]!], true)).toMatchObject({
    faults: [],
    repeated: 2,
    counts: { '1 0': 3 },
  });
  expect(judge([lines[0]!, lines[0]!, lines[2]!], true).faults).not.toEqual([]);
});

test.each([
  ['a gap', [lines[0]!, lines[2]!]],
  ['a line twice', [lines[0]!, lines[0]!]],
  ['another order', [lines[1]!, lines[0]!]],
  ['a torn line', [lines[0]!.slice(0, -1)]],
  ['two lines glued together', [`${lines[0]!}${lines[1]!}`]],
  ['an invented line', ['hello']],
  ['an empty line', ['']],
  ['another payload', [lines[0]!.replace('Lorem', 'lorem')]],
])('a judge finds %s', (_, seen) => {
  expect(judge(seen).faults).not.toEqual([]);
});
