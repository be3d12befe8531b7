import { describe, expect } from 'vitest';
import type { Lines } from '../../src/core/batch.ts';
import { NulFramer } from '../../src/framing/nul-framer.ts';
import { fc, test } from '../support/properties.ts';

/** Cuts bytes into lines, in chunks of these sizes; answers the lines, one character a byte. */
function frame(
  bytes: Uint8Array,
  sizes: readonly number[],
  maxLineBytes = 1024,
): { lines: string[]; chunks: Buffer[] } {
  const framer = new NulFramer(
    { maxLineBytes, oversize: 'split' },
    { truncated: () => {}, split: () => {}, dropped: () => {} },
  );
  const lines: string[] = [];
  const chunks: Buffer[] = [];
  const take = (run: Lines | undefined): void => {
    if (!run) return;
    for (let at = 0; at < run.bounds.length; at += 2) {
      expect(run.bytes[run.bounds[at + 1]!]).toBe(10);
      lines.push(run.bytes.toString('latin1', run.bounds[at], run.bounds[at + 1]));
    }
  };
  let from = 0;
  for (const size of [...sizes, bytes.length]) {
    const chunk = Buffer.from(bytes.subarray(from, from + size));
    from += size;
    chunks.push(chunk);
    take(framer.push(chunk));
  }
  take(framer.end());
  return { lines, chunks };
}

/** What is to come out, without a framer. */
function split(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes).toString('latin1').split('\0');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

const bytes = fc
  .array(fc.constantFrom(0, 0, 10, 13, 97, 255), { maxLength: 60 })
  .map((each) => Uint8Array.from(each));
const sizes = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 12 });

describe('NUL ends a line', () => {
  test.prop([bytes, sizes])('however the bytes are cut, and no other byte does', (each, cuts) => {
    expect(frame(each, cuts).lines).toEqual(split(each));
  });

  test.prop([bytes, sizes])('the chunks are not changed', (each, cuts) => {
    expect(Buffer.concat(frame(each, cuts).chunks)).toEqual(Buffer.from(each));
  });

  test.prop([bytes, sizes, fc.integer({ min: 1, max: 4 })])(
    'also where lines are too long',
    (each, cuts, limit) => {
      const pieces = split(each).flatMap((line) =>
        line === '' ? [''] : (line.match(new RegExp(`[^]{1,${limit}}`, 'g')) ?? []),
      );
      expect(frame(each, cuts, limit).lines).toEqual(pieces);
    },
  );

  test('what was not finished can be let go', () => {
    const framer = new NulFramer(
      { maxLineBytes: 10, oversize: 'truncate' },
      { truncated: () => {}, split: () => {}, dropped: () => {} },
    );
    framer.push(Buffer.from('one\0tw\n'));
    expect(framer.discard()).toBe(3);
    expect(framer.end()).toBeUndefined();
  });
});
