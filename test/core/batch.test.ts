import { expect, test } from 'vitest';
import { Batch, type BatchInit, countDecodedLines, joinLines, toFields } from '../../src/core/batch.ts';
import { Delivery } from '../../src/core/delivery.ts';

const init: BatchInit = { origin: { source: 'test', peer: 'here' }, receivedAt: 42 };

function batchOf(...texts: (string | Uint8Array)[]): Batch {
  return Batch.fromTexts(texts, init);
}

test('lines stand one behind the other, with a line feed each', () => {
  const batch = batchOf('hello', '', 'wörld');
  expect(batch.length).toBe(3);
  expect(batch.byteLength).toBe(6 + 1 + 7);
  expect(batch.bytes.toString()).toBe('hello\n\nwörld\n');
  expect([...batch.bounds]).toEqual([0, 5, 6, 6, 7, 13]);
  expect(batch.texts()).toEqual(['hello', '', 'wörld']);
  expect([batch.start(2), batch.end(2), batch.line(2).toString()]).toEqual([7, 13, 'wörld']);
});

test('it knows its origin, its time and its delivery', () => {
  const delivery = new Delivery(() => {});
  const batch = Batch.fromTexts(['a'], { ...init, delivery });
  expect(batch).toMatchObject({ ...init, delivery });
  expect(batchOf('a').delivery).toBe(Delivery.ignored);
});

test('bytes are kept as they are, also such as are no UTF-8', () => {
  const bytes = Uint8Array.of(0, 0xff, 0x0d, 0xc3);
  expect([...batchOf('a', bytes).line(1)]).toEqual([...bytes]);
  expect(batchOf(bytes).text(0)).toBe('\0\uFFFD\r\uFFFD');
});

test('a batch without lines is none the worse', () => {
  const batch = batchOf();
  expect(batch).toMatchObject({ length: 0, byteLength: 0 });
  expect(batch.chunks()).toEqual([]);
  expect(batch.fitting(10)).toBe(0);
  expect(batch.select(() => true)).toBe(batch);
  expect(batch.slice(0, 5).texts()).toEqual([]);
});

test('slice and select copy no bytes, and keep all else', () => {
  const fields = [toFields([['n', 0]]), undefined, toFields([['n', 2]])];
  const batch = Batch.fromTexts(['a', 'b', 'c'], { ...init, fields });
  for (const part of [batch.slice(1), batch.select((index) => index > 0)]) {
    expect(part.texts()).toEqual(['b', 'c']);
    expect(part.bytes).toBe(batch.bytes);
    expect(part).toMatchObject({ ...init, byteLength: 4, fields: [undefined, { n: 2 }] });
  }
  expect(batch.slice(0)).toBe(batch);
  expect(batch.select(() => true)).toBe(batch);
});

test('slice leaves out what is out of range', () => {
  const batch = batchOf('a', 'b', 'c');
  expect(batch.slice(-5, 2).texts()).toEqual(['a', 'b']);
  expect(batch.slice(-2, -1).texts()).toEqual([]);
  expect(batch.slice(2, 1).texts()).toEqual([]);
  expect(batch.slice(1, 99).texts()).toEqual(['b', 'c']);
});

test('chunks are as long as they can be', () => {
  const batch = batchOf('a', 'b', 'c', 'd', 'e');
  expect(batch.chunks().map(String)).toEqual(['a\nb\nc\nd\ne\n']);
  const some = batch.select((index) => index !== 2);
  expect(some.chunks().map(String)).toEqual(['a\nb\n', 'd\ne\n']);
});

test('fitting counts whole lines with their line feeds', () => {
  const batch = batchOf('aa', 'bb', 'cc');
  expect([2, 3, 5, 6, 8, 9, 99].map((bytes) => batch.fitting(bytes))).toEqual([0, 1, 1, 2, 2, 3, 3]);
  expect(batch.fitting(3, 1)).toBe(1);
  expect(batch.fitting(6, 1)).toBe(2);
  expect(batch.fitting(-1)).toBe(0);
});

test('others of its kind keep what they do not change', () => {
  const fields = [toFields([['n', 0]])];
  const batch = Batch.fromTexts(['a'], { ...init, fields });
  const delivery = new Delivery(() => {});
  expect(batch.withDelivery(delivery)).toMatchObject({ bytes: batch.bytes, fields, delivery });
  expect(batch.withDelivery(batch.delivery)).toBe(batch);
  expect(batch.withFields([undefined])).toMatchObject({ bytes: batch.bytes, fields: [undefined] });
  const other = batch.withLines(joinLines(['b', 'c']));
  expect(other.texts()).toEqual(['b', 'c']);
  expect(other).toMatchObject({ ...init, fields: undefined });
});

test('compact copies lines that keep much more memory than they need', () => {
  const chunk = batchOf(...Array.from({ length: 1000 }, (_, index) => `line ${index}`.padEnd(100)));
  const few = chunk.select((index) => index % 100 === 0);
  const compact = few.compact();
  expect(compact.texts()).toEqual(few.texts());
  expect(compact).toMatchObject({ ...init, byteLength: few.byteLength });
  expect(compact.bytes).not.toBe(chunk.bytes);
  expect(compact.bytes.length).toBe(few.byteLength);
  expect(compact.bounds.buffer.byteLength).toBe(10 * 8);

  expect(chunk.compact()).toBe(chunk);
  expect(compact.compact()).toBe(compact);
});

test('decoding is counted, and nothing else decodes', () => {
  const before = countDecodedLines();
  const batch = batchOf('a', 'b', 'c').select((index) => index < 2);
  batch.chunks();
  batch.fitting(2);
  batch.compact();
  expect(countDecodedLines()).toBe(before);
  batch.texts();
  expect(countDecodedLines()).toBe(before + 2);
});

test('no name of a field is special', () => {
  const fields = toFields([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  expect(Object.getPrototypeOf(fields)).toBeNull();
  expect(Object.entries(fields)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
});
