/** What is fuzzed: something that takes any bytes, and says by an error when it does what it may not. */

export interface Target {
  readonly name: string;
  /** What means something to it: words that are put into inputs. */
  readonly words: readonly string[];
  /** Inputs to begin with, beside the corpus. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** The longest input that is made. */
  readonly maxBytes: number;
  /** How long an input may take, in ms. @defaultValue 2000 */
  readonly patience?: number;
  /**
   * Takes an input. Throws what it should not have thrown, and what it finds wrong with the outcome.
   *
   * @returns what happened in a few words; inputs with which something new happens are kept
   */
  run(input: Buffer): string | Promise<string>;
}

/** Reads small numbers from the beginning of an input: what is chosen. */
export class Choices {
  #at = 0;
  readonly #input: Buffer;

  constructor(input: Buffer) {
    this.#input = input;
  }

  /** A number below `below`; 0 where the input has ended. */
  next(below: number): number {
    return (this.#input[this.#at++] ?? 0) % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.next(items.length)]!;
  }

  /** As many bytes, or as there are. */
  take(bytes: number): Buffer {
    const part = this.#input.subarray(this.#at, this.#at + bytes);
    this.#at += bytes;
    return part;
  }

  /** All that is left. */
  rest(): Buffer {
    return this.#input.subarray(this.#at);
  }

  get isEmpty(): boolean {
    return this.#at >= this.#input.length;
  }
}
