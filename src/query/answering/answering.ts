/**
 * Answers questions: searches, counts and tails, for the query port, for HTTP and for programs alike, within common limits. None of it
 * may be felt by collecting: scans and everything else that takes time work in slices of a millisecond.
 */
import type { Clock } from '../../core/clock.ts';
import { LogCasterError } from '../../core/errors.ts';
import type { Figures } from '../../core/ledger.ts';
import { type Pace, paceOf } from '../../core/pace.ts';
import type { FoundLines } from '../../core/search.ts';
import type { CountQuestion, SearchPlace, SearchQuestion, TailQuestion } from '../questions/question.ts';
import { type CountResult, countLines } from './count-lines.ts';
import { Deadline } from './deadline.ts';
import { Gate, type Leave } from './gate.ts';
import { type AnswerLimits, AnswerTally } from './limits.ts';
import { type Scannable, searchLines } from './search-lines.ts';
import type { SearchSummary } from './summary.ts';
import { type TailEvent, tailLines } from './tail-lines.ts';
import { type Follow, TailWindow } from './tail-window.ts';

/** Where lines are. */
export interface LinesPlace {
  /** What is scanned for lines. @throws LogCasterError `LC_SEARCH_UNAVAILABLE` */
  scannable(from: SearchPlace): Scannable;
  /** Tells of lines as they come: those of the ring once they can be found there. */
  readonly follow: Follow;
}

/** Answers questions. */
export class Answering {
  readonly limits: AnswerLimits;
  readonly tally = new AnswerTally();
  readonly #place: LinesPlace;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #searches: Gate;
  readonly #tails: Gate;
  readonly #window: TailWindow;
  readonly #ending = new AbortController();

  constructor(limits: AnswerLimits, place: LinesPlace, clock: Clock) {
    this.limits = limits;
    this.#place = place;
    this.#clock = clock;
    this.#pace = paceOf(clock);
    this.#searches = new Gate(limits.maxSearches);
    this.#tails = new Gate(limits.maxTails);
    this.#window = new TailWindow(limits.maxTailBytes, place.follow);
  }

  /**
   * Finds lines.
   *
   * @param signal - Aborted when nobody wants the answer any more.
   * @throws LogCasterError `LC_SEARCH_UNAVAILABLE`, `LC_QUERY_LIMIT`; the reason of `signal`
   */
  async *search(
    question: SearchQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<FoundLines, SearchSummary, undefined> {
    const scannable = this.#place.scannable(question.from ?? 'ring');
    const deadline = this.#deadline(question.timeout, signal);
    let leave: Leave | undefined;
    try {
      leave = await this.#enter(deadline);
      const summary = yield* searchLines(scannable, question, this.limits, deadline);
      this.#count(summary);
      return summary;
    } finally {
      deadline.cancel();
      leave?.();
    }
  }

  /** Counts lines. @throws as {@link Answering.search} */
  async count(question: CountQuestion, signal: AbortSignal): Promise<CountResult> {
    const scannable = this.#place.scannable(question.from ?? 'ring');
    const deadline = this.#deadline(question.timeout, signal);
    let leave: Leave | undefined;
    try {
      leave = await this.#enter(deadline);
      const { maxGroups } = this.limits;
      const result = await countLines(scannable, question, { maxGroups, deadline, pace: this.#pace });
      this.#count(result.summary);
      return result;
    } finally {
      deadline.cancel();
      leave?.();
    }
  }

  /**
   * Follows lines, until `signal` is aborted or {@link Answering.endTails} is called.
   *
   * @throws LogCasterError `LC_QUERY_LIMIT`; `LC_SEARCH_UNAVAILABLE` when lines are asked for that are there already
   */
  async *tail(question: TailQuestion, signal: AbortSignal): AsyncGenerator<TailEvent, void, undefined> {
    const leave = this.#tails.tryEnter();
    if (!leave) {
      this.tally.tailsRefused++;
      const { maxTails } = this.limits;
      throw new LogCasterError('LC_QUERY_LIMIT', `${maxTails} tails are there already, and no more may be`);
    }
    this.tally.tails++;
    const ended = AbortSignal.any([signal, this.#ending.signal]);
    try {
      const backlog = await this.#backlog(question, ended);
      yield* tailLines(question, {
        window: this.#window,
        pace: this.#pace,
        backlog,
        signal: ended,
        onSkipped: (lines) => {
          this.tally.tailLinesSkipped += lines;
        },
      });
    } catch (error) {
      if (!ended.aborted) throw error;
    } finally {
      leave();
    }
  }

  /** Ends all tails, and those to come. */
  endTails(): void {
    this.#ending.abort(new Error('the collector stops'));
  }

  /** Says that lines may now be somewhere else. */
  placeChanged(): void {
    this.#window.followAgain();
  }

  /** What it does at the moment, and what it has done. */
  inspect(): Figures {
    return {
      searching: this.#searches.inside,
      waiting: this.#searches.waiting,
      tailing: this.#tails.inside,
      tailBuffer: this.#window.byteLength,
      ...this.tally.toJSON(),
    };
  }

  /** What is there already, to be looked for when it is asked for the first time: a search like any other. */
  async #backlog(
    { where, last, since }: TailQuestion,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<FoundLines, void, undefined> | undefined> {
    if (last === undefined && since === undefined) return undefined;
    const deadline = this.#deadline(undefined, signal);
    let leave: Leave | undefined;
    try {
      const scannable = this.#place.scannable('ring');
      leave = await this.#enter(deadline);
      return leaving(searchLines(scannable, { where, last, since }, this.limits, deadline), () => {
        deadline.cancel();
        leave?.();
      });
    } catch (error) {
      deadline.cancel();
      throw error;
    }
  }

  #deadline(timeout: number | undefined, signal: AbortSignal): Deadline {
    const { searchTimeout } = this.limits;
    return new Deadline(this.#clock, Math.min(timeout ?? searchTimeout, searchTimeout), signal);
  }

  async #enter(deadline: Deadline): Promise<Leave> {
    try {
      if (this.#searches.isFull) this.tally.searchesWaited++;
      const leave = await this.#searches.enter(deadline.signal);
      this.tally.searches++;
      return leave;
    } catch (error) {
      if (!deadline.isOver) throw error;
      this.tally.searchesRefused++;
      const { maxSearches } = this.limits;
      const message = `${maxSearches} searches run already, and none ended while this one waited`;
      throw new LogCasterError('LC_QUERY_LIMIT', message);
    }
  }

  #count({ truncated }: SearchSummary): void {
    if (truncated === 'timeout') this.tally.timedOut++;
    else if (truncated === 'bytes') this.tally.tooLarge++;
    else if (truncated === 'groups') this.tally.tooManyGroups++;
  }
}

/** The same lines; calls `leave` behind the last one. */
async function* leaving(
  lines: AsyncGenerator<FoundLines, unknown, undefined>,
  leave: () => void,
): AsyncGenerator<FoundLines, void, undefined> {
  try {
    yield* lines;
  } finally {
    leave();
  }
}
