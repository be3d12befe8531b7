/** Asks files. */
import { type Clock, systemClock } from '../../../core/clock.ts';
import { paceOf } from '../../../core/pace.ts';
import { type CountResult, countLines } from '../../../query/answering/count-lines.ts';
import { Deadline } from '../../../query/answering/deadline.ts';
import { searchInContext } from '../../../query/answering/search-in-context.ts';
import { searchLines } from '../../../query/answering/search-lines.ts';
import type { Truncation } from '../../../query/answering/summary.ts';
import type { CountQuestion } from '../../../query/questions/question.ts';
import { FileLines } from '../files/file-lines.ts';
import type { Input } from '../files/input.ts';
import { type Complain, findInputs, type InputsInit } from '../files/inputs.ts';
import type { ShownLines } from '../piece.ts';
import type { Extent } from '../progress.ts';
import type { LinesAsked, Place } from './place.ts';

/** What is kept of the newest lines until they are shown, in bytes. */
const MAX_LAST_BYTES = 256 * 2 ** 20;

/** The most groups of a count: nobody else needs the memory. */
const MAX_GROUPS = 1_000_000;

const FOR_EVER = Number.POSITIVE_INFINITY;

export class FilesPlace implements Place {
  readonly isElsewhere = false;
  readsPipe = false;
  hasProblems = false;
  readonly #names: readonly string[];
  readonly #init: InputsInit;
  readonly #clock: Clock;
  readonly #tally = { read: 0 };
  #total: number | undefined;
  #inputs: readonly Input[] | undefined;

  constructor(names: readonly string[], init: InputsInit, clock: Clock = systemClock) {
    this.#names = names;
    this.#clock = clock;
    const complain: Complain = (name, problem) => {
      this.hasProblems = true;
      init.complain(name, problem);
    };
    const openStream: InputsInit['openStream'] = (path) => {
      this.readsPipe = true;
      return init.openStream(path);
    };
    this.#init = { ...init, complain, openStream };
  }

  async *search(
    asked: LinesAsked,
    signal: AbortSignal,
  ): AsyncGenerator<ShownLines, Truncation | undefined, undefined> {
    const { context, last, tellsTimes = false, ...question } = asked;
    // With context, lines are found first and the expression is asked then.
    const asksTimes = context !== undefined && /\b(?:since|until):/.test(question.where?.text ?? '');
    const lines = await this.#lines(tellsTimes || asksTimes, last);
    if (context) {
      yield* searchInContext(lines, { ...question, last }, context, signal);
      return undefined;
    }
    const bounds = { maxResultBytes: FOR_EVER, maxLastBytes: MAX_LAST_BYTES };
    const deadline = new Deadline(this.#clock, FOR_EVER, signal);
    try {
      const { truncated } = yield* searchLines(lines, { ...question, last }, bounds, deadline);
      return truncated;
    } finally {
      deadline.cancel();
    }
  }

  async count(question: CountQuestion, signal: AbortSignal): Promise<CountResult> {
    const deadline = new Deadline(this.#clock, FOR_EVER, signal);
    return countLines(await this.#lines(question.by?.kind === 'time'), question, {
      maxGroups: MAX_GROUPS,
      deadline,
      pace: paceOf(this.#clock),
    });
  }

  extent(): Extent {
    return { done: this.#tally.read, total: this.#total };
  }

  /** Whether lines come from several files, which must be told apart; a log directory is one. */
  async isSeveral(): Promise<boolean> {
    const inputs = await this.#find();
    return this.#names.length > 1 || new Set(inputs.map(({ name, group }) => group ?? name)).size > 1;
  }

  async #find(): Promise<readonly Input[]> {
    this.#inputs ??= await findInputs(this.#names, this.#init);
    return this.#inputs;
  }

  async #lines(tellsTimes: boolean, last?: number): Promise<FileLines> {
    const inputs = await this.#find();
    // Of what has no size it is not known how far it is.
    this.#total = inputs.some(({ name }) => name === '-')
      ? undefined
      : inputs.reduce((sum, { size }) => sum + size, 0);
    return new FileLines(inputs, { complain: this.#init.complain, tally: this.#tally, last, tellsTimes });
  }
}
