/**
 * What flows through LogCaster: a {@link Batch}, an immutable run of whole lines that arrived together from one origin.
 *
 * Layout. `bytes` holds the lines, `bounds` two offsets into it for each line: where it starts, and where it ends (the
 * offset behind its last byte). The byte at the end offset is always a line feed, which belongs to no line. So a run of
 * neighbouring lines, each with its line feed, can be written without touching a single line:
 *
 *     bytes   h e l l o \n w o r l d \n
 *     bounds  [0, 5,       6, 11]
 *
 * Invariants: bounds never overlap and never decrease; `bytes` is not changed once a batch holds it, and neither is
 * `bounds`. A line may contain any byte, also a line feed (a merged stack trace does).
 */
import { Buffer } from 'node:buffer';
import { Delivery } from './delivery.ts';
import type { Position } from './passage.ts';

/** The byte that separates lines. */
export const LINE_FEED = 10;

/**
 * Where lines come from.
 *
 * @remarks Since 0.1.0
 */
export interface Origin {
  /** The source's name in the configuration. */
  readonly source: string;
  /** The sender, as far as the source knows it: `127.0.0.1:51234`, a file name. */
  readonly peer?: string | undefined;
}

/**
 * What a field can hold: JSON.
 *
 * @remarks Since 0.1.0
 */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };

/**
 * The fields of one line. Made by `toFields`, it has no prototype: a field named `__proto__` is a field.
 *
 * @remarks Since 0.1.0
 */
export type Fields = Readonly<Record<string, FieldValue>>;

/**
 * The bytes and the bounds of some lines, before they have an origin.
 *
 * @remarks Since 0.1.0
 */
export interface Lines {
  /** What holds the lines, and a line feed behind each. */
  readonly bytes: Buffer;
  /** Two offsets a line: its start, and its end, where a line feed stands. */
  readonly bounds: Uint32Array;
}

/**
 * What a batch needs beside its lines.
 *
 * @remarks Since 0.1.0
 */
export interface BatchInit {
  /** Where the lines come from. */
  readonly origin: Origin;
  /** When the lines were received, in ms since the epoch. */
  readonly receivedAt: number;
  /** Who is told when every line is settled. Nobody by default. */
  readonly delivery?: Delivery;
  /** The fields of each line; `undefined` for a line without. */
  readonly fields?: readonly (Fields | undefined)[] | undefined;
  /** Where the lines stand in what a pipeline has let out; LogCaster sets it. */
  readonly position?: Position | undefined;
}

let decodedLines = 0;

/** How many lines this process has decoded to text with {@link Batch.text}: what parses nothing decodes nothing. */
export function countDecodedLines(): number {
  return decodedLines;
}

/**
 * Copies entries to fields: an object without a prototype, in which no name is special. A name that comes again replaces
 * what was there.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * toFields([['level', 'warn'], ['status', 503]]); // { level: 'warn', status: 503 }
 * ```
 */
export function toFields(entries: Iterable<readonly [string, FieldValue]>): Fields {
  const fields = Object.create(null) as Record<string, FieldValue>;
  for (const [name, value] of entries) fields[name] = value;
  return fields;
}

/**
 * An immutable run of whole lines from one origin.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const batch = Batch.fromTexts(['first', 'second'], { origin: { source: 'example' }, receivedAt: 0 });
 * batch.length; // 2
 * batch.text(1); // 'second'
 * batch.chunks().map(String); // ['first\nsecond\n']
 * ```
 */
export class Batch implements Lines {
  /** What holds the lines, and a line feed behind each; it may hold more than that. Not to be changed. */
  readonly bytes: Buffer;
  /** Two offsets into `bytes` a line: its start, and its end, where a line feed stands. Not to be changed. */
  readonly bounds: Uint32Array;
  /** Where the lines come from. */
  readonly origin: Origin;
  /** When the lines were received, in ms since the epoch. */
  readonly receivedAt: number;
  /** Who is told when every line is settled. */
  readonly delivery: Delivery;
  /** The fields of each line, `undefined` for a line without; absent if no line has any. */
  readonly fields: readonly (Fields | undefined)[] | undefined;
  /** Where the lines stand in what a pipeline has let out, once it has. Of lines that were taken out of others it is about the first. */
  readonly position: Position | undefined;
  /** The number of lines. */
  readonly length: number;
  /** The bytes of the lines and of one line feed each: what they take in a file. */
  readonly byteLength: number;

  /**
   * Makes a batch of lines that are already in a buffer, which must not be changed afterwards.
   *
   * @param byteLength - what the field of this name holds, if it is known; else it is counted
   */
  constructor(lines: Lines, init: BatchInit, byteLength: number = sumOfBytes(lines.bounds)) {
    this.bytes = lines.bytes;
    this.bounds = lines.bounds;
    this.origin = init.origin;
    this.receivedAt = init.receivedAt;
    this.delivery = init.delivery ?? Delivery.ignored;
    this.fields = init.fields;
    this.position = init.position;
    this.length = lines.bounds.length >>> 1;
    this.byteLength = byteLength;
    // It is shared: who would change it is told so at once. (About 40 ns a batch.)
    Object.freeze(this);
  }

  /** Makes a batch of texts (UTF-8) or bytes, a line each. They are copied. */
  static fromTexts(texts: Iterable<string | Uint8Array>, init: BatchInit): Batch {
    return new Batch(joinLines(texts), init);
  }

  /** Where line `index` starts in `bytes`. */
  start(index: number): number {
    return this.bounds[index * 2]!;
  }

  /** Where line `index` ends in `bytes`, without its line feed. */
  end(index: number): number {
    return this.bounds[index * 2 + 1]!;
  }

  /** The bytes of line `index`, without its line feed: a view, not a copy. */
  line(index: number): Buffer {
    return this.bytes.subarray(this.bounds[index * 2], this.bounds[index * 2 + 1]);
  }

  /** Line `index` decoded as UTF-8; a byte that is none becomes U+FFFD, here but not in what is stored. */
  text(index: number): string {
    decodedLines++;
    return this.bytes.toString('utf8', this.bounds[index * 2], this.bounds[index * 2 + 1]);
  }

  /** Every line, decoded as UTF-8. */
  texts(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.text(index));
  }

  /** The lines from `from` to before `to`, without copying them. What is out of range is left out. */
  slice(from: number, to: number = this.length): Batch {
    if (from <= 0 && to >= this.length) return this;
    const first = Math.max(from, 0);
    const last = Math.max(first, to);
    const bounds = this.bounds.subarray(first * 2, last * 2);
    return new Batch(
      { bytes: this.bytes, bounds },
      {
        ...this.#init(),
        fields: this.fields?.slice(first, last),
        position: this.position && { ...this.position, first: this.position.first + first },
      },
    );
  }

  /** The lines that `keep` answers `true` for, without copying them; the batch itself when that is all of them. */
  select(keep: (index: number) => boolean): Batch {
    const { bounds, fields, length } = this;
    const kept = new Uint32Array(bounds.length);
    const keptFields: (Fields | undefined)[] | undefined = fields && [];
    let size = 0;
    let byteLength = 0;
    for (let index = 0; index < length; index++) {
      if (!keep(index)) continue;
      const start = bounds[index * 2]!;
      const end = bounds[index * 2 + 1]!;
      kept[size++] = start;
      kept[size++] = end;
      byteLength += end - start + 1;
      keptFields?.push(fields![index]);
    }
    if (size === bounds.length) return this;
    return new Batch(
      { bytes: this.bytes, bounds: kept.subarray(0, size) },
      { ...this.#init(), fields: keptFields },
      byteLength,
    );
  }

  /** How many lines, from line `from` on, fit into `maxBytes` with a line feed each. */
  fitting(maxBytes: number, from = 0): number {
    const { bounds, length } = this;
    if (from === 0 && this.byteLength <= maxBytes) return length;
    if (this.#isContiguous()) {
      // The end offsets are sorted: halve the range.
      const limit = (bounds[from * 2] ?? 0) + maxBytes - 1;
      let low = from;
      let high = length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (bounds[middle * 2 + 1]! <= limit) low = middle + 1;
        else high = middle;
      }
      return low - from;
    }
    let left = maxBytes;
    let index = from;
    while (index < length) {
      left -= bounds[index * 2 + 1]! - bounds[index * 2]! + 1;
      if (left < 0) break;
      index++;
    }
    return index - from;
  }

  /** The lines with a line feed behind each, as the longest contiguous views of `bytes`: what a file is given. */
  chunks(): Buffer[] {
    const { bounds } = this;
    if (bounds.length === 0) return [];
    if (this.#isContiguous()) return [this.bytes.subarray(bounds[0], bounds[bounds.length - 1]! + 1)];
    const chunks: Buffer[] = [];
    let from = bounds[0]!;
    for (let at = 2; at < bounds.length; at += 2) {
      if (bounds[at] === bounds[at - 1]! + 1) continue;
      chunks.push(this.bytes.subarray(from, bounds[at - 1]! + 1));
      from = bounds[at]!;
    }
    chunks.push(this.bytes.subarray(from, bounds[bounds.length - 1]! + 1));
    return chunks;
  }

  /**
   * The same lines in memory of their own, if they keep much more alive than they are: a few lines of a large chunk. For
   * whoever keeps lines for long without holding their delivery.
   */
  compact(): Batch {
    if (this.bytes.buffer.byteLength <= 4 * this.byteLength + 1024) return this;
    const bounds = new Uint32Array(this.bounds.length);
    let at = 0;
    for (let index = 0; index < bounds.length; index += 2) {
      bounds[index] = at;
      at += this.bounds[index + 1]! - this.bounds[index]!;
      bounds[index + 1] = at++;
    }
    // Not from Node's pool, where a few bytes keep the pool alive.
    const bytes = Buffer.allocUnsafeSlow(at);
    let end = 0;
    for (const chunk of this.chunks()) end += chunk.copy(bytes, end);
    return new Batch({ bytes, bounds }, this.#init(), at);
  }

  /** The same lines with another delivery. */
  withDelivery(delivery: Delivery): Batch {
    if (delivery === this.delivery) return this;
    const { origin, receivedAt, fields, position } = this;
    return new Batch(this, { origin, receivedAt, delivery, fields, position }, this.byteLength);
  }

  /** The same lines with these fields, one entry a line. */
  withFields(fields: readonly (Fields | undefined)[]): Batch {
    return new Batch(this, { ...this.#init(), fields }, this.byteLength);
  }

  /** The same lines, let out by a pipeline. */
  withPosition(position: Position): Batch {
    const { origin, receivedAt, delivery, fields } = this;
    return new Batch(this, { origin, receivedAt, delivery, fields, position }, this.byteLength);
  }

  /** A batch of the same origin, time and delivery with other lines. */
  withLines(lines: Lines, fields?: readonly (Fields | undefined)[]): Batch {
    return new Batch(lines, { ...this.#init(), fields });
  }

  #isContiguous(): boolean {
    const { bounds } = this;
    return bounds.length > 0 && bounds[bounds.length - 1]! + 1 - bounds[0]! === this.byteLength;
  }

  #init(): BatchInit {
    const { origin, receivedAt, delivery, fields, position } = this;
    return { origin, receivedAt, delivery, fields, position };
  }
}

/**
 * Copies texts (UTF-8) or bytes into one buffer, with a line feed behind each. A line feed inside of a text does not end
 * the line.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * joinLines(['a', 'bc']).bounds; // Uint32Array [0, 1, 2, 4]
 * ```
 */
export function joinLines(texts: Iterable<string | Uint8Array>): Lines {
  const parts = Array.from(texts, (text) => (typeof text === 'string' ? Buffer.from(text) : text));
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + part.length + 1, 0));
  const bounds = new Uint32Array(parts.length * 2);
  let at = 0;
  parts.forEach((part, index) => {
    bounds[index * 2] = at;
    bytes.set(part, at);
    at += part.length;
    bounds[index * 2 + 1] = at;
    bytes[at++] = LINE_FEED;
  });
  return { bytes, bounds };
}

function sumOfBytes(bounds: Uint32Array): number {
  let sum = bounds.length >>> 1;
  for (let at = 0; at < bounds.length; at += 2) sum += bounds[at + 1]! - bounds[at]!;
  return sum;
}
