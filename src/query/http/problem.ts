/** Errors as answers: `application/problem+json` (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { LogCasterError } from '../../core/errors.ts';
import { toComplaint } from '../answering/answer.ts';

/** An error as an answer. */
export interface Problem {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What an answer says of an error. */
export function toProblem(
  status: number,
  detail: string,
  {
    headers,
    ...more
  }: { readonly headers?: Readonly<Record<string, string>>; readonly [name: string]: unknown } = {},
): Problem {
  const body = { title: STATUS_CODES[status] ?? 'Error', status, detail, ...more };
  return { status, body, ...(headers && { headers }) };
}

/** The status of LogCaster's own errors, where it is not 400. */
const STATUS: Readonly<Record<string, number>> = {
  LC_SEARCH_UNAVAILABLE: 503,
  LC_SEARCH_TOO_LARGE: 503,
  LC_QUERY_LIMIT: 503,
};

/** An error that was thrown while a question was read or answered. */
export function problemOf(error: unknown): Problem {
  const { message, ...complaint } = toComplaint(error);
  const isOwn = error instanceof LogCasterError;
  const status = isOwn ? (STATUS[error.code] ?? 400) : 500;
  const headers = isOwn && error.code === 'LC_QUERY_LIMIT' ? { headers: { 'Retry-After': '1' } } : {};
  return toProblem(status, message, { ...complaint, ...headers });
}
