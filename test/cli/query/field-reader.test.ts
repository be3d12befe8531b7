import { expect, test } from 'vitest';
import { fieldsReader } from '../../../src/cli/query/field-reader.ts';

function read(names: readonly string[], text: string): unknown[] {
  return fieldsReader(names)({
    bytes: Buffer.from(text),
    receivedAt: Date.UTC(2026, 0, 31),
    origin: { source: 'tcp', peer: '10.0.0.7:1' },
    file: 'a.log',
  });
}

test.each([
  [
    '{"level":"error","a":{"b":[1,2]},"n":null}',
    ['level', 'a.b', 'a', 'n', 'none'],
    ['error', [1, 2], { b: [1, 2] }, null, undefined],
  ],
  ['level=warn took=12 msg="a b"', ['level', 'took', 'msg', 'b'], ['warn', 12, 'a b', undefined]],
  ['took=0012 big=9007199254740993', ['took', 'big'], ['0012', '9007199254740993']],
  ['{"level":"error","cut":"of', ['level', 'cut'], ['error', undefined]],
  ['[WARN] plain text', ['level', 'text'], ['warn', undefined]],
  ['{"constructor":1}', ['constructor', 'toString', '__proto__'], [1, undefined, undefined]],
])('%s', (line, names, expected) => {
  expect(read(names, line)).toEqual(expected);
});

test('what is known beside the text', () => {
  expect(read(['@time', '@source', '@peer', '@file', '@line'], 'text')).toEqual([
    '2026-01-31T00:00:00.000Z',
    'tcp',
    '10.0.0.7:1',
    'a.log',
    'text',
  ]);
});
