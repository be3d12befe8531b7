/**
 * Ends connections that say nothing. One timer for all of them, which costs nothing where lines flow: it compares how
 * often a connection was read with how often it had been the last time.
 *
 * Invariants: a connection that waits for credit is not idle; neither is one whose bytes have arrived and are only not
 * read yet because the process was busy.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { Connection } from './connection.ts';
import { nextPoll } from './event-loop.ts';

/** Sweeps in one timeout: a connection is ended at most a part of this late. */
const SWEEPS = 8;

/** The shortest and the longest time between two sweeps, in ms. */
const SHORTEST_INTERVAL = 10;
const LONGEST_INTERVAL = 10_000;

export interface IdleSweepInit {
  readonly clock: Clock;
  /** How long a connection may say nothing, in ms. */
  readonly timeout: number;
  readonly connections: Iterable<Connection>;
  readonly isWaiting: (connection: Connection) => boolean;
  readonly onIdle: (connection: Connection) => void;
}

interface Mark {
  reads: number;
  at: number;
}

export class IdleSweep {
  readonly #init: IdleSweepInit;
  readonly #timer: Timer;
  readonly #marks = new WeakMap<Connection, Mark>();
  #isStopped = false;

  /** Starts sweeping. */
  constructor(init: IdleSweepInit) {
    this.#init = init;
    const interval = Math.min(LONGEST_INTERVAL, Math.max(SHORTEST_INTERVAL, init.timeout / SWEEPS));
    this.#timer = init.clock.every(interval, () => this.#sweep());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.cancel();
  }

  #sweep(): void {
    const { clock, timeout, connections, isWaiting } = this.#init;
    const now = clock.monotonic();
    const idle: Connection[] = [];
    for (const connection of connections) {
      const mark = this.#marks.get(connection);
      if (!mark) {
        this.#marks.set(connection, { reads: connection.reads, at: now });
      } else if (mark.reads !== connection.reads || isWaiting(connection)) {
        mark.reads = connection.reads;
        mark.at = now;
      } else if (now - mark.at >= timeout) {
        idle.push(connection);
      }
    }
    if (idle.length > 0) void this.#end(idle);
  }

  async #end(idle: readonly Connection[]): Promise<void> {
    await nextPoll();
    if (this.#isStopped) return;
    for (const connection of idle) {
      const isIdle = this.#marks.get(connection)?.reads === connection.reads;
      if (!isIdle || this.#init.isWaiting(connection)) continue;
      // So that a sweep that overlaps with this one does not end it again.
      this.#marks.delete(connection);
      this.#init.onIdle(connection);
    }
  }
}
