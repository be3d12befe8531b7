import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { CODECS, type Codec } from '../../../src/sinks/archive/codec.ts';
import { fc, test as property } from '../../support/properties.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;

/** A whole frame that holds `raw` and says that it holds `rawLength` bytes. */
async function makeFrame(codec: Codec, raw: Buffer, rawLength = raw.length): Promise<Buffer> {
  const body = await codec.compress(raw, 3);
  const length = codec.head.length + body.length;
  return Buffer.concat([codec.head.write({ length, rawLength, lines: 1, receivedAt: 0 }), body]);
}

async function decompress(codec: Codec, frame: Buffer, rawLength: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(codec.decompress(frame, rawLength)));
}

property.prop([fc.constantFrom(...COMPRESSIONS), fc.uint8Array({ minLength: 1, maxLength: 5000 })], {
  numRuns: 50,
})('a frame holds what was put into it', async (compression, bytes) => {
  const raw = Buffer.from(bytes);
  const codec = CODECS[compression];
  const frame = await makeFrame(codec, raw);
  expect(await decompress(codec, frame, raw.length)).toEqual(raw);
  // And it is what it says to be for everybody else.
  const body = frame.subarray(codec.head.length);
  expect(compression === 'gzip' ? gunzipSync(frame) : zstdDecompressSync(body)).toEqual(raw);
});

test.each(COMPRESSIONS)('%s: any bit that is flipped in the content shows', async (compression) => {
  const codec = CODECS[compression];
  const raw = Buffer.from('a line\nanother line\nand a third one, a little longer than the others\n');
  const frame = await makeFrame(codec, raw);
  for (let bit = codec.head.length * 8; bit < frame.length * 8; bit++) {
    const flipped = Buffer.from(frame);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    // A few bits mean nothing (a reserved one, another way to say the same); never is anything else read.
    const read = await decompress(codec, flipped, raw.length).catch(() => raw);
    expect(read).toEqual(raw);
  }
  const damaged = Buffer.from(frame);
  damaged[damaged.length - (compression === 'gzip' ? 5 : 1)]! ^= 1;
  await expect(decompress(codec, damaged, raw.length)).rejects.toThrow(/check/);
});

test.each(COMPRESSIONS)('%s: a frame that was cut off is an error', async (compression) => {
  const codec = CODECS[compression];
  const raw = Buffer.from('a line\n');
  const frame = await makeFrame(codec, raw);
  for (let length = codec.head.length; length < frame.length; length++)
    await expect(decompress(codec, frame.subarray(0, length), raw.length)).rejects.toThrow(
      /unexpected end|0 bytes/,
    );
});

test.each(COMPRESSIONS)('%s: a bomb is stopped where the frame should end', async (compression) => {
  const codec = CODECS[compression];
  const frame = await makeFrame(codec, Buffer.alloc(50 * 2 ** 20), 1000);
  let bytes = 0;
  const read = async () => {
    for await (const piece of codec.decompress(frame, 1000)) bytes += piece.length;
  };
  await expect(read()).rejects.toThrow('more than the 1000 bytes');
  expect(bytes).toBeLessThanOrEqual(1000);
});

test.each(COMPRESSIONS)('%s: a frame that holds less than it says is an error', async (compression) => {
  const codec = CODECS[compression];
  const raw = Buffer.from('a line\n');
  await expect(decompress(codec, await makeFrame(codec, raw), 8)).rejects.toThrow('7 bytes in place of 8');
});
