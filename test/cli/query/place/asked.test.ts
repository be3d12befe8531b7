import { describe, expect, test } from 'vitest';
import { toUrl } from '../../../../src/cli/query/place/ask-http.ts';
import { toCommand } from '../../../../src/cli/query/place/ask-port.ts';
import type { Asked } from '../../../../src/cli/query/place/asking.ts';
import { readCommand } from '../../../../src/query/questions/read-command.ts';

const asked: readonly (readonly [Asked, string, string])[] = [
  [
    { kind: 'search', options: { format: 'json', limit: 3, since: undefined }, expression: 'a b' },
    'SEARCH format=json limit=3 -- a b',
    '/api/search?q=a+b&format=json&limit=3',
  ],
  [
    { kind: 'search', options: { format: 'json' }, expression: 'limit=3' },
    'SEARCH format=json -- limit=3',
    '/api/search?q=limit%3D3&format=json',
  ],
  [
    { kind: 'count', options: { format: 'json', from: 'all' }, key: 'time(60000ms)', expression: '' },
    'COUNT format=json from=all BY time(60000ms) --',
    '/api/count?by=time%2860000ms%29&format=json&from=all',
  ],
  [
    { kind: 'top', options: { format: 'json', n: 5 }, key: 'my "field"', expression: 'x' },
    'TOP 5 "my \\"field\\"" format=json -- x',
    '/api/top?q=x&field=my+%22field%22&format=json&n=5',
  ],
  [
    { kind: 'tail', options: { format: 'json', last: 10 }, expression: '' },
    'TAIL format=json last=10 --',
    '/api/tail?last=10',
  ],
];

describe.each(asked)('%j', (question, command, url) => {
  test('as a command, which the collector can read', () => {
    expect(toCommand(question)).toBe(command);
    expect(readCommand(command, 0)).toMatchObject({ format: 'json' });
  });

  test('as a URL', () => {
    expect(toUrl(new URL('http://h:1'), question).href).toBe(`http://h:1${url}`);
    expect(toUrl(new URL('https://h/logs/'), question).href).toBe(`https://h/logs${url}`);
  });
});
