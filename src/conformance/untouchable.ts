/** Notices when somebody changes what a batch holds. */
import { Buffer } from 'node:buffer';
import type { Lines } from '../core/batch.ts';

/** Bytes and bounds that somebody was given, and copies of them. */
export class Untouchable {
  readonly #lines: Lines;
  readonly #bytes: Buffer;
  readonly #bounds: Uint32Array;

  constructor(lines: Lines) {
    this.#lines = lines;
    this.#bytes = Buffer.from(lines.bytes);
    this.#bounds = lines.bounds.slice();
  }

  get isTouched(): boolean {
    const { bytes, bounds } = this.#lines;
    return !this.#bytes.equals(bytes) || bounds.some((bound, index) => bound !== this.#bounds[index]);
  }
}

export function isAnyTouched(batches: readonly Untouchable[]): boolean {
  return batches.some(({ isTouched }) => isTouched);
}
