/** The order in which sinks end. */
import type { SinkRunner } from './sink/sink-runner.ts';

/** The part of the time that a sink gets whose dead letters another one has yet to store. */
const FEEDERS_SHARE = 0.9;

/**
 * Drains sinks, each behind those whose dead letters it gets. Those have a little less time, so that their last letters can be
 * stored. Answers how many lines each had to abandon.
 */
export function drainInOrder(
  sinks: readonly SinkRunner[],
  now: number,
  until: number,
  mayHandOver: (sink: SinkRunner) => boolean,
): ReadonlyMap<SinkRunner, Promise<number>> {
  const drained = new Map<SinkRunner, Promise<number>>();
  const drain = (sink: SinkRunner): Promise<number> => {
    let draining = drained.get(sink);
    if (!draining) {
      draining = (async () => {
        await Promise.all(sinks.filter(({ deadLetters }) => deadLetters.target === sink).map(drain));
        const isFeeder = sinks.some((each) => each === sink.deadLetters.target);
        return sink.drain(isFeeder ? now + (until - now) * FEEDERS_SHARE : until, mayHandOver(sink));
      })();
      drained.set(sink, draining);
    }
    return draining;
  };
  for (const sink of sinks) void drain(sink);
  return drained;
}
