/**
 * Watches the event loop: how late a timer fires is how long everything else had to wait. Figures of the last minute are kept,
 * and a pause that is longer than one wants is said in the log, with those who had the loop meanwhile.
 *
 * What is known is who the pipeline called. Time that goes to a plugin's own timers and callbacks, to a source, or to a large
 * garbage collection is told apart from it, but has no name; nor has a process that was not running at all, as one sees from
 * the processor time that it used.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { ProcessStatement } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { Occasionally } from '../occasionally.ts';
import type { Calls, Share } from './calls.ts';

/** How often it looks, in ms. */
const INTERVAL = 50;

/** The looks of a minute. */
const SAMPLES = 60_000 / INTERVAL;

/** Who had less than this part of a pause is not named. */
const LEAST_SHARE = 0.1;

/** Without so much processor time, for its length, a pause is not the process's own doing. */
const LEAST_WORK = 0.5;

type LoopFigures = ProcessStatement['loop'];

export interface LoopWatchInit {
  readonly clock: Clock;
  readonly log: Logger;
  readonly calls: Calls;
  /** The processor time of this process, in ms. */
  readonly processorTime?: () => number;
}

export class LoopWatch {
  /** A pause that is longer is said in the log, and counted; in ms. */
  threshold = 1000;
  readonly #init: LoopWatchInit;
  readonly #processorTime: () => number;
  readonly #entries: Occasionally;
  readonly #lags = new Float64Array(SAMPLES);
  #samples = 0;
  #timer: Timer | undefined;
  #lookedAt = 0;
  #worked = 0;
  #blocked = 0;
  #blockedFor = 0;
  #longest: LoopFigures['blocked']['longest'];

  constructor(init: LoopWatchInit) {
    this.#init = init;
    this.#processorTime = init.processorTime ?? ownProcessorTime;
    this.#entries = new Occasionally(init.clock);
  }

  start(): void {
    if (this.#timer) return;
    const { clock, calls } = this.#init;
    this.#lookedAt = clock.monotonic();
    this.#worked = this.#processorTime();
    calls.forget();
    this.#timer = clock.every(INTERVAL, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Times in ms; lags are those of the last minute. */
  figures(): LoopFigures {
    const sorted = this.#lags.slice(0, Math.min(this.#samples, SAMPLES)).toSorted();
    const at = (q: number): number => round(sorted[Math.floor((sorted.length - 1) * q)] ?? 0);
    return {
      lag: { p50: at(0.5), p99: at(0.99), max: at(1) },
      blocked: {
        times: this.#blocked,
        ms: Math.round(this.#blockedFor),
        ...(this.#longest && { longest: this.#longest }),
      },
    };
  }

  #look(): void {
    const { clock, calls } = this.#init;
    const now = clock.monotonic();
    const lag = Math.max(0, now - this.#lookedAt - INTERVAL);
    this.#lookedAt = now;
    this.#lags[this.#samples++ % SAMPLES] = lag;
    if (lag > this.threshold) this.#report(lag, calls.take());
    else calls.forget();
    this.#worked = this.#processorTime();
  }

  #report(lag: number, shares: readonly Share[]): void {
    const { clock, log } = this.#init;
    const by = shares
      .filter(({ ms }) => ms >= lag * LEAST_SHARE)
      .map(({ name, ms }) => ({ name, ms: Math.round(ms) }));
    const worked = Math.round(this.#processorTime() - this.#worked);
    const ms = Math.round(lag);
    this.#blocked++;
    this.#blockedFor += lag;
    if (ms > (this.#longest?.ms ?? 0)) {
      this.#longest = { ms, until: new Date(clock.now()).toISOString(), by, processorMs: worked };
    }
    this.#entries.add(1, (times) =>
      log.warn(
        { ms, by, processorMs: worked, times },
        `the event loop was blocked for ${seconds(ms)}${times > 1 ? `, and ${times - 1} times before that` : ''}: ${blame(ms, by, worked)}`,
      ),
    );
  }
}

/** Who was it? */
function blame(ms: number, by: readonly Share[], worked: number): string {
  if (by.length > 0) return by.map((share) => `${share.name} took ${seconds(share.ms)} of it`).join(', ');
  if (worked < ms * LEAST_WORK)
    return 'this process was hardly running: it was stopped, or the machine is overloaded';
  return 'by no operator or sink while it was called; a source, a timer of a plugin, or a garbage collection';
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function ownProcessorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
