import { Buffer } from 'node:buffer';
import split2 from 'split2';
import { expect } from 'vitest';
import { CommandReader, TOO_LONG } from '../../src/query/command-reader.ts';
import { fc, test } from '../support/properties.ts';

const byte = fc.oneof(fc.constantFrom(10, 13, 0, 0xc3, 0xa9), fc.integer({ min: 0, max: 255 }));

/** Bytes in chunks, cut anywhere; line feeds are rare enough that chunks are joined. */
const sentInChunks = fc.array(
  fc.array(byte, { maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 12 },
);

/** The first line as split2 sees it; latin1 keeps every byte. Of an unfinished line the carriage return belongs to the end too. */
async function firstLine(sent: Buffer): Promise<Buffer> {
  const splitter = split2();
  splitter.end(Buffer.from(sent.toString('latin1')));
  const [line = ''] = (await splitter.toArray()) as string[];
  return Buffer.from(sent.includes(10) ? line : line.replace(/\r$/, ''), 'latin1');
}

function read(chunks: readonly Buffer[], maxBytes: number): Buffer | typeof TOO_LONG {
  const reader = new CommandReader(maxBytes);
  for (const chunk of chunks) {
    const line = reader.push(chunk);
    if (line !== undefined) return line;
  }
  return reader.end();
}

test.prop([sentInChunks])(
  'the command is the first line, however it is cut, as split2 splits it',
  async (chunks) => {
    expect(read(chunks, 1000)).toEqual(await firstLine(Buffer.concat(chunks)));
  },
);

test.prop([sentInChunks, fc.integer({ min: 0, max: 16 })])(
  'whether it is too long does not depend on the cuts',
  (chunks, maxBytes) => {
    const whole = read([Buffer.concat(chunks)], Number.MAX_SAFE_INTEGER) as Buffer;
    expect(read(chunks, maxBytes)).toEqual(whole.length > maxBytes ? TOO_LONG : whole);
  },
);
