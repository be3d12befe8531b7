import { describe, expect } from 'vitest';
import type { FramerOptions } from '../../src/framing/framer-options.ts';
import { LineFramer } from '../../src/framing/line-framer.ts';
import { fc, test } from '../support/properties.ts';
import {
  chunksArbitrary,
  countDelimiterBytes,
  DEFAULTS,
  makeCounter,
  model,
  type Outcome,
  toChunk,
  toTexts,
} from './frame.ts';

type Cut = Outcome & { readonly discarded: number };

/** Frames chunks, and cuts the unfinished line behind some of them. */
function frameAndCut(
  steps: readonly (readonly [chunk: string, isCut: boolean])[],
  options: FramerOptions,
  atEnd: 'end' | 'discard' = 'end',
): Cut {
  const { counts, listener } = makeCounter();
  const framer = new LineFramer(options, listener);
  const lines: string[] = [];
  for (const [chunk, isCut] of steps) {
    lines.push(...toTexts(...framer.pushInParts(toChunk(chunk))));
    if (!isCut) continue;
    lines.push(...toTexts(framer.cut()));
    expect(framer.capacity).toBe(0);
  }
  let discarded = 0;
  if (atEnd === 'end') lines.push(...toTexts(framer.end()));
  else discarded = framer.discard();
  return { lines, ...counts, discarded };
}

const steps = chunksArbitrary.chain((chunks) =>
  fc.tuple(...chunks.map((chunk) => fc.tuple(fc.constant(chunk), fc.boolean()))),
);

const options = (oversize: FramerOptions['oversize'], more: Partial<FramerOptions> = {}): FramerOptions => ({
  ...DEFAULTS,
  oversize,
  ...more,
});

describe('a line that is cut before it is too long', () => {
  test('is one line with truncate: its beginning, at once; the rest is let go and counted when it ends', () => {
    const outcome = frameAndCut(
      [
        ['begin', true],
        ['more', false],
        ['yet\nnext\n', false],
      ],
      options('truncate'),
    );
    expect(outcome).toMatchObject({ lines: ['begin', 'next'], truncated: 1, truncatedBytes: 7 });
  });

  test('is whole with truncate if it ends where it was cut', () => {
    const outcome = frameAndCut(
      [
        ['whole\r', true],
        ['\nnext\n', false],
      ],
      options('truncate'),
    );
    expect(outcome).toMatchObject({ lines: ['whole', 'next'], truncated: 0 });
  });

  test('becomes several lines with split, and no empty one', () => {
    const outcome = frameAndCut(
      [
        ['one', true],
        ['two', true],
        ['\nnext\n', false],
      ],
      options('split'),
    );
    expect(outcome).toMatchObject({ lines: ['one', 'two', 'next'], split: 1 });
  });

  test('is gone with drop', () => {
    const outcome = frameAndCut(
      [
        ['one', true],
        ['two\nnext\n', false],
      ],
      options('drop'),
    );
    expect(outcome).toMatchObject({ lines: ['next'], dropped: 1, droppedBytes: 6 });
  });

  test('is no fragment when the bytes end without it: what it was is a line already', () => {
    const cutShort = [
      ['begin', true],
      ['more', false],
    ] as const;
    expect(frameAndCut(cutShort, options('truncate'), 'discard')).toMatchObject({
      lines: ['begin'],
      truncated: 1,
      truncatedBytes: 4,
      discarded: 0,
    });
    expect(frameAndCut(cutShort, options('drop'), 'discard')).toMatchObject({ lines: [], discarded: 9 });
  });

  test.prop([
    steps,
    fc.constantFrom('truncate', 'split', 'drop'),
    fc.boolean(),
    fc.constantFrom(2, 1000),
    fc.constantFrom('end', 'discard'),
  ])(
    'loses no byte, wherever it is cut, and whatever else is too long',
    (given, oversize, keepCarriageReturn, maxLineBytes, atEnd) => {
      const all = options(oversize, { keepCarriageReturn, maxLineBytes });
      const input = given.map(([chunk]) => chunk).join('');
      const { lines, truncatedBytes, droppedBytes, discarded } = frameAndCut(given, all, atEnd);
      const kept = lines.join('').length + countDelimiterBytes(input, all);
      expect(kept + truncatedBytes + droppedBytes + discarded).toBe(input.length);
    },
  );

  test.prop([steps, fc.boolean()])(
    'does not change how many lines there are',
    (given, keepCarriageReturn) => {
      const { lines: whole } = model(
        given.map(([chunk]) => chunk).join(''),
        options('drop', { keepCarriageReturn }),
      );
      const truncated = frameAndCut(given, options('truncate', { keepCarriageReturn }));
      expect(truncated.lines.length).toBe(whole.length);
      expect(whole.every((line, index) => line.startsWith(truncated.lines[index]!))).toBe(true);
      const dropped = frameAndCut(given, options('drop', { keepCarriageReturn }));
      expect(dropped.lines.length + dropped.dropped).toBe(whole.length);
      const split = frameAndCut(given, options('split', { keepCarriageReturn }));
      expect(split.lines.join('')).toBe(whole.join(''));
    },
  );
});
