/** The framers: the same lines however the bytes are cut, no byte lost, memory within the limit. */
import assert from 'node:assert/strict';
import type { Lines } from '../../../src/core/batch.ts';
import type { FramerListener, FramerOptions } from '../../../src/framing/framer-options.ts';
import { LineFramer } from '../../../src/framing/line-framer.ts';
import { NulFramer } from '../../../src/framing/nul-framer.ts';
import { Choices, type Target } from '../target.ts';

interface Outcome {
  readonly lines: readonly string[];
  readonly truncatedBytes: number;
  readonly droppedBytes: number;
  readonly dropped: number;
  readonly split: number;
}

export const framer: Target = {
  name: 'framer',
  words: ['\n', '\r', '\r\n', '\0', '\r\r\n', 'é', '\n\n\n', '😀', '\xff'],
  seeds: [
    '\x04\x00\x00\x00\x02one\ntwo\r\n\r\nthree',
    '\x01\x01\x01\x01\x01aaaa\r\nb\0c\n',
    '\x09\x02\x00\x00\x05\n\n\n',
  ],
  maxBytes: 20_000,
  run(input) {
    const choices = new Choices(input);
    const options: FramerOptions = {
      maxLineBytes: 1 + choices.next(40),
      oversize: choices.pick(['truncate', 'split', 'drop'] as const),
      keepCarriageReturn: choices.next(2) === 1,
    };
    const isNul = choices.next(4) === 3;
    const chunkBytes = 1 + choices.next(50);
    const bytes = choices.rest();
    const cut = frame(chunksOf(bytes, chunkBytes), options, isNul);
    const whole = frame([bytes], options, isNul);
    assert.deepEqual(cut, whole);
    const delimiters = bytes
      .toString('latin1')
      .match(isNul ? /\0/g : options.keepCarriageReturn ? /\n/g : /\r?\n/g);
    const stored = whole.lines.reduce((sum, line) => sum + line.length, 0);
    const accounted = stored + whole.truncatedBytes + whole.droppedBytes + (delimiters?.join('').length ?? 0);
    assert.equal(accounted, bytes.length);
    assert.ok(whole.lines.every((line) => line.length <= options.maxLineBytes));
    return `${whole.dropped > 0} ${whole.split > 0} ${whole.truncatedBytes > 0} ${Math.min(whole.lines.length, 3)}`;
  },
};

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

function frame(chunks: readonly Buffer[], options: FramerOptions, isNul: boolean): Outcome {
  const counts = { truncatedBytes: 0, droppedBytes: 0, dropped: 0, split: 0 };
  const listener: FramerListener = {
    truncated: (_, bytes) => void (counts.truncatedBytes += bytes),
    split: (lines) => void (counts.split += lines),
    dropped(lines, bytes) {
      counts.dropped += lines;
      counts.droppedBytes += bytes;
    },
  };
  const tested = isNul ? new NulFramer(options, listener) : new LineFramer(options, listener);
  const lines: string[] = [];
  const take = (run: Lines | undefined): void => {
    if (!run) return;
    for (let at = 0; at < run.bounds.length; at += 2) {
      lines.push(run.bytes.toString('latin1', run.bounds[at], run.bounds[at + 1]));
    }
  };
  for (const chunk of chunks) {
    // A chunk of its own: a framer may keep parts of it.
    take(tested.push(Buffer.from(chunk)));
    if (tested instanceof LineFramer) assert.ok(tested.pendingBytes <= options.maxLineBytes + 1);
  }
  take(tested.end());
  return { lines, ...counts };
}
