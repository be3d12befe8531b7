/** History: what sinks stored before this start, and others take up. */
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { mentioned } from './containment/beginnings.ts';
import type { SinkRunner } from './sink/sink-runner.ts';

/**
 * Lets new sinks take up the history of others that are new as well: one that has been running has written since. A history
 * that cannot be read to its end is logged, and no reason not to collect.
 */
export async function refill(
  sinks: ReadonlyMap<string, SinkRunner>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<void> {
  for (const { name, sink } of sinks.values()) {
    const from = sink.refillFrom === undefined ? undefined : sinks.get(sink.refillFrom)?.sink;
    if (!from?.history || !sink.refill) continue;
    try {
      await mentioned(`sink ${name}`, 'taken up its history', { clock, log }, () =>
        sink.refill!((limits) => from.history!(limits)),
      );
    } catch (error) {
      log.error(
        { sink: name, error },
        `${name}: could not take up all of the history of ${sink.refillFrom}: ${messageOf(error)}`,
      );
    }
  }
}
