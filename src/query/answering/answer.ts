/** The answer to a question that came over a connection, as bytes; and what is answered to a question that cannot be. */
import { Buffer } from 'node:buffer';
import { LogCasterError } from '../../core/errors.ts';
import type { AnswerFormat, AskedQuestion } from '../questions/question.ts';
import type { Answering } from './answering.ts';
import { formatCount, formatSearch, formatTail } from './format.ts';
import { ownObject } from './format-json.ts';

/**
 * The parts of an answer. Leaving early frees what the rest holds.
 *
 * @throws what {@link Answering} throws
 */
export async function* answerTo(
  { kind, question, format }: AskedQuestion,
  answering: Answering,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (kind === 'search') yield* formatSearch(answering.search(question, signal), format);
  else if (kind === 'tail') yield* formatTail(answering.tail(question, signal), format);
  else yield* formatCount(await answering.count(question, signal), question, format);
}

/** An error, as far as it concerns a client. */
export interface Complaint {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  /** Where in the question, in characters from 1 on. */
  readonly column?: number;
  /** The parameter of HTTP that is wrong. */
  readonly parameter?: string;
}

/** What a client is told of an error: code, message, place and hint of LogCaster's own ones, and of others only that there was one. */
export function toComplaint(error: unknown): Complaint {
  if (!(error instanceof LogCasterError))
    return { message: 'the search failed; the log of the collector says why' };
  const { column, parameter } = error as { column?: number; parameter?: string };
  return {
    code: error.code,
    message: error.message,
    ...(column !== undefined && { column }),
    ...(parameter !== undefined && { parameter }),
    hint: error.hint,
  };
}

/** An error as the answer to a command, or as the end of one. */
export function formatError(error: unknown, format: AnswerFormat): Buffer {
  const complaint = toComplaint(error);
  if (format === 'json') return ownObject({ error: complaint });
  const hint = complaint.hint === undefined ? '' : `${complaint.hint}\n`;
  return Buffer.from(`ERROR: ${complaint.message}\n${hint}`);
}
