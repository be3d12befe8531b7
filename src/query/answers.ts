/**
 * Answers command lines, in parts of bounded size. Whatever goes wrong becomes an answer too; the log says why.
 */
import { Buffer } from 'node:buffer';
import type { Clock } from '../core/clock.ts';
import { LogCasterError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { answerTo, formatError } from './answering/answer.ts';
import { PART_BYTES } from './answering/parts.ts';
import { type CommandLine, TOO_LONG } from './command-reader.ts';
import { ERROR_ANSWERS, parseCommand, type QueryTarget, type TextCommand } from './commands.ts';
import { QuestionError } from './questions/question-error.ts';
import { formatOf, readCommand } from './questions/read-command.ts';
import type { HeldLines, SearchDesk } from './search-desk.ts';

/** What {@link Answers} needs. */
export interface AnswersContext {
  readonly target: QueryTarget;
  readonly desk: SearchDesk;
  readonly log: Logger;
  readonly clock: Clock;
  /** A search failed because it found more than may be in memory. */
  readonly onTooLarge?: () => void;
}

/** Answers commands. */
export class Answers {
  readonly #target: QueryTarget;
  readonly #desk: SearchDesk;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #onTooLarge: (() => void) | undefined;

  constructor({ target, desk, log, clock, onTooLarge }: AnswersContext) {
    this.#target = target;
    this.#desk = desk;
    this.#log = log;
    this.#clock = clock;
    this.#onTooLarge = onTooLarge;
  }

  /**
   * The parts of the answer, each to be sent before the next is asked for. Leaving early frees what the rest holds.
   *
   * @throws the reason of `signal` when that is aborted during a search
   */
  async *answer(line: CommandLine, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const command = line === TOO_LONG ? undefined : parseCommand(line);
    if (command?.kind === 'question') yield* this.#question(command.text, signal);
    else if (command?.kind === 'query') yield* this.#query(command.keyword, signal);
    else if (command?.kind === 'text') yield Buffer.from(this.#text(command.answer));
    else yield Buffer.from(command ? ERROR_ANSWERS.unknownCommand : ERROR_ANSWERS.commandTooLong);
  }

  #text(command: TextCommand): string {
    try {
      return command(this.#target);
    } catch (error) {
      this.#log.error({ error }, `a query command failed: ${messageOf(error)}`);
      return ERROR_ANSWERS.commandFailed;
    }
  }

  async *#question(text: string | undefined, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const format = text === undefined ? 'text' : formatOf(text);
    try {
      if (text === undefined) {
        throw new QuestionError('the command is no UTF-8', { advice: 'QUERY keyword= takes any bytes' });
      }
      yield* answerTo(readCommand(text, this.#clock.now()), this.#target.answering, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LogCasterError))
        this.#log.warn({ error }, `a query failed: ${messageOf(error)}`);
      yield formatError(error, format);
    }
  }

  async *#query(keyword: Buffer, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const found = await this.#search(keyword, signal);
    if (found) yield* sendLines(found);
    else yield Buffer.from(ERROR_ANSWERS.searchFailed);
  }

  async #search(keyword: Buffer, signal: AbortSignal): Promise<HeldLines | undefined> {
    try {
      const searchable = this.#target.searchable();
      if (!searchable)
        throw new LogCasterError('LC_SEARCH_UNAVAILABLE', 'there is no sink that can be searched');
      return await this.#desk.search(searchable, keyword, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LogCasterError && error.code === 'LC_SEARCH_TOO_LARGE') this.#onTooLarge?.();
      this.#log.warn({ error }, `a query failed: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function* sendLines(found: HeldLines): Generator<Buffer, void, undefined> {
  try {
    // The first lines go with the head: some clients read only once.
    const head = Buffer.from(`FOUND: ${found.matches} matches\n`);
    yield Buffer.concat([head, found.take(PART_BYTES) ?? Buffer.alloc(0)]);
    for (let part = found.take(PART_BYTES); part; part = found.take(PART_BYTES)) yield part;
  } finally {
    found.release();
  }
}
