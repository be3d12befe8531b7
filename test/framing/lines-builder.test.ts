import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { LinesBuilder } from '../../src/framing/lines-builder.ts';
import { toTexts } from './frame.ts';

test('builds lines of parts of buffers', () => {
  const builder = new LinesBuilder(64);
  builder.add(Buffer.from('one two'), 0, 3);
  builder.add(Buffer.from('one two'), 4, 7);
  builder.add(Buffer.from(''), 0, 0);
  expect(toTexts(builder.build())).toEqual(['one', 'two', '']);
});

test('builds nothing of nothing', () => {
  expect(new LinesBuilder(64).build()).toBeUndefined();
});

test('has room for more than it was made for', () => {
  const builder = new LinesBuilder(1);
  const texts = Array.from({ length: 100 }, (_, index) => 'x'.repeat(index));
  for (const text of texts) builder.add(Buffer.from(text), 0, text.length);
  expect(toTexts(builder.build())).toEqual(texts);
});

test('gives back room that was not needed', () => {
  const builder = new LinesBuilder(1024 * 1024);
  builder.add(Buffer.from('short'), 0, 5);
  expect(builder.build()!.bytes.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
});
