import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readLines } from '../../src/cli/read-lines.ts';

async function read(chunks: readonly (string | Uint8Array)[], most = 10) {
  const { lines, isCut } = await readLines(Readable.from(chunks), most);
  return { lines: lines.map((line) => line.toString('latin1')), isCut };
}

test('a line feed ends a line, one carriage return before it belongs to it', async () => {
  expect(await read(['a\r', '\nb\n\nc\r\r\nd\r'])).toEqual({
    lines: ['a', 'b', '', 'c\r', 'd\r'],
    isCut: false,
  });
});

test('bytes stay bytes', async () => {
  expect(await read([Buffer.from([0xff, 10, 0xc3]), Buffer.from([0xa9])])).toEqual({
    lines: ['\xff', '\xc3\xa9'],
    isCut: false,
  });
});

test('stops at the most lines', async () => {
  expect(await read(['a\nb\nc'], 2)).toEqual({ lines: ['a', 'b'], isCut: true });
  expect(await read(['a\nb\n'], 2)).toEqual({ lines: ['a', 'b'], isCut: false });
  expect(await read([])).toEqual({ lines: [], isCut: false });
});
