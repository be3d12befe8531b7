/**
 * The bounded queue in front of a sink.
 *
 * Invariants: `bytes` and `lines` are the sums over the batches that wait; no batch is empty. With a policy that drops,
 * `bytes` stays within `maxBytes` and the number of batches in proportion to it, so that what waits is bounded however small
 * the batches are. With `block` the queue takes everything: credit and the gate bound it.
 */
import type { Batch } from '../../core/batch.ts';
import type { QueueSettings } from '../topology.ts';

/** So many batches may wait in any case, and one more for each so many bytes of room: about what its objects take. */
const MIN_BATCHES = 1024;
const BYTES_PER_BATCH = 768;

/** Batches that wait, oldest first. */
export class SinkQueue {
  #batches: (Batch | undefined)[] = [];
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
    if (batch.length === 0) return;
    this.#batches.push(batch);
    this.#bytes += batch.byteLength;
    this.#lines += batch.length;
  }

  /** Puts batches that were taken out back in front of the others. */
  unshift(batches: readonly Batch[]): void {
    const others = this.clear();
    for (const batch of [...batches, ...others]) this.push(batch);
  }

  /** Whether a batch has room; see the head of this file. */
  fits(batch: Batch, maxBytes: number): boolean {
    return this.#bytes + batch.byteLength <= maxBytes && this.#hasSlot(maxBytes);
  }

  /** Takes of a batch what the policy, one that drops, lets in; answers how many lines, here or there, had to go. */
  pushOrDrop(batch: Batch, { maxBytes, whenFull }: Pick<QueueSettings, 'maxBytes' | 'whenFull'>): number {
    const hasSlot = this.#hasSlot(maxBytes);
    if (whenFull === 'dropNewest') {
      const fitting = hasSlot ? batch.fitting(maxBytes - this.#bytes) : 0;
      this.push(batch.slice(0, fitting).compact());
      return batch.length - fitting;
    }
    // A line that alone is longer than the queue is dropped, and is no reason to drop another.
    const possible =
      batch.byteLength > maxBytes ? batch.select((index) => sizeOf(batch, index) <= maxBytes) : batch;
    if (possible.length === 0) return batch.length;
    const newest = newestFitting(possible, maxBytes);
    let evicted = hasSlot ? 0 : this.#shift().length;
    // Nothing older survives a line that had to go.
    const room = newest === possible ? maxBytes - newest.byteLength : 0;
    evicted += this.#evict(this.#bytes - room);
    this.push(newest.compact());
    return evicted + batch.length - newest.length;
  }

  /** Takes the oldest batches out: the first, and as many more as fit into `maxBytes`, at most `maxBatches`. */
  take(maxBytes: number, maxBatches: number): Batch[] {
    const group: Batch[] = [];
    let bytes = 0;
    while (!this.empty && group.length < maxBatches) {
      const batch = this.#batches[this.#head]!;
      if (group.length > 0 && bytes + batch.byteLength > maxBytes) break;
      bytes += batch.byteLength;
      group.push(this.#shift());
    }
    return group;
  }

  /** Takes everything out. */
  clear(): Batch[] {
    return this.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** Replaces each batch by one of the same lines. */
  replace(replace: (batch: Batch) => Batch): void {
    for (let at = this.#head; at < this.#batches.length; at++) {
      this.#batches[at] = replace(this.#batches[at]!);
    }
  }

  /** Lets the oldest lines go until at least `bytes` bytes are gone, or nothing is left; answers how many lines went. */
  #evict(bytes: number): number {
    let lines = 0;
    let left = bytes;
    while (left > 0 && !this.empty) {
      const oldest = this.#batches[this.#head]!;
      let evicted = 0;
      if (oldest.byteLength <= left) evicted = oldest.length;
      for (let freed = 0; evicted < oldest.length && freed < left; evicted++)
        freed += sizeOf(oldest, evicted);
      lines += evicted;
      if (evicted === oldest.length) {
        left -= this.#shift().byteLength;
        continue;
      }
      const rest = oldest.slice(evicted);
      this.#batches[this.#head] = rest;
      this.#bytes -= oldest.byteLength - rest.byteLength;
      this.#lines -= evicted;
      break;
    }
    return lines;
  }

  #hasSlot(maxBytes: number): boolean {
    return this.#batches.length - this.#head < MIN_BATCHES + maxBytes / BYTES_PER_BATCH;
  }

  #shift(): Batch {
    const batch = this.#batches[this.#head]!;
    this.#bytes -= batch.byteLength;
    this.#lines -= batch.length;
    // Nothing that has left is kept in memory, and the array is shortened seldom enough to cost next to nothing a batch.
    this.#batches[this.#head++] = undefined;
    if (this.#head * 2 >= this.#batches.length) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }
}

/** The newest lines of a batch that fit into `maxBytes` together. */
function newestFitting(batch: Batch, maxBytes: number): Batch {
  let from = 0;
  for (let over = batch.byteLength - maxBytes; over > 0; from++) over -= sizeOf(batch, from);
  return batch.slice(from);
}

/** What a line takes, with its line feed. */
function sizeOf(batch: Batch, index: number): number {
  return batch.end(index) - batch.start(index) + 1;
}
