import { expect, test } from 'vitest';
import { Group } from '../../../src/sinks/file/group.ts';
import { fc, test as property } from '../../support/properties.ts';
import { toBatch, toBatchWithGaps } from './rig.ts';

const batches = fc
  .array(fc.tuple(fc.array(fc.string({ maxLength: 6 }), { maxLength: 5 }), fc.boolean()), { maxLength: 4 })
  .map((each) => each.map(([lines, gaps]) => (gaps ? toBatchWithGaps(lines) : toBatch(lines))));

property.prop([batches, fc.array(fc.nat(20), { minLength: 1 })])(
  'takes all lines in order, as many as fit each time',
  (input, rooms) => {
    const whole = Buffer.concat(input.flatMap((batch) => batch.chunks()));
    const group = new Group(input);
    const taken: Buffer[] = [];
    let at = 0;
    for (let turn = 0; !group.empty; turn++) {
      const room = rooms[turn % rooms.length]!;
      const force = turn % 2 === 1 || room === 0;
      const piece = group.take(room, force);
      const next = whole.indexOf(10, at) + 1 - at;
      if (!piece) {
        expect(force).toBe(false);
        expect(next).toBeGreaterThan(room);
        continue;
      }
      const bytes = Buffer.concat(piece.buffers());
      expect(bytes).toHaveLength(piece.bytes);
      expect(bytes.filter((byte) => byte === 10)).toHaveLength(piece.lines);
      if (piece.bytes > room) expect([piece.lines, force]).toEqual([1, true]);
      at += piece.bytes;
      // Another line would not have fitted.
      const following = whole.indexOf(10, at) + 1 - at;
      if (!group.empty) expect(piece.bytes + following).toBeGreaterThan(room);
      taken.push(bytes);
    }
    expect(Buffer.concat(taken)).toEqual(whole);
    expect(group.take(100, true)).toBeUndefined();
  },
);

property.prop([batches, fc.nat(100)])('tells how many whole lines some bytes are', (input, bytes) => {
  const piece = new Group(input).take(Number.MAX_SAFE_INTEGER, false);
  if (!piece) return;
  const text = Buffer.concat(piece.buffers()).subarray(0, bytes);
  const end = text.lastIndexOf(10) + 1;
  const lines = text.filter((byte) => byte === 10).length;
  expect(piece.wholeWithin(bytes)).toEqual({ lines, bytes: end });
});

test('gives neighbouring lines away as they lie in memory', () => {
  const batch = toBatch(['a', 'b', 'c']);
  const piece = new Group([batch]).take(4, false)!;
  const [buffer] = piece.buffers();
  expect(buffer!.buffer).toBe(batch.bytes.buffer);
  expect(buffer!.byteOffset).toBe(batch.bytes.byteOffset);
  expect(String(buffer)).toBe('a\nb\n');
});
