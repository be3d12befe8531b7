import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { parseCommand } from '../../src/query/commands.ts';
import { FakeTarget } from './fake-target.ts';

function answer(line: string): string | undefined {
  const command = parseCommand(Buffer.from(line));
  return command.kind === 'text' ? command.answer(new FakeTarget()) : undefined;
}

test('STATS and COUNT tell the counters', () => {
  expect(answer('STATS')).toBe('STATS: Total=12, Dropped=3, Current=9, Clients=2\n');
  expect(answer('COUNT')).toBe('COUNT: 9\n');
});

test('HELP lists every command, a line each', () => {
  const lines = answer('HELP')!.split('\n');
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'STATS',
    'COUNT',
    'QUERY keyword=<text>',
    'SEARCH [options] [expression]',
    'TAIL [options] [expression]',
    'COUNT [options] [BY field|time(1m)] [expression]',
    'TOP n field [options] [expression]',
    'LEDGER',
    'HELP',
    '',
  ]);
});

test('LEDGER is JSON on one line', () => {
  const ledger = answer('LEDGER')!;
  expect(ledger.indexOf('\n')).toBe(ledger.length - 1);
  expect(JSON.parse(ledger)).toEqual({ unaccounted: 0, sources: {}, pipelines: {}, sinks: {} });
});

test('everything behind keyword= is the keyword, as bytes', () => {
  const keyword = Buffer.from([0, 255, 32, 0xc3, 61, 32]);
  const line = Buffer.concat([Buffer.from('QUERY keyword='), keyword]);
  expect(parseCommand(line)).toEqual({ kind: 'query', keyword });
  expect(parseCommand(Buffer.from('QUERY keyword='))).toEqual({ kind: 'query', keyword: Buffer.alloc(0) });
});

test.each([
  '',
  ' ',
  'stats',
  'STATS ',
  ' STATS',
  'STATSX',
  'STAT',
  'COUNT\0',
  'QUERY',
  'QUERY ',
  'QUERY keyword',
  'QUERY  keyword=a',
  'query keyword=a',
  'QUERY keywords=a',
  'constructor',
  '__proto__',
  'GET / HTTP/1.1',
])('%j is no command', (line) => {
  expect(parseCommand(Buffer.from(line))).toEqual({ kind: 'unknown' });
});
