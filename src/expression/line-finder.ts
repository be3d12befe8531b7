/**
 * Finds the lines for which a part holds: in a batch, or in bytes of whole lines, window by window.
 *
 * A part with a gate is asked only about lines that have what the gate looks for: the sweep goes from one such place to the
 * next, and on behind the line that it is in. Without a gate every line is asked about.
 *
 * A search is a sequence of calls, each of which is over before the next begins; nothing is kept between them but what was
 * learnt of how often bytes are used.
 */
import type { Buffer } from 'node:buffer';
import { type Batch, LINE_FEED } from '../core/batch.ts';
import { lineAt } from '../core/line-at.ts';
import type { ExpressionSource, FactsOf, FoundLine, LineCondition } from '../core/line-condition.ts';
import { endOfWindow } from '../core/line-matcher.ts';
import { BoundLines, IndexedLines, type Lines, PlainLines } from './lines.ts';
import type { Literal } from './literal.ts';
import { type Part, Word } from './parts.ts';
import { WordSweep } from './word-sweep.ts';

/** Bytes of a window, unless a line is longer. */
const WINDOW = 64 * 2 ** 10;

/** How much is looked at before the frequencies of bytes are sampled again. */
const SAMPLE_EVERY = 32 * 2 ** 20;
const SAMPLES = 64;
const SAMPLE_BYTES = 128;

/** Finds lines. */
export class LineFinder implements LineCondition {
  readonly source?: ExpressionSource;
  readonly #part: Part;
  readonly #plain = new PlainLines();
  readonly #indexed = new IndexedLines();
  readonly #bound = new BoundLines();
  readonly #windowBytes: number;
  /** Set if that is all that it looks for. */
  readonly #word: WordSweep | undefined;
  #untilSample = 0;

  /**
   * @param windowBytes - what is looked at in one go, unless a line is longer: for tests
   * @param source - what the part was made of, if that was an expression
   */
  constructor(part: Part, windowBytes = WINDOW, source?: ExpressionSource) {
    this.#part = part;
    this.#word = part instanceof Word ? new WordSweep(part.gate) : undefined;
    this.#windowBytes = windowBytes;
    if (source) this.source = source;
  }

  mark(batch: Batch, marks: Uint8Array): number {
    const lines = this.#bound;
    const hasGate = !(batch.fields && this.#part.asksFields);
    let matching = 0;
    for (let from = 0; from < batch.length; ) {
      const to = endOfWindow(batch, from);
      lines.over(batch, from, to);
      for (let is = this.#find(lines, 0, hasGate); is; is = this.#find(lines, lines.end + 1, hasGate)) {
        marks[lines.index] = 1;
        matching++;
      }
      from = to;
    }
    lines.leave();
    return matching;
  }

  scan(bytes: Buffer, facts: FactsOf, found: FoundLine, starts?: Uint32Array): void {
    if (starts) this.#scanIndexed(bytes, facts, found, starts);
    else this.#scanPlain(bytes, facts, found);
  }

  #scanIndexed(bytes: Buffer, facts: FactsOf, found: FoundLine, starts: Uint32Array): void {
    const lines = this.#indexed;
    const count = starts.length;
    for (let from = 0; from < count; ) {
      const first = starts[from]!;
      let to = count;
      if (starts[0]! + bytes.length - first > this.#windowBytes) {
        // The lines before the one in which the limit lies end within it.
        to = Math.max(from + 1, lineAt(starts, first + this.#windowBytes, from, count));
      }
      lines.over(bytes, starts, from, to, facts);
      this.#learn(lines.bytes);
      const base = first - starts[0]!;
      if (this.#word) this.#word.window(lines, starts.subarray(from, to), base, from, found);
      else
        for (let is = this.#find(lines, 0, true); is; is = this.#find(lines, lines.end + 1, true)) {
          found(base + lines.start, base + lines.end, lines.index);
        }
      from = to;
    }
  }

  #scanPlain(bytes: Buffer, facts: FactsOf, found: FoundLine): void {
    const lines = this.#plain;
    for (let from = 0; from < bytes.length; ) {
      let to = bytes.length;
      if (to - from > this.#windowBytes) {
        to = bytes.lastIndexOf(LINE_FEED, from + this.#windowBytes - 1) + 1;
        if (to <= from) to = bytes.indexOf(LINE_FEED, from + this.#windowBytes) + 1 || bytes.length;
      }
      lines.over(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), facts, from);
      this.#learn(lines.bytes);
      for (let is = this.#find(lines, 0, true); is; is = this.#find(lines, lines.end + 1, true)) {
        found(from + lines.start, from + lines.end, -1);
      }
      from = to;
    }
  }

  /** Goes to the next line, at `from` or behind it, for which the part holds; whether there is one. */
  #find(lines: Lines, from: number, hasGate: boolean): boolean {
    const part = this.#part;
    const { gate } = part;
    if (!gate || !hasGate) {
      for (let is = from === 0 ? lines.first() : lines.next(); is; is = lines.next()) {
        if (part.holds(lines)) return true;
      }
      return false;
    }
    if (part instanceof Word) return findWord(part.gate, lines, from);
    for (;;) {
      const place = gate.next(lines, from);
      if (place >= lines.bytes.length || !lines.seek(place)) return false;
      // It stands between lines: those of the window that belong to another batch.
      if (place < lines.start) from = lines.start;
      else if (part.holds(lines)) return true;
      else from = lines.end + 1;
    }
  }

  /** Now and then, lets the gate know how often each byte is used. */
  #learn(bytes: Buffer): void {
    this.#untilSample -= bytes.length;
    if (this.#untilSample > 0 || !this.#part.gate) return;
    this.#untilSample = SAMPLE_EVERY;
    const counts = new Uint32Array(256);
    const step = Math.max(SAMPLE_BYTES, Math.floor(bytes.length / SAMPLES));
    for (let from = 0; from < bytes.length; from += step) {
      const to = Math.min(from + SAMPLE_BYTES, bytes.length);
      for (let at = from; at < to; at++) counts[bytes[at]!]!++;
    }
    this.#part.gate.adapt(counts);
  }
}

/** The same for a word, which needs no second look where it was found. */
function findWord(word: Literal, lines: Lines, from: number): boolean {
  const { length } = word.bytes;
  for (;;) {
    const place = word.next(lines, from);
    if (place >= lines.bytes.length || !lines.seek(place)) return false;
    if (place >= lines.start && place + length <= lines.end) return true;
    // It stands between lines, or across the end of one: a line may hold line feeds, and so may a word.
    from = place < lines.start ? lines.start : lines.end + 1;
  }
}
