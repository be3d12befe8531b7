/** What a sink says about lines that it has not stored. It may say anything: whatever makes no sense is read as nothing. */
import type { WriteResult } from '../../core/component.ts';
import { isRejectedError, isRetryable, isRetryableError } from '../../core/errors.ts';
import { errorCode } from '../../core/file-system.ts';

/** The reasons why lines were refused, by their index in the group. */
export type Refused = ReadonlyMap<number, string>;

/** Reads what a write answered; `undefined` if nothing was refused. */
export function toRefused(result: WriteResult): Refused | undefined {
  const rejected = result?.rejected ?? [];
  if (rejected.length === 0) return undefined;
  return new Map(rejected.map(({ index, reason }) => [index, toReason(reason)]));
}

/** A plugin may give as a reason what is none. */
function toReason(reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? reason : 'other';
}

/** What an error says, as far as it makes sense. */
export interface Failure {
  readonly stored: number;
  readonly retryAfter: number | undefined;
  /** The lines were refused on purpose. */
  readonly isRefusal: boolean;
  readonly isPassing: boolean;
  /** The name under which the ledger counts the lines, if they are rejected. */
  readonly reason: string;
}

/** Reads what a write threw. */
export function readFailure(error: unknown): Failure {
  try {
    const isRefusal = isRejectedError(error);
    const { stored, retryAfter } = isRetryableError(error) ? error : {};
    return {
      stored: Number.isInteger(stored) ? stored! : 0,
      retryAfter: retryAfter !== undefined && retryAfter >= 0 ? retryAfter : undefined,
      isRefusal,
      isPassing: isRetryable(error),
      reason: toReason(
        isRefusal ? error.reason : (errorCode(error) ?? (error instanceof Error ? error.name : 'error')),
      ),
    };
  } catch {
    // It throws when it is looked at.
    return { stored: 0, retryAfter: undefined, isRefusal: false, isPassing: false, reason: 'error' };
  }
}
