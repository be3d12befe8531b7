/**
 * Text with wildcards: `*` is any number of characters, `?` is one (a character of UTF-8, or a byte that is none).
 *
 * The pattern is short (see {@link MAX_PATTERN}), so that matching takes time in proportion to the text.
 */
import type { Buffer } from 'node:buffer';
import type { Pattern } from './syntax.ts';

/** The longest pattern, in characters as it is written. */
export const MAX_PATTERN = 256;

const ANY = -1;
const ONE = -2;

/** Matches whole texts. */
export class Glob {
  /** Bytes, {@link ANY} and {@link ONE}. */
  readonly #steps: Int16Array;
  /** The longest of its texts without wildcards. */
  readonly literal: Buffer | undefined;

  constructor(pattern: Pattern) {
    const steps: number[] = [];
    for (const piece of pattern) {
      if (piece === '*') {
        if (steps.at(-1) !== ANY) steps.push(ANY);
      } else if (piece === '?') steps.push(ONE);
      else steps.push(...piece);
    }
    this.#steps = Int16Array.from(steps);
    for (const piece of pattern) {
      if (typeof piece !== 'string' && piece.length > (this.literal?.length ?? 0)) this.literal = piece;
    }
  }

  /** Whether all of the bytes from `from` to before `to` are as the pattern says. */
  matches(bytes: Uint8Array, from: number, to: number): boolean {
    const steps = this.#steps;
    let at = from;
    let step = 0;
    // Where to go on when what follows the last `*` does not fit: one character further.
    let retryStep = -1;
    let retryAt = from;
    for (;;) {
      if (step === steps.length) {
        if (at === to) return true;
      } else {
        const wanted = steps[step]!;
        if (wanted === ANY) {
          if (++step === steps.length) return true;
          retryStep = step;
          retryAt = at;
          continue;
        }
        if (at < to && (wanted === ONE || wanted === bytes[at])) {
          at = wanted === ONE ? at + characterAt(bytes, at, to) : at + 1;
          step++;
          continue;
        }
      }
      if (retryStep < 0 || retryAt >= to) return false;
      retryAt += characterAt(bytes, retryAt, to);
      at = retryAt;
      step = retryStep;
    }
  }
}

/** How many bytes the character has that begins here. */
function characterAt(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at]!;
  if (first < 0xc2 || first > 0xf4) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > to) return 1;
  for (let index = 1; index < length; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) return 1;
  const second = bytes[at + 1]!;
  // Too long forms, surrogates, and what is beyond Unicode.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 1;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 1 : length;
}
