/** Frames hold batches as they are, and nothing else is taken for one. */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { Batch, type Fields, toFields } from '../../src/core/batch.ts';
import { HEAD_BYTES, readBody, readHead, readTail, toBuffers, toFrame } from '../../src/spill/frame.ts';
import { readPieces } from '../../src/spill/walk.ts';
import { batchOf, lineBytes } from '../support/arbitrary-batches.ts';
import { fc, test } from '../support/properties.ts';

const SALT = 0x1234_abcd;
const json = fc.jsonValue();
const fields: fc.Arbitrary<Fields | undefined> = fc.option(
  fc
    .array(fc.tuple(fc.oneof(fc.string(), fc.constant('__proto__')), json), { maxLength: 3 })
    .map((entries) => toFields(entries as never)),
  { nil: undefined },
);
const batches = fc
  .tuple(
    batchOf(lineBytes()),
    fc.string(),
    fc.option(fc.string(), { nil: undefined }),
    fc.array(fields, { minLength: 20, maxLength: 20 }),
    fc.boolean(),
  )
  .filter(([batch]) => batch.length > 0)
  .map(([batch, source, peer, all, hasFields]) => {
    const init = { origin: { source, peer }, receivedAt: 1.5e12 };
    return new Batch(batch, { ...init, fields: hasFields ? all.slice(0, batch.length) : undefined });
  });

function lineList(batch: Batch): string[] {
  return Array.from({ length: batch.length }, (_, line) => batch.line(line).toString('latin1'));
}

test.prop([batches, fc.nat()])('a batch comes back as it was', (batch, first) => {
  const bytes = Buffer.concat(toBuffers(toFrame(batch, first), SALT));
  const head = readHead(bytes, 0, SALT)!;
  expect(head).toMatchObject({ length: bytes.length, lines: batch.length, first });
  expect(readTail(bytes, bytes.length - HEAD_BYTES, SALT)).toEqual(head);
  const back = readBody(bytes, HEAD_BYTES, head)!;
  expect(lineList(back)).toEqual(lineList(batch));
  expect(back.byteLength).toBe(batch.byteLength);
  expect(back.receivedAt).toBe(batch.receivedAt);
  expect(back.origin.source).toBe(batch.origin.source.toWellFormed());
  expect(back.fields?.map((each) => JSON.stringify(each))).toEqual(
    batch.fields?.map((each) => JSON.stringify(each)),
  );
});

test.prop([
  fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      batches.map((batch) => Buffer.concat(toBuffers(toFrame(batch, 7), SALT))),
      batches.map((batch) => Buffer.concat(toBuffers(toFrame(batch, 7), 99))),
    ),
    { maxLength: 8 },
  ),
  fc.integer({ min: 40, max: 2000 }),
])(
  'whatever is in a file: every piece is told once, in order, and frames of another salt are none',
  async (parts, maxBytes) => {
    const bytes = Buffer.concat(parts);
    const file = {
      read: async (buffer: Uint8Array, offset: number, length: number, position: number) => ({
        bytesRead: bytes.copy(buffer, offset, position, position + length),
      }),
    };
    let at = 0;
    let covered = 0;
    while (at < bytes.length) {
      const { pieces, next } = await readPieces({ file, salt: SALT, end: bytes.length }, at, maxBytes);
      expect(next).toBeGreaterThan(at);
      for (const piece of pieces) {
        expect(piece.offset).toBe(covered);
        covered += piece.kind === 'frame' ? piece.head.length : piece.length;
      }
      expect(covered).toBe(next);
      at = next;
    }
  },
);
