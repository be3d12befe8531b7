/**
 * The end of the connections that are open when a source stops.
 *
 * Closing a socket with unread bytes loses them although the sender was told that they were sent. So each connection is
 * read on until the kernel has nothing left of it: everything that had arrived is then in the lines. After that the other
 * end is told (half-close), so that a well-behaved one flushes what it has, ends too, and is read to its end. One that says
 * nothing for {@link QUIET} is closed; one that goes on sending is closed after {@link LONGEST}.
 *
 * Invariants: a connection that has to wait for credit before it has given what had arrived is not closed, however long it
 * takes: that is the pipeline's deadline to decide. One that never lets the kernel's buffer get empty is closed when all that
 * was there at the start has been read, but not within {@link LONGEST}.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { Connection } from './connection.ts';
import { nextPoll } from './event-loop.ts';

/** Time between two looks, in ms. */
const TICK = 20;

/** How long nothing must come, in ms. */
const QUIET = 100;

/** How long a connection may go on after what had arrived is read, in ms. */
const LONGEST = 1_000;

export interface DrainInit {
  readonly clock: Clock;
  /** The open connections; each leaves the set when it is closed. */
  readonly connections: ReadonlySet<Connection>;
  readonly isWaiting: (connection: Connection) => boolean;
  /** The most bytes that had been sent on a connection at the start and not been read. */
  readonly unread: (connection: Connection) => number;
  /** A connection was closed that was still sending. */
  readonly onCut: (connection: Connection) => void;
}

interface Progress {
  /** The number of bytes with which all is read that had been sent at the start. */
  readonly bytesToRead: number;
  /** When the kernel's buffer was found empty. */
  emptySince: number | undefined;
  /** When something came the last time, as far as is known. */
  lastRead: number;
  reads: number;
}

export class Drain {
  readonly #init: DrainInit;
  readonly #progress = new Map<Connection, Progress>();
  #timer: Timer | undefined;
  #startedAt = 0;
  #isPressing = false;
  #isStopped = false;

  constructor(init: DrainInit) {
    this.#init = init;
  }

  start(): void {
    const now = this.#init.clock.monotonic();
    this.#startedAt = now;
    for (const connection of this.#init.connections) {
      const { reads, bytesRead } = connection;
      this.#progress.set(connection, {
        bytesToRead: bytesRead + this.#init.unread(connection),
        emptySince: undefined,
        lastRead: now,
        reads,
      });
    }
    void this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { connections, isWaiting, clock } = this.#init;
    const reads = new Map<Connection, number>();
    for (const connection of connections) {
      if (!isWaiting(connection)) reads.set(connection, connection.reads);
    }
    await nextPoll();
    for (const connection of connections) {
      if (this.#isStopped) return;
      // Of one that has waited in between one cannot know.
      if (!isWaiting(connection)) this.#judge(connection, reads.get(connection) === connection.reads);
    }
    if (this.#isStopped || connections.size === 0) return;
    if (!this.#isPressing && clock.monotonic() - this.#startedAt >= LONGEST) this.#press();
    this.#timer = clock.after(TICK, () => void this.#look());
  }

  /** From here on no connection gives more than what had been sent at the start. */
  #press(): void {
    this.#isPressing = true;
    const { connections, onCut } = this.#init;
    for (const connection of connections) {
      connection.cutAt(this.#progress.get(connection)!.bytesToRead, () => onCut(connection));
    }
  }

  #judge(connection: Connection, isEmpty: boolean): void {
    const { clock, onCut } = this.#init;
    const progress = this.#progress.get(connection)!;
    const now = clock.monotonic();
    if (progress.reads !== connection.reads) progress.lastRead = now;
    progress.reads = connection.reads;
    if (isEmpty && progress.emptySince === undefined) {
      progress.emptySince = now;
      progress.lastRead = now;
      connection.finish();
    } else if (progress.emptySince !== undefined && now - progress.lastRead >= QUIET) {
      connection.destroy();
    } else if (progress.emptySince !== undefined && now - progress.emptySince >= LONGEST) {
      onCut(connection);
      connection.destroy();
    }
  }
}
