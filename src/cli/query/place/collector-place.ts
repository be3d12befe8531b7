/** Asks a collector that runs. */
import { LogCasterError } from '../../../core/errors.ts';
import type { ScanQuery } from '../../../core/search.ts';
import type { CountResult } from '../../../query/answering/count-lines.ts';
import type { Group } from '../../../query/answering/groups.ts';
import { searchInContext } from '../../../query/answering/search-in-context.ts';
import type { Scannable } from '../../../query/answering/search-lines.ts';
import type { SearchSummary, Truncation } from '../../../query/answering/summary.ts';
import type { CountQuestion, Grouping, SearchPlace } from '../../../query/questions/question.ts';
import type { ShownLines } from '../piece.ts';
import type { Extent } from '../progress.ts';
import { readAnswer } from './answer-reader.ts';
import type { Asked, Asking } from './asking.ts';
import type { LinesAsked, Place } from './place.ts';

/** What is asked, as it was written: the collector has a clock of its own. */
export interface WrittenQuestion {
  readonly expression: string;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly from?: SearchPlace | undefined;
}

export class CollectorPlace implements Place {
  readonly isElsewhere = true;
  readonly readsPipe = false;
  readonly hasProblems = false;
  readonly #asking: Asking;
  readonly #written: WrittenQuestion;

  constructor(asking: Asking, written: WrittenQuestion) {
    this.#asking = asking;
    this.#written = written;
  }

  async *search(
    { context, ...question }: LinesAsked,
    signal: AbortSignal,
  ): AsyncGenerator<ShownLines, Truncation | undefined, undefined> {
    if (context) {
      let truncated: Truncation | undefined;
      const everything: Scannable = {
        scan: (query) => this.#everyLine(query, (why) => void (truncated = why)),
      };
      // Times are the collector's business: its clock counts.
      const { since: _, until: __, ...rest } = question;
      yield* searchInContext(everything, rest, context, signal);
      return truncated;
    }
    const { order, limit, last } = question;
    const { truncated } = yield* this.#lines(this.#asked('search', { order, limit, last }), signal);
    return truncated;
  }

  async count({ by, top }: CountQuestion, signal: AbortSignal): Promise<CountResult> {
    const key = by && keyText(by);
    const asked = this.#asked(top === undefined ? 'count' : 'top', { n: top }, key);
    const groups: Group[] = [];
    let none = 0;
    let other = 0;
    let summary: SearchSummary | undefined;
    for await (const part of readAnswer(this.#asking.ask(asked, signal), this.#asking.address)) {
      if (part.kind === 'lines') continue;
      const { said } = part;
      const count = Number(said['count']);
      if ('summary' in said) summary = toSummary(said['summary']);
      else if ('none' in said) none = count;
      else if ('other' in said) other = count;
      else if ('time' in said) groups.push({ key: Date.parse(String(said['time'])), count });
      else if ('value' in said) groups.push({ key: said['value'] as string | number, count });
    }
    if (!summary) throw this.#brokenOff();
    return { groups, none, other, summary };
  }

  isSeveral(): Promise<boolean> {
    return Promise.resolve(false);
  }

  extent(): Extent {
    return { done: 0, total: undefined };
  }

  #asked(kind: Asked['kind'], options: Asked['options'], key?: string): Asked {
    const { expression, since, until, from } = this.#written;
    return { kind, options: { format: 'json', from, since, until, ...options }, key, expression };
  }

  async *#lines(asked: Asked, signal: AbortSignal): AsyncGenerator<ShownLines, SearchSummary, undefined> {
    let summary: SearchSummary | undefined;
    for await (const part of readAnswer(this.#asking.ask(asked, signal), this.#asking.address)) {
      if (part.kind === 'lines') yield part.lines;
      else if ('summary' in part.said) summary = toSummary(part.said['summary']);
    }
    if (!summary) throw this.#brokenOff();
    return summary;
  }

  /** Every line, whatever is looked for: which ones match is found out here. */
  async *#everyLine(
    { signal }: ScanQuery,
    onEnd: (truncated: Truncation | undefined) => void,
  ): AsyncGenerator<ShownLines, void, undefined> {
    const asked = { ...this.#asked('search', {}), expression: '' };
    const { truncated } = yield* this.#lines(asked, signal!);
    onEnd(truncated);
  }

  #brokenOff(): LogCasterError {
    return new LogCasterError('LC_CONNECT_FAILED', `the answer of ${this.#asking.address} broke off`, {
      hint: 'The collector has stopped, or has waited too long for somebody to read the answer: query.answerTimeout.',
    });
  }
}

/** A key as it is written: see questions/read-key.ts. */
function keyText(by: Grouping): string {
  switch (by.kind) {
    case 'time':
      return `time(${by.bucket}ms)`;
    case 'origin':
      return `@${by.part}`;
    case 'level':
      return 'level';
    default:
      return by.name;
  }
}

function toSummary(said: unknown): SearchSummary {
  const { truncated, ...figures } = said as Omit<SearchSummary, 'truncated'> & {
    readonly truncated: Truncation | false;
  };
  return { ...figures, truncated: truncated === false ? undefined : truncated };
}
