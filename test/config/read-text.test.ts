import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decode, readText } from '../../src/config/read-text.ts';
import { folder } from './support.ts';

test('reads text, without a byte order mark', async () => {
  const path = await folder({ a: '\ufeffé\r\n\t😀' });
  expect(await readText(join(path, 'a'), 100)).toEqual({ text: 'é\r\n\t😀' });
});

test('reads as much as it may, and no more', async () => {
  const path = await folder({ a: 'x'.repeat(10) });
  expect(await readText(join(path, 'a'), 10)).toEqual({ text: 'x'.repeat(10) });
  expect((await readText(join(path, 'a'), 9)).problem).toEqual({
    kind: 'large',
    message: 'larger than 9 bytes',
  });
  // A device never ends.
  expect((await readText('/dev/zero', 1000)).problem?.kind).toBe('large');
});

test('says why a file cannot be read', async () => {
  const path = await folder({ secret: 'x', file: '' });
  await chmod(join(path, 'secret'), 0);
  const read = async (name: string): Promise<unknown> => (await readText(join(path, name), 10)).problem;
  expect(await read('nope')).toEqual({ kind: 'missing', message: 'there is no such file' });
  expect(await read('file/nope')).toEqual({ kind: 'missing', message: 'there is no such file' });
  expect(await read('.')).toEqual({ kind: 'unreadable', message: 'it is a directory' });
  // Root may read everything.
  const forbidden =
    process.getuid?.() === 0 ? undefined : { kind: 'unreadable', message: 'permission denied' };
  expect(await read('secret')).toEqual(forbidden);
});

test.each([
  [[0x61, 0x0a, 0xff], 'it is not UTF-8', 2],
  [[0xc3], 'it is not UTF-8', 1],
  [[0x61, 0x00], 'it holds the control character U+0000', 1],
  [[0x0a, 0x0a, 0x1b, 0x5b], 'it holds the control character U+001B', 3],
  [[0xff, 0xfe, 0x61, 0x00], 'it is UTF-16', 1],
  [[0xfe, 0xff, 0x00, 0x61], 'it is UTF-16', 1],
])('refuses the bytes %j', (bytes, message, line) => {
  expect(decode(Uint8Array.from(bytes)).problem).toEqual({ kind: 'binary', message, line });
});
