/**
 * The bounded queue in front of a sink. It only holds batches and makes room line by line; policy and counting are the
 * sink runner's.
 *
 * Invariant: `bytes` and `lines` are the sums over the batches that wait.
 */
import type { Batch } from '../core/batch.ts';

/** Batches that wait, oldest first. */
export class SinkQueue {
  #batches: Batch[] = [];
  #head = 0;
  #bytes = 0;
  #lines = 0;

  /** Bytes that wait, with a line feed a line. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines that wait. */
  get lines(): number {
    return this.#lines;
  }

  get empty(): boolean {
    return this.#head === this.#batches.length;
  }

  push(batch: Batch): void {
    this.#batches.push(batch);
    this.#bytes += batch.byteLength;
    this.#lines += batch.length;
  }

  /** Takes the oldest batches out: the first, and as many more as fit into `maxBytes`, at most `maxBatches`. */
  take(maxBytes: number, maxBatches: number): Batch[] {
    const group: Batch[] = [];
    let bytes = 0;
    while (!this.empty && group.length < maxBatches) {
      const batch = this.#batches[this.#head]!;
      if (group.length > 0 && bytes + batch.byteLength > maxBytes) break;
      bytes += batch.byteLength;
      group.push(batch);
      this.#shift();
    }
    return group;
  }

  /** Lets the oldest lines go until at least `bytes` bytes are gone, or nothing is left; answers how many lines went. */
  evict(bytes: number): number {
    let lines = 0;
    while (bytes > 0 && !this.empty) {
      const oldest = this.#batches[this.#head]!;
      if (oldest.byteLength <= bytes) {
        bytes -= oldest.byteLength;
        lines += oldest.length;
        this.#shift();
        continue;
      }
      let evicted = 0;
      while (bytes > 0) {
        bytes -= oldest.end(evicted) - oldest.start(evicted) + 1;
        evicted++;
      }
      const rest = oldest.slice(evicted);
      this.#batches[this.#head] = rest;
      this.#bytes -= oldest.byteLength - rest.byteLength;
      this.#lines -= evicted;
      lines += evicted;
    }
    return lines;
  }

  /** Takes everything out. */
  clear(): Batch[] {
    return this.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  #shift(): void {
    const batch = this.#batches[this.#head]!;
    this.#bytes -= batch.byteLength;
    this.#lines -= batch.length;
    this.#head++;
    // Keep the array short without moving its rest at every step.
    if (this.#head === this.#batches.length || this.#head > 1024) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** The newest lines of a batch that fit into `maxBytes` together. */
export function newestFitting(batch: Batch, maxBytes: number): Batch {
  let from = batch.length;
  let left = maxBytes;
  while (from > 0) {
    left -= batch.end(from - 1) - batch.start(from - 1) + 1;
    if (left < 0) break;
    from--;
  }
  return batch.slice(from);
}
