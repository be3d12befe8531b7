/**
 * A walk over lines, in order: the line that a condition is asked about, and how to get to the next one or to the one in
 * which a byte stands. One object walks over many windows, so that no line costs an object.
 *
 * There are three layouts: bytes whose lines are where the line feeds are ({@link PlainLines}), lines that begin where an
 * index says so and lie next to each other ({@link IndexedLines}), and lines with two bounds each and gaps between them
 * ({@link BoundLines}), as batches have them.
 */
import { Buffer, isAscii } from 'node:buffer';
import { type Batch, type Fields, LINE_FEED } from '../core/batch.ts';
import { lineAt } from '../core/line-at.ts';
import type { FactsOf, LineFacts } from '../core/line-condition.ts';

const NO_BYTES = Buffer.alloc(0);

/** The longest string that is made of a window, in bytes: longer ones are far slower to make. */
const MAX_TEXT = 96 * 2 ** 10;

let windows = 0;

/** Bytes of whole lines, and one line of them. */
export abstract class Lines {
  /** The window: whole lines, each with its line feed, maybe with gaps. */
  bytes: Buffer = NO_BYTES;
  /** Another number for each window, whatever walks: what was found in one says nothing of the next. */
  window = 0;
  /** The line: where it starts and ends in the window, and its index. */
  start = 0;
  end = 0;
  index = 0;
  #text: string | undefined;
  #isAscii: boolean | undefined;

  /** Goes to the first line; whether there is one. */
  abstract first(): boolean;
  /** Goes to the next line; whether there is one. */
  abstract next(): boolean;
  /** Goes on to the first line that ends at `position` or behind it; whether there is one. */
  abstract seek(position: number): boolean;
  /** What is known of the line. */
  abstract facts(): LineFacts;
  /** The fields that operators have attached to the line. */
  abstract fields(): Fields | undefined;

  /** Whether {@link text} costs little. */
  get canBeText(): boolean {
    return this.#text !== undefined || this.bytes.length <= MAX_TEXT;
  }

  /** The window, one character a byte. */
  text(): string {
    return (this.#text ??= this.bytes.toString('latin1'));
  }

  /** Whether {@link text} has been made. */
  get isText(): boolean {
    return this.#text !== undefined;
  }

  /** Whether all of the window is ASCII. */
  get isAscii(): boolean {
    return (this.#isAscii ??= isAscii(this.bytes));
  }

  /** Whether there is a line feed in the line. */
  hasLineFeed(): boolean {
    const place = this.isText
      ? this.text().indexOf('\n', this.start)
      : this.bytes.indexOf(LINE_FEED, this.start);
    return place >= 0 && place < this.end;
  }

  protected open(bytes: Buffer): void {
    this.bytes = bytes;
    this.#isAscii = undefined;
    this.window = ++windows;
    this.#text = undefined;
  }
}

/** Lines that end at line feeds. */
export class PlainLines extends Lines {
  #facts: FactsOf = {};
  #base = 0;

  /** @param base - what is added to a line's start when its facts are asked for */
  over(bytes: Buffer, facts: FactsOf, base: number): void {
    this.open(bytes);
    this.#facts = facts;
    this.#base = base;
    this.index = -1;
  }

  first(): boolean {
    return this.#goTo(0);
  }

  next(): boolean {
    return this.#goTo(this.end + 1);
  }

  seek(position: number): boolean {
    if (position >= this.bytes.length) return false;
    if (position === 0) return this.#goTo(0);
    const before = this.isText
      ? this.text().lastIndexOf('\n', position - 1)
      : this.bytes.lastIndexOf(LINE_FEED, position - 1);
    return this.#goTo(before + 1);
  }

  facts(): LineFacts {
    return typeof this.#facts === 'function' ? this.#facts(this.#base + this.start) : this.#facts;
  }

  fields(): undefined {
    return undefined;
  }

  #goTo(start: number): boolean {
    if (start >= this.bytes.length) return false;
    this.start = start;
    const end = this.isText ? this.text().indexOf('\n', start) : this.bytes.indexOf(LINE_FEED, start);
    this.end = end < 0 ? this.bytes.length : end;
    return true;
  }
}

/** Lines that begin where an index says. */
export class IndexedLines extends Lines {
  #starts: Uint32Array = new Uint32Array(0);
  #shift = 0;
  #from = 0;
  #to = 0;
  #facts: FactsOf = {};

  /** The lines from `from` to before `to` of an index whose first line starts where `bytes` does; the window is all of them. */
  over(bytes: Buffer, starts: Uint32Array, from: number, to: number, facts: FactsOf): void {
    const first = starts[0]!;
    const base = starts[from]! - first;
    const end = to < starts.length ? starts[to]! - first : bytes.length;
    this.open(base === 0 && end === bytes.length ? bytes : bytes.subarray(base, end));
    this.#starts = starts;
    this.#shift = starts[from]!;
    this.#from = from;
    this.#to = to;
    this.#facts = facts;
    this.index = from;
    this.start = 0;
  }

  first(): boolean {
    return this.#goTo(this.#from);
  }

  next(): boolean {
    return this.#goTo(this.index + 1);
  }

  seek(position: number): boolean {
    if (position >= this.bytes.length) return false;
    return this.#goTo(lineAt(this.#starts, position + this.#shift, this.index, this.#to));
  }

  facts(): LineFacts {
    if (typeof this.#facts !== 'function') return this.#facts;
    return this.#facts(this.start + this.#shift - this.#starts[0]!);
  }

  fields(): undefined {
    return undefined;
  }

  #goTo(index: number): boolean {
    if (index >= this.#to) return false;
    this.index = index;
    this.start = this.#starts[index]! - this.#shift;
    this.end = (index + 1 < this.#to ? this.#starts[index + 1]! - this.#shift : this.bytes.length) - 1;
    return true;
  }
}

/** The lines of a batch. */
export class BoundLines extends Lines {
  #batch: Batch | undefined;
  #bounds: Uint32Array = new Uint32Array(0);
  #shift = 0;
  #from = 0;
  #to = 0;

  /** The lines from `from` to before `to` of a batch. */
  over(batch: Batch, from: number, to: number): void {
    const { bytes, bounds } = batch;
    this.#batch = batch;
    this.#bounds = bounds;
    this.#shift = bounds[from * 2]!;
    this.#from = from;
    this.#to = to;
    this.open(bytes.subarray(this.#shift, bounds[to * 2 - 1]! + 1));
    this.index = from;
  }

  /** Lets the batch go. */
  leave(): void {
    this.#batch = undefined;
    this.open(NO_BYTES);
  }

  first(): boolean {
    return this.#goTo(this.#from);
  }

  next(): boolean {
    return this.#goTo(this.index + 1);
  }

  seek(position: number): boolean {
    const bounds = this.#bounds;
    const limit = position + this.#shift;
    let { index } = this;
    while (index < this.#to && bounds[index * 2 + 1]! < limit) index++;
    return this.#goTo(index);
  }

  facts(): LineFacts {
    const { origin, receivedAt } = this.#batch!;
    return { source: origin.source, peer: origin.peer, receivedAt };
  }

  fields(): Fields | undefined {
    return this.#batch!.fields?.[this.index];
  }

  #goTo(index: number): boolean {
    if (index >= this.#to) return false;
    this.index = index;
    this.start = this.#bounds[index * 2]! - this.#shift;
    this.end = this.#bounds[index * 2 + 1]! - this.#shift;
    return true;
  }
}
