import { expect, test } from 'vitest';
import { Highlighter } from '../../../src/cli/query/highlight.ts';

function marked(expression: string, line: string): string {
  const bytes = Buffer.from(line);
  let text = '';
  let at = 0;
  for (const [from, to] of new Highlighter(expression).find(bytes)) {
    text += `${bytes.toString('utf8', at, from)}[${bytes.toString('utf8', from, to)}]`;
    at = to;
  }
  return text + bytes.toString('utf8', at);
}

test.each([
  ['error', 'error: an error', '[error]: an [error]'],
  ['"an error"', 'error: an error', 'error: [an error]'],
  ['é', 'café é', 'caf[é] [é]'],
  ['ab bc', 'abc', '[abc]'],
  ['a OR c', 'abc', '[a]b[c]'],
  ['a -b', 'abc', '[a]bc'],
  ['NOT a', 'abc', 'abc'],
  ['/e\\w+r/i', 'ERROR é Error', '[ERROR] é [Error]'],
  ['tim*t', 'timeout set', '[timeout] set'],
  ['c?t', 'cat cut', '[cat] [cut]'],
  ['status:503', '{"status":503,"took":503}', '{"status":[503],"took":503}'],
  ['a.b:x', '{"a":{"b":"x"},"c":"x"}', '{"a":{"b":"[x]"},"c":"x"}'],
  ['level:warn', 'level=warn warn', 'level=warn warn'],
  ['user:bob', 'user=bob took=1', 'user=[bob] took=1'],
  ['status:>=500', 'status=503', 'status=503'],
  ['', 'anything', 'anything'],
])('%s in %s', (expression, line, expected) => {
  expect(marked(expression, line)).toBe(expected);
});

test('bytes that are no UTF-8 do not move the marks', () => {
  const line = Buffer.concat([Buffer.of(0xff, 0xc3), Buffer.from(' error é')]);
  expect(new Highlighter('/err|é/').find(line)).toEqual([
    [3, 6],
    [9, 11],
  ]);
});
