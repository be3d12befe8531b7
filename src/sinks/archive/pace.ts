/**
 * When lines are compressed. A frame of few lines is hardly smaller than they are, and each write is one: so a small group
 * waits for what comes meanwhile, and that follows in a frame of its own as soon as the first is written.
 *
 * It does not wait longer than `interval` after the last frame, nor longer than it takes, at the rate at which lines came
 * last, until there is enough for a good frame: what comes fast is held up by no timer. The rate is taken from groups that
 * gathered while nothing waited, for a source that has used up its credit sends nothing meanwhile.
 */
import { type Clock, sleep } from '../../core/clock.ts';

export interface PaceSettings {
  /** How long few lines wait for others, in ms. */
  readonly interval: number;
  /** How many bytes are worth a frame at once. */
  readonly enough: number;
}

/** The timers of the machine are no finer than this, in ms. */
const SHORTEST_WAIT = 1;

export class Pace {
  readonly #settings: PaceSettings;
  readonly #clock: Clock;
  #lastGroup = Number.NEGATIVE_INFINITY;
  #lastFrame = Number.NEGATIVE_INFINITY;
  /** Whether the next group is written at once. */
  #isDue = false;
  #waiting: AbortController | undefined;
  #ended = false;

  constructor(settings: PaceSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Waits until a group of `bytes` bytes should be written. */
  async wait(bytes: number): Promise<void> {
    const now = this.#clock.monotonic();
    const gathering = now - this.#lastGroup;
    this.#lastGroup = now;
    const isDue = this.#isDue;
    this.#isDue = false;
    const { interval, enough } = this.#settings;
    if (this.#ended || isDue || bytes >= enough) return;
    const untilInterval = this.#lastFrame + interval - now;
    const untilEnough = ((enough - bytes) * gathering) / Math.max(bytes, 1);
    const delay = Math.min(untilInterval, untilEnough);
    if (delay < SHORTEST_WAIT) return;
    this.#waiting = new AbortController();
    await sleep(this.#clock, delay, this.#waiting.signal, { keepAlive: true });
    this.#waiting = undefined;
    this.#isDue = true;
    this.#lastGroup = this.#clock.monotonic();
  }

  /** Notes that a write has ended. One that `failed` is tried again without waiting. */
  wrote(failed: boolean): void {
    this.#lastFrame = this.#clock.monotonic();
    if (failed) this.#isDue = true;
  }

  /** Ends the wait that is under way. */
  hurry(): void {
    this.#waiting?.abort();
  }

  /** Ends the wait that is under way, and lets none begin any more. */
  end(): void {
    this.#ended = true;
    this.hurry();
  }
}
