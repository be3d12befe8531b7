/**
 * What framing costs a line: `node test/bench/micro/framer.ts`. Chunks of 64 KiB, as sockets give them, cut
 * without regard to the lines; each number is the CPU time of the best of several rounds, in ns per line.
 *
 * Each chunk is used many times, so the bytes are in the processor's caches, as they are when a socket has just been read.
 */
import { Buffer } from 'node:buffer';
import { finished } from 'node:stream/promises';
import split from 'split2';
import type { Lines } from '../../../src/core/batch.ts';
import { LineFramer } from '../../../src/framing/line-framer.ts';

const CHUNK_BYTES = 64 * 1024;
const CHUNKS = 32;
const ROUNDS = 9;
const ROUND_BYTES = 128 * 1024 * 1024;

const listener = { truncated: () => {}, split: () => {}, dropped: () => {} };
const options = { maxLineBytes: 1024 * 1024, oversize: 'truncate', keepCarriageReturn: false } as const;

/** Chunks full of lines; `aligned` ones end where a line does, and are then a little shorter. */
function makeChunks(lineBytes: number, delimiter: string, aligned: boolean): Buffer[] {
  const line = 'x'.repeat(lineBytes - delimiter.length) + delimiter;
  const size = aligned ? CHUNK_BYTES - (CHUNK_BYTES % lineBytes) : CHUNK_BYTES;
  const all = Buffer.from(line.repeat(Math.ceil((CHUNKS * size) / lineBytes)));
  return Array.from({ length: CHUNKS }, (_, index) => {
    // Each chunk has memory of its own, as a socket's has.
    const chunk = Buffer.allocUnsafeSlow(size);
    all.copy(chunk, 0, index * size, (index + 1) * size);
    return chunk;
  });
}

type Work = (chunks: readonly Buffer[], times: number) => number | Promise<number>;

/** Keeps the newest results, as a queue would. */
const kept: unknown[] = [];
let keptAt = 0;
function keep(lines: Lines): number {
  kept[keptAt++ % 64] = lines;
  return lines.bounds.length / 2;
}

function frame(framerOptions: ConstructorParameters<typeof LineFramer>[0]): Work {
  return (chunks, times) => {
    const framer = new LineFramer(framerOptions, listener);
    let lines = 0;
    for (let time = 0; time < times; time++) {
      for (const chunk of chunks) {
        const framed = framer.push(chunk);
        if (framed) lines += keep(framed);
      }
    }
    return lines;
  };
}

const works: Record<string, Work> = {
  push: frame(options),
  pushInParts(chunks, times) {
    const framer = new LineFramer(options, listener);
    let lines = 0;
    for (let time = 0; time < times; time++) {
      for (const chunk of chunks) for (const part of framer.pushInParts(chunk)) lines += keep(part);
    }
    return lines;
  },
  'newline search alone'(chunks, times) {
    let lines = 0;
    for (let time = 0; time < times; time++) {
      for (const chunk of chunks) {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
      }
    }
    return lines;
  },
  'push, every line truncated': frame({ ...options, maxLineBytes: 40 }),
  'push, every line split': frame({ ...options, maxLineBytes: 40, oversize: 'split' }),
  async split2(chunks, times) {
    const stream = split({ maxLength: options.maxLineBytes });
    let lines = 0;
    stream.on('data', () => lines++);
    for (let time = 0; time < Math.ceil(times / 8); time++) {
      for (const chunk of chunks) {
        if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve));
      }
    }
    stream.end();
    await finished(stream);
    return lines;
  },
};

for (const [title, lineBytes, delimiter, aligned] of [
  ['120-byte lines, cut anywhere', 120, '\n', false],
  ['120-byte lines, chunks end with a line', 120, '\n', true],
  ['120-byte lines with CRLF, cut anywhere', 120, '\r\n', false],
  // A byte more, or the chunks would end where a line does.
  ['64-byte lines, cut anywhere', 64 + 1, '\n', false],
  ['64-byte lines, chunks end with a line', 64, '\n', true],
] as const) {
  const chunks = makeChunks(lineBytes, delimiter, aligned);
  const times = Math.ceil(ROUND_BYTES / CHUNKS / CHUNK_BYTES);
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(works)) {
      const before = process.cpuUsage();
      const lines = await work(chunks, times);
      const { user, system } = process.cpuUsage(before);
      best.set(name, Math.min(best.get(name) ?? Infinity, ((user + system) * 1000) / lines));
    }
  }
  console.log(`${title}:`);
  for (const [name, ns] of best) console.log(`  ${ns.toFixed(1).padStart(8)} ns/line  ${name}`);
}
