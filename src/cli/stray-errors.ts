/**
 * Errors that nobody caught: thrown in a timer, or a promise that nobody waited for, of a plugin most likely. Node would end
 * the process, and with it everybody else's lines. They are logged, and collecting goes on: what the error cost shows in
 * the ledger.
 */
import { type Clock, systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { Occasionally } from '../pipeline/occasionally.ts';

/** Logs stray errors; answers a function that stops it. */
export function surviveStrayErrors(log: Logger, clock: Clock = systemClock): () => void {
  const occasionally = new Occasionally(clock);
  const report = (error: unknown): void =>
    occasionally.add(1, (errors) =>
      log.error(
        { error, errors },
        `an error that nobody caught, of a plugin most likely; collecting goes on: ${messageOf(error)}`,
      ),
    );
  process.on('uncaughtException', report).on('unhandledRejection', report);
  return () => process.off('uncaughtException', report).off('unhandledRejection', report);
}
