import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { joinLines } from '../../../src/core/batch.ts';
import type { FoundLines } from '../../../src/core/search.ts';
import type { CountResult } from '../../../src/query/answering/count-lines.ts';
import { formatCount } from '../../../src/query/answering/format.ts';
import { linesAsJson } from '../../../src/query/answering/format-json.ts';
import { linesAsText } from '../../../src/query/answering/format-text.ts';

function piece(lines: readonly (string | Buffer)[], more: Partial<FoundLines> = {}): FoundLines {
  return { ...joinLines(lines), receivedAt: new Float64Array(lines.length), ...more };
}

function text(parts: Iterable<Buffer>): string {
  return Buffer.concat([...parts]).toString();
}

test('a line that could be taken for one of the collector has a backslash in front', () => {
  const lines = ['# own', '#hash', ' # space', '\\# one', '\\\\# two', '\\#no', 'a # b', '# ', 'x\n# inside'];
  expect(text(linesAsText(piece(lines))).split('\n')).toEqual([
    '\\# own',
    '#hash',
    ' # space',
    '\\\\# one',
    '\\\\\\# two',
    '\\#no',
    'a # b',
    '\\# ',
    'x',
    '\\# inside',
    '',
  ]);
});

test('lines with gaps between them, and parts of bounded size', () => {
  const all = joinLines(['a', 'b', 'x'.repeat(200_000), 'c']);
  const bounds = Uint32Array.from([...all.bounds.subarray(0, 2), ...all.bounds.subarray(4)]);
  const parts = [...linesAsText({ bytes: all.bytes, bounds, receivedAt: new Float64Array(3) })];
  expect(Buffer.concat(parts).toString()).toBe(`a\n${'x'.repeat(200_000)}\nc\n`);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
});

test('a long line is written as JSON in pieces, whatever its bytes', () => {
  const long = Buffer.from('é"\\\n\u{1f600}'.repeat(40_000));
  const broken = Buffer.concat([long, Buffer.from([0xff])]);
  const parts = [...linesAsJson(piece([long, 'short', broken]))];
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(300_000);
  const objects = text(parts)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { message: string; messageBase64?: string });
  expect(objects.map(({ message }) => message)).toEqual([long.toString(), 'short', broken.toString()]);
  expect(objects.map(({ messageBase64 }) => messageBase64)).toEqual([
    undefined,
    undefined,
    broken.toString('base64'),
  ]);
});

test('what is not known of a line is absent', () => {
  const origins = [
    { from: 0, origin: undefined },
    { from: 1, origin: { source: 'unix' } },
  ];
  const receivedAt = Float64Array.of(Number.NaN, 0);
  expect(text(linesAsJson(piece(['a', 'b'], { origins, receivedAt })))).toBe(
    '{"message":"a"}\n{"time":"1970-01-01T00:00:00.000Z","source":"unix","message":"b"}\n',
  );
});

test('groups: what could be taken for something else is quoted', () => {
  const keys = [
    'plain text',
    '',
    '(none)',
    '"x"',
    ' a',
    'a ',
    'tab\there',
    '\u001b[31m',
    'größe',
    '(x',
    '# a',
  ];
  const result: CountResult = {
    groups: keys.map((key, index) => ({ key, count: index + 1 })),
    none: 7,
    other: 8,
    summary: { matched: 81, scannedLines: 81, scannedBytes: 810, ms: 0.4 },
  };
  const question = { by: { kind: 'field', name: 'x' } } as const;
  expect(text(formatCount(result, question, 'text')).split('\n')).toEqual([
    '1\tplain text',
    '2\t""',
    '3\t"(none)"',
    '4\t"\\"x\\""',
    '5\t" a"',
    '6\t"a "',
    '7\t"tab\\there"',
    '8\t"\\u001b[31m"',
    '9\tgröße',
    '10\t"(x"',
    '11\t# a',
    '7\t(none)',
    '8\t(other)',
    '# matched=81 scanned=81 bytes=810 ms=0 truncated=no',
    '',
  ]);
  const objects = text(formatCount(result, question, 'json'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as object);
  expect(objects[7]).toEqual({ value: '\u001b[31m', count: 8 });
  expect(objects.slice(-3, -1)).toEqual([
    { none: true, count: 7 },
    { other: true, count: 8 },
  ]);
});
