import { expect, test } from 'vitest';
import { CODECS } from '../../../src/sinks/archive/codec.ts';

const note = { length: 1000, rawLength: 5000, lines: 42, receivedAt: Date.UTC(2026, 0, 31) + 0.5 };

test.each(['gzip', 'zstd'] as const)('%s: a head tells what was written into it', (compression) => {
  const { head } = CODECS[compression];
  const bytes = head.write(note);
  expect(bytes).toHaveLength(head.length);
  expect(head.read(bytes)).toEqual(note);
  expect(head.read(Buffer.concat([bytes, Buffer.from('more')]))).toEqual(note);
});

test.each(['gzip', 'zstd'] as const)('%s: a head with any bit flipped is none', (compression) => {
  const { head } = CODECS[compression];
  const bytes = head.write(note);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(head.read(flipped)).toBeUndefined();
  }
});

test.each(['gzip', 'zstd'] as const)('%s: what is too short, or says nonsense, is none', (compression) => {
  const { head } = CODECS[compression];
  for (let length = 0; length < head.length; length++)
    expect(head.read(head.write(note).subarray(0, length))).toBeUndefined();
  expect(head.read(head.write({ ...note, length: head.length }))).toBeUndefined();
  expect(head.read(head.write({ ...note, rawLength: 2 ** 31 + 1 }))).toBeUndefined();
});
