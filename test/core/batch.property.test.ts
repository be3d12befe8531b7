/** A batch against a plain array of lines: what is selected, cut out and written is what the array says. */
import { Buffer } from 'node:buffer';
import { describe, expect } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { fc, test } from '../support/properties.ts';

interface Model {
  readonly batch: Batch;
  readonly lines: readonly string[];
}

/** Bytes as text, one character each. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\0', 'ÿ'), maxLength: 8 }),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('x', '\n'), minLength: 20, maxLength: 60 }) },
);

type Step =
  | { readonly kind: 'slice'; readonly from: number; readonly to: number }
  | { readonly kind: 'select'; readonly keep: readonly boolean[] }
  | { readonly kind: 'compact' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('slice' as const),
    from: fc.integer({ min: -2, max: 14 }),
    to: fc.integer({ min: -2, max: 14 }),
  }),
  fc.record({
    kind: fc.constant('select' as const),
    keep: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  }),
  fc.record({ kind: fc.constant('compact' as const) }),
);

/** A batch that was cut out of others, so that it has gaps, with the lines that it should have. */
const model: fc.Arbitrary<Model> = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.array(step, { maxLength: 4 }))
  .map(([lines, steps]) => {
    const bytes = lines.map((text) => Buffer.from(text, 'latin1'));
    const batch = Batch.fromTexts(bytes, {
      origin: { source: 'test' },
      receivedAt: 0,
      fields: lines.map((text) => ({ text })),
    });
    return steps.reduce<Model>((now, each) => apply(now, each), { batch, lines });
  });

function apply({ batch, lines }: Model, each: Step): Model {
  switch (each.kind) {
    case 'slice': {
      const from = Math.max(each.from, 0);
      return { batch: batch.slice(each.from, each.to), lines: lines.slice(from, Math.max(each.to, from)) };
    }
    case 'select':
      return {
        batch: batch.select((index) => each.keep[index]!),
        lines: lines.filter((_, index) => each.keep[index]),
      };
    default:
      return { batch: batch.compact(), lines };
  }
}

describe('a batch that was sliced, selected from and compacted', () => {
  test.prop([model])('has the lines of the array, with their fields', ({ batch, lines }) => {
    expect(Array.from({ length: batch.length }, (_, index) => latin1(batch.line(index)))).toEqual(lines);
    expect(batch.byteLength).toBe(lines.reduce((sum, text) => sum + text.length + 1, 0));
    expect(batch.fields).toEqual(lines.map((text) => ({ text })));
    for (let index = 0; index < batch.length; index++) expect(batch.bytes[batch.end(index)]).toBe(10);
  });

  test.prop([model])('gives chunks that are the lines with a line feed each, none beside the other', (it) => {
    const chunks = it.batch.chunks();
    expect(chunks.map(latin1).join('')).toBe(it.lines.map((text) => `${text}\n`).join(''));
    for (const [index, chunk] of chunks.entries()) {
      expect(chunk.length).toBeGreaterThan(0);
      const next = chunks[index + 1];
      if (next) expect(next.byteOffset).toBeGreaterThan(chunk.byteOffset + chunk.length);
    }
  });

  test.prop([model, fc.integer({ min: -1, max: 80 }), fc.nat({ max: 14 })])(
    'knows how many of its lines fit',
    ({ batch, lines }, maxBytes, from) => {
      let fitting = 0;
      let left = maxBytes;
      for (const text of lines.slice(from)) {
        left -= text.length + 1;
        if (left < 0) break;
        fitting++;
      }
      expect(batch.fitting(maxBytes, from)).toBe(fitting);
    },
  );

  test.prop([model])('keeps little more memory alive than it needs, once it is compacted', ({ batch }) => {
    const compact = batch.compact();
    expect(compact.bytes.buffer.byteLength).toBeLessThanOrEqual(4 * compact.byteLength + 1024);
  });
});
