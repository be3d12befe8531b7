/**
 * How sources, pipelines and sinks end, at a change or at a stop, within one deadline: each gets its part of the time that is
 * left, so that there is some for what comes behind it.
 */
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { within } from './containment/within.ts';
import type { PipelineRunner } from './pipeline-runner.ts';
import type { SinkRunner } from './sink/sink-runner.ts';
import type { SourceRunner } from './source/source-runner.ts';

/**
 * The part of the time that sources get at most. They need credit to give what they have read, and so it is the sinks that
 * get most of it; the rest is for what operators hold, and to flush.
 */
const SOURCES_SHARE = 0.9;

/** The part of the time that a sink gets whose dead letters another one has yet to store. */
const FEEDERS_SHARE = 0.9;

export interface EndingInit {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of a sink that is closed. */
  readonly onSinkEnded: (sink: SinkRunner) => void;
}

/** Every `until` is on the monotonic clock, in ms. */
export class Ending {
  readonly #init: EndingInit;

  constructor(init: EndingInit) {
    this.#init = init;
  }

  /** Ends sources, which give what they have read; answers how many lines had to be abandoned. */
  async sources(sources: readonly SourceRunner[], until: number): Promise<number> {
    const now = this.#now();
    const sourcesUntil = now + (until - now) * SOURCES_SHARE;
    return sum(await Promise.all(sources.map((source) => source.stop(sourcesUntil))));
  }

  /**
   * Ends the operators of a pipeline; answers how many lines had to be abandoned. They get half of the time that is left:
   * the other half is for what comes behind them.
   */
  async pipeline(pipeline: PipelineRunner, until: number): Promise<number> {
    const { clock } = this.#init;
    const onError = (error: unknown): void => reportUnclean(this.#init.log, pipeline.name, error);
    const half = (until - this.#now()) / 2;
    await within(clock, half, pipeline.drain(), onError);
    const lines = pipeline.abandon();
    await within(clock, Math.max(1000, until - this.#now()), pipeline.dispose(), onError);
    return lines;
  }

  /**
   * Drains and closes sinks; answers how many lines had to be abandoned.
   *
   * @param mayHandOver - Which of them get one in their place, for what is left.
   */
  async sinks(
    sinks: readonly SinkRunner[],
    until: number,
    mayHandOver: (sink: SinkRunner) => boolean = () => false,
  ): Promise<number> {
    // What they hold up no more they are not to hold up while they drain.
    for (const sink of sinks) sink.gate.standBefore(new Set());
    const drained = drainInOrder(sinks, this.#now(), until, mayHandOver);
    const stop = async (sink: SinkRunner): Promise<number> => {
      const lines = await drained.get(sink)!;
      await sink.close(until);
      this.#init.onSinkEnded(sink);
      return lines;
    };
    return sum(await Promise.all(sinks.map(stop)));
  }

  #now(): number {
    return this.#init.clock.monotonic();
  }
}

/** Logs that something could not be closed as it should. */
export function reportUnclean(log: Logger, component: string, error: unknown): void {
  log.error({ component, error }, `${component}: could not be closed cleanly: ${messageOf(error)}`);
}

/**
 * Drains sinks, each behind those whose dead letters it gets. Those have a little less time, so that their last letters can be
 * stored. Answers how many lines each had to abandon.
 */
function drainInOrder(
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
