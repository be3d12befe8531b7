/** Finds lines with lines around them: as many matches as were asked for, the first or the last of them. */
import { Buffer } from 'node:buffer';
import type { Origin } from '../../core/batch.ts';
import type { FoundLines, ScanTally } from '../../core/search.ts';
import type { SearchQuestion } from '../questions/question.ts';
import { ContextPicker, type ContextSize, type LinesInContext } from './context-lines.ts';
import { lengthOf, originReader } from './pieces.ts';
import { type Scannable, toScan } from './search-lines.ts';

/** Lines of a file are told apart from those of others: no line of one is context of another's. */
export type LinesOfFile = FoundLines & { readonly file?: string };

/**
 * Finds lines, oldest first, with those around them. All lines are scanned, and those that match picked out here.
 *
 * @param question - its `order` is not looked at
 */
export async function* searchInContext(
  scannable: Scannable,
  question: SearchQuestion,
  size: ContextSize,
  signal: AbortSignal,
): AsyncGenerator<LinesOfFile & LinesInContext, void, undefined> {
  const tally: ScanTally = { lines: 0, bytes: 0, matched: 0 };
  // Times that the expression asks for say nothing of the lines around.
  const { since, until } = question;
  const every = toScan({ since, until }, 'oldest', signal);
  const picker = new ContextPicker(question.where?.condition, size);
  const first = new FirstMatches(question.limit, size.after);
  const last = question.last === undefined ? undefined : new LastMatches(question.last, size.before);
  let file: string | undefined;
  for await (const lines of scannable.scan(every, tally) as AsyncIterable<LinesOfFile>) {
    if (lines.file !== file) picker.cut();
    file = lines.file;
    for (const picked of picker.pick(lines)) {
      if (last) last.add(picked);
      else {
        const taken = first.take(picked);
        if (taken) yield taken;
      }
    }
    if (first.isComplete && !last) return;
  }
  for (const lines of last?.pieces() ?? []) {
    const taken = first.take(lines);
    if (taken) yield taken;
  }
}

/** Lets through so many matches, and the lines behind the last one: as context, also if they match, as `grep -m` does. */
class FirstMatches {
  /** Whether nothing more will come. */
  isComplete = false;
  #left: number;
  #after: number;

  constructor(limit = Number.POSITIVE_INFINITY, after: number) {
    this.#left = limit;
    this.#after = after;
  }

  take<Lines extends LinesInContext>(lines: Lines): Lines | undefined {
    const length = lengthOf(lines);
    const isContext = Uint8Array.from(lines.isContext);
    let end = 0;
    while (end < length && this.#takes(isContext[end] === 0, lines.isGap[end] === 1)) {
      if (this.#left < 0) isContext[end] = 1;
      end++;
    }
    if (end < length || (this.#left <= 0 && this.#after === 0)) this.isComplete = true;
    return end === 0 ? undefined : firstOf({ ...lines, isContext }, end);
  }

  #takes(isMatch: boolean, isGap: boolean): boolean {
    if (this.#left > 0) {
      if (isMatch) this.#left--;
      return true;
    }
    // From here on nothing counts as a match.
    this.#left = -1;
    return !isGap && this.#after-- > 0;
  }
}

function firstOf<Lines extends LinesInContext>(lines: Lines, end: number): Lines {
  if (end === lengthOf(lines)) return lines;
  const { bounds, receivedAt, origins, isContext, isGap } = lines;
  return {
    ...lines,
    bounds: bounds.subarray(0, end * 2),
    receivedAt: receivedAt.subarray(0, end),
    ...(origins && { origins: origins.filter(({ from }) => from < end) }),
    isContext: isContext.subarray(0, end),
    isGap: isGap.subarray(0, end),
  };
}

/** A line by itself. */
interface Kept {
  readonly bytes: Buffer;
  readonly receivedAt: number;
  readonly origin: Origin | undefined;
  readonly file: string | undefined;
  readonly isContext: boolean;
  readonly isGap: boolean;
}

/** Keeps so many matches, the last ones, and what is around them. */
class LastMatches {
  readonly #last: number;
  readonly #before: number;
  #kept: Kept[] = [];
  /** The lines before this one are gone. */
  #from = 0;
  #matches = 0;

  constructor(last: number, before: number) {
    this.#last = last;
    this.#before = before;
  }

  add(lines: LinesOfFile & LinesInContext): void {
    const { bytes, bounds, receivedAt, isContext, isGap, file } = lines;
    const originOf = originReader(lines);
    for (let index = 0; index < lengthOf(lines); index++) {
      this.#kept.push({
        bytes: Buffer.from(bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]! + 1)),
        receivedAt: receivedAt[index]!,
        origin: originOf(index),
        file,
        isContext: isContext[index] === 1,
        isGap: isGap[index] === 1,
      });
      if (isContext[index] === 0) this.#matches++;
      if (this.#matches > this.#last) this.#dropMatch();
    }
  }

  *pieces(): Generator<LinesOfFile & LinesInContext, void, undefined> {
    let first = this.#kept.findIndex((line, index) => index >= this.#from && !line.isContext);
    if (first === -1) return;
    for (let left = this.#before; left > 0 && first > this.#from && !this.#kept[first]!.isGap; left--)
      first--;
    for (let index = first; index < this.#kept.length; index++) {
      const { bytes, receivedAt, origin, file, isContext, isGap } = this.#kept[index]!;
      yield {
        bytes,
        bounds: Uint32Array.of(0, bytes.length - 1),
        receivedAt: Float64Array.of(receivedAt),
        ...(origin && { origins: [{ from: 0, origin }] }),
        ...(file !== undefined && { file }),
        isContext: Uint8Array.of(isContext ? 1 : 0),
        isGap: Uint8Array.of(isGap && index > first ? 1 : 0),
      };
    }
  }

  #dropMatch(): void {
    while (this.#kept[this.#from]!.isContext) this.#from++;
    this.#from++;
    this.#matches--;
    if (this.#from < 1024 || this.#from < this.#kept.length / 2) return;
    this.#kept = this.#kept.slice(this.#from);
    this.#from = 0;
  }
}
