import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { CommandReader, TOO_LONG } from '../../src/query/command-reader.ts';

test('a line feed ends the command, and what follows is not looked at', () => {
  expect(new CommandReader(100).push(Buffer.from('STATS\nCOUNT\n'))).toEqual(Buffer.from('STATS'));
});

test('the end ends the command', () => {
  const reader = new CommandReader(100);
  expect(reader.push(Buffer.from('STA'))).toBeUndefined();
  expect(reader.push(Buffer.from('TS'))).toBeUndefined();
  expect(reader.end()).toEqual(Buffer.from('STATS'));
});

test('nothing at all is an empty command', () => {
  expect(new CommandReader(100).end()).toEqual(Buffer.alloc(0));
});

test.each([
  ['a\r\n', 'a'],
  ['a\r\r\n', 'a\r'],
  ['a\rb\n', 'a\rb'],
  ['\r\n', ''],
])('of %j the command is %j', (sent, command) => {
  expect(new CommandReader(100).push(Buffer.from(sent))).toEqual(Buffer.from(command));
});

test('a command of exactly the greatest length is read, with each line end', () => {
  const command = Buffer.alloc(64, 'x');
  for (const lineEnd of ['\n', '\r\n']) {
    expect(new CommandReader(64).push(Buffer.concat([command, Buffer.from(lineEnd)]))).toEqual(command);
  }
  const reader = new CommandReader(64);
  reader.push(command);
  expect(reader.end()).toEqual(command);
});

test('a longer command is too long, as soon as it is sure', () => {
  expect(new CommandReader(64).push(Buffer.from(`${'x'.repeat(65)}\n`))).toBe(TOO_LONG);
  expect(new CommandReader(64).push(Buffer.alloc(66, 'x'))).toBe(TOO_LONG);

  const reader = new CommandReader(64);
  expect(reader.push(Buffer.alloc(65, 'x'))).toBeUndefined();
  expect(reader.end()).toBe(TOO_LONG);
});

test('a long command that comes byte by byte is put together', () => {
  const reader = new CommandReader(100_000);
  const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index % 255) + 11));
  expect(sent.some((_, index) => reader.push(sent.subarray(index, index + 1)) !== undefined)).toBe(false);
  expect(reader.push(Buffer.from('\n'))).toEqual(sent);
});
