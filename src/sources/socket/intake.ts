/**
 * Takes in what connections read: asks for credit, emits, and lets wait what gets none.
 *
 * As long as there is credit, lines go straight through. A connection whose bytes get none is paused and waits for its
 * turn. As long as somebody waits, everybody else who sends something waits too, and new connections before they are read
 * at all.
 *
 * Invariants: the order of a connection's lines is kept; a connection is never closed because credit is short; every line
 * is emitted, or counted as `abandoned` when the source ends before. What waits is bounded: nothing of a connection is read
 * while it waits, and those that come, send and leave cannot pile up.
 */
import type { Batch, Lines } from '../../core/batch.ts';
import type { SourceContext } from '../../core/component.ts';
import type { Connection } from './connection.ts';
import { Turns } from './turns.ts';

export class Intake {
  readonly #context: SourceContext;
  readonly #emit: (batch: Batch) => void;
  readonly #turns: Turns<Connection>;
  /** Whose turn it is. */
  #served: Connection | undefined;
  #hasEnded = false;

  constructor(context: SourceContext, emit: (batch: Batch) => void) {
    this.#context = context;
    this.#emit = emit;
    this.#turns = new Turns(context.clock, (connection) => this.#serve(connection));
  }

  /** How many connections wait for credit. */
  get waiting(): number {
    return this.#turns.size;
  }

  /** For how many ms, all in all, connections have waited for credit. */
  get paused(): number {
    return this.#turns.elapsed;
  }

  isWaiting(connection: Connection): boolean {
    return this.#turns.has(connection);
  }

  /** Reads a new connection, as soon as it is its turn. */
  add(connection: Connection): void {
    if (this.#turns.size > 0) this.#turns.wait(connection);
    else connection.resume();
  }

  /** Whether a connection may take in a chunk of so many bytes; if not, it waits for its turn. */
  accepts(connection: Connection, bytes: number): boolean {
    if (this.#hasEnded || connection === this.#served) return true;
    if (this.#turns.size === 0 && this.#hasCredit(bytes)) return true;
    this.#turns.wait(connection);
    return false;
  }

  /** Takes in what a chunk completed: one or two runs of lines, or none. */
  read(connection: Connection, runs: readonly Lines[]): void {
    if (runs.length === 0) return;
    const receivedAt = this.#context.clock.now();
    const { peer } = connection;
    let mustWait = this.#turns.size > 0 && connection !== this.#served;
    for (const lines of runs) {
      // What takes a batch can end the source.
      const batch = mustWait || this.#hasEnded ? undefined : this.#context.admit(lines, { peer, receivedAt });
      if (batch) {
        this.#emit(batch);
      } else {
        connection.pending.push({ lines, receivedAt, byteLength: byteLengthOf(lines) });
        mustWait = true;
      }
    }
    if (this.#hasEnded) {
      this.#abandon(connection);
    } else if (mustWait) {
      connection.pause();
      this.#turns.wait(connection);
    }
  }

  /** There may be credit again: emits what waits. */
  takeTurns(): void {
    this.#turns.run();
  }

  /** Emits nothing from here on, and counts what waits as abandoned. */
  end(): void {
    this.#hasEnded = true;
    for (const connection of this.#turns.clear()) this.#abandon(connection);
  }

  /** Gives a connection its turn: takes in what waits and reads it again; answers `false` without enough credit. */
  #serve(connection: Connection): boolean {
    const { peer, pending } = connection;
    for (let next = pending[0]; next; next = pending[0]) {
      if (!this.#hasCredit(next.byteLength)) return false;
      const batch = this.#context.admit(next.lines, { peer, receivedAt: next.receivedAt });
      if (!batch) return false;
      pending.shift();
      this.#emit(batch);
    }
    const { waitingBytes } = connection;
    if (waitingBytes > 0) {
      if (!this.#hasCredit(waitingBytes)) return false;
      this.#served = connection;
      connection.readWaiting();
      this.#served = undefined;
      // What was begun before came to it, and that was too much.
      if (pending.length > 0) return false;
    }
    connection.resume();
    return true;
  }

  /** Whether lines of so many bytes would get credit. Cheaper than to make them first. */
  #hasCredit(bytes: number): boolean {
    const { credit } = this.#context;
    return !credit.closed && credit.available >= Math.min(bytes, credit.limit);
  }

  #abandon({ pending }: Connection): void {
    let lines = 0;
    let bytes = 0;
    for (const next of pending.splice(0)) {
      lines += next.lines.bounds.length / 2;
      bytes += next.byteLength;
    }
    if (lines > 0) this.#context.discard('abandoned', lines, { intentional: false, bytes });
  }
}

/** What lines cost; those of a framer are contiguous. */
function byteLengthOf({ bounds }: Lines): number {
  return bounds.at(-1)! + 1 - bounds[0]!;
}
