/**
 * Helpers for the tests of the framer: run it over chunks, check the shape of what it answers, and the naive model of it.
 * Bytes are written as latin1 strings here, a character a byte, so that failures can be read.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { LINE_FEED, type Lines } from '../../src/core/batch.ts';
import type { FramerListener, FramerOptions } from '../../src/framing/framer-options.ts';
import { LineFramer } from '../../src/framing/line-framer.ts';
import { fc } from '../support/properties.ts';

/** What became of some bytes. */
export interface Outcome {
  readonly lines: string[];
  readonly truncated: number;
  readonly truncatedBytes: number;
  readonly split: number;
  readonly dropped: number;
  readonly droppedBytes: number;
}

type Counts = { -readonly [Name in Exclude<keyof Outcome, 'lines'>]: number };

/** A listener that adds up what it is told. */
export function makeCounter(): { counts: Counts; listener: FramerListener } {
  const counts = { truncated: 0, truncatedBytes: 0, split: 0, dropped: 0, droppedBytes: 0 };
  const listener: FramerListener = {
    truncated(lines, bytes) {
      counts.truncated += lines;
      counts.truncatedBytes += bytes;
    },
    split(lines) {
      counts.split += lines;
    },
    dropped(lines, bytes) {
      counts.dropped += lines;
      counts.droppedBytes += bytes;
    },
  };
  return { counts, listener };
}

export const DEFAULTS: FramerOptions = {
  maxLineBytes: 1024 * 1024,
  oversize: 'truncate',
  keepCarriageReturn: false,
};

/** A framer whose listener nobody reads. */
export function makeFramer(options: Partial<FramerOptions> = {}): LineFramer {
  return new LineFramer({ ...DEFAULTS, ...options }, makeCounter().listener);
}

/** Bytes in memory of their own, as a socket's chunk has; `Buffer.from` would take them from a shared pool. */
export function toChunk(text: string): Buffer {
  const chunk = Buffer.allocUnsafeSlow(text.length);
  chunk.write(text, 'latin1');
  return chunk;
}

/** The lines of runs, each of which must have the canonical shape. */
export function toTexts(...runs: (Lines | undefined)[]): string[] {
  const texts: string[] = [];
  for (const run of runs) {
    if (!run) continue;
    const { bytes, bounds } = run;
    // An empty run should have been none.
    expect(bounds.length).toBeGreaterThan(0);
    expect(bounds.byteLength).toBe(bounds.buffer.byteLength);
    let next = 0;
    for (let at = 0; at < bounds.length; at += 2) {
      const [start, end] = [bounds[at]!, bounds[at + 1]!];
      if (start !== next || bytes[end] !== LINE_FEED) expect.fail(`line ${at / 2} is not where it should be`);
      texts.push(bytes.toString('latin1', start, end));
      next = end + 1;
    }
  }
  return texts;
}

/** How the chunks are given to the framer. */
export type Method = 'push' | 'pushInParts';

/** Frames chunks. At the end comes `end`, or what else is asked for. */
export function frame(
  chunks: readonly string[],
  options: FramerOptions,
  method: Method = 'push',
  atEnd: 'end' | 'discard' = 'end',
): Outcome & { discarded: number } {
  const { counts, listener } = makeCounter();
  const framer = new LineFramer(options, listener);
  const given = chunks.map(toChunk);
  const runs: (Lines | undefined)[] = [];
  for (const chunk of given) {
    if (method === 'push') runs.push(framer.push(chunk));
    else runs.push(...framer.pushInParts(chunk));
    expect(framer.pendingBytes).toBeLessThanOrEqual(options.maxLineBytes + 1);
    expect(framer.capacity).toBeLessThanOrEqual(options.maxLineBytes);
  }
  let discarded = 0;
  if (atEnd === 'end') runs.push(framer.end());
  else discarded = framer.discard();
  expect([framer.pendingBytes, framer.discard()]).toEqual([0, 0]);
  // Read last: nothing that came later may have changed what was answered, or the chunks.
  const lines = toTexts(...runs);
  expect(given.map((chunk) => chunk.toString('latin1'))).toEqual(chunks);
  return { lines, ...counts, discarded };
}

/** What should become of bytes: the whole of them in one string, and each line looked at for itself. */
export function model(input: string, options: FramerOptions): Outcome {
  const { maxLineBytes, oversize, keepCarriageReturn } = options;
  const { counts } = makeCounter();
  const texts = input.split(keepCarriageReturn ? /\n/ : /\r?\n/);
  if (texts.at(-1) === '') texts.pop();
  const lines: string[] = [];
  for (const text of texts) {
    if (text.length <= maxLineBytes) {
      lines.push(text);
    } else if (oversize === 'truncate') {
      lines.push(text.slice(0, maxLineBytes));
      counts.truncated++;
      counts.truncatedBytes += text.length - maxLineBytes;
    } else if (oversize === 'drop') {
      counts.dropped++;
      counts.droppedBytes += text.length;
    } else {
      for (let at = 0; at < text.length; at += maxLineBytes) lines.push(text.slice(at, at + maxLineBytes));
      counts.split++;
    }
  }
  return { lines, ...counts };
}

/** How many bytes the delimiters take. */
export function countDelimiterBytes(input: string, { keepCarriageReturn }: FramerOptions): number {
  return input.match(keepCarriageReturn ? /\n/g : /\r?\n/g)?.join('').length ?? 0;
}

const snippet = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('\n', '\r', '\r\n', '\r\r\n', '\n\n') },
  { weight: 4, arbitrary: fc.constantFrom('a', 'bc', '\0', '\xff', '\x0b') },
  // Multi-byte characters of UTF-8: é, €, 😀.
  { weight: 2, arbitrary: fc.constantFrom('\xc3\xa9', '\xe2\x82\xac', '\xf0\x9f\x98\x80') },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
);

/** Bytes that are rich in what is special, and how they are cut: chunks, some of them empty. */
export const chunksArbitrary = fc
  .tuple(fc.array(snippet, { maxLength: 40 }), fc.array(fc.nat({ max: 80 }), { maxLength: 12 }))
  .map(([snippets, cuts]) => cut(snippets.join(''), cuts));

/** Cuts a string at offsets. */
export function cut(input: string, offsets: readonly number[]): string[] {
  const sorted = [0, ...offsets.toSorted((a, b) => a - b), input.length];
  return sorted.slice(1).map((offset, index) => input.slice(sorted[index], Math.max(offset, sorted[index]!)));
}
