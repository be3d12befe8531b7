/** A ring that holds given lines, made of batches as sockets make them. */
import { Batch } from '../../src/core/batch.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemFileSystem } from '../../src/core/file-system.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { LineFramer } from '../../src/framing/line-framer.ts';
import { RingSink } from '../../src/sinks/ring/ring.ts';

export function* batchesOf(bytes: Buffer): Generator<Batch> {
  const framer = new LineFramer(
    { maxLineBytes: 2 ** 20, oversize: 'truncate', keepCarriageReturn: false },
    { truncated: () => {}, split: () => {}, dropped: () => {} },
  );
  for (let at = 0; at < bytes.length; at += 65_536) {
    const lines = framer.push(bytes.subarray(at, at + 65_536));
    if (lines) yield new Batch(lines, { origin: { source: 'bench' }, receivedAt: 0 });
  }
}

export function refill(sink: RingSink, bytes: Buffer): void {
  for (const batch of batchesOf(bytes)) void sink.write(batch);
}

export function fullRing(bytes: Buffer, maxLines: number): RingSink {
  const context = { name: 'ring', log: silentLogger, clock: systemClock, fs: systemFileSystem };
  const sink = new RingSink({ maxLines, maxBytes: bytes.length }, context);
  refill(sink, bytes);
  return sink;
}
