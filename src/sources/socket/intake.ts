/**
 * Takes in what connections read: asks for credit, emits, and lets wait what gets none.
 *
 * As long as there is credit, lines go straight through. A connection whose bytes get none is paused and waits for its
 * turn. As long as somebody waits, everybody else who sends something waits too, and new connections before they are read
 * at all. Each of them gives one chunk first, unless those that wait hold too much already: then all are held back, and
 * let go again a few at a time.
 *
 * Invariants: the order of a connection's lines is kept; a connection is never closed because credit is short; every line
 * is emitted, or counted as `abandoned` when the source ends before. What waits is bounded: nothing of a connection is read
 * while it waits, those that come, send and leave cannot pile up, and all of it together is at most the limit and a chunk.
 */
import type { Batch, Lines } from '../../core/batch.ts';
import type { SourceContext } from '../../core/component.ts';
import type { Connection } from './connection.ts';
import { nextPoll } from './event-loop.ts';
import { type Turn, Turns } from './turns.ts';

/** The most that Node reads from a socket at a time. */
const LARGEST_CHUNK = 64 * 1024;

export interface IntakeInit {
  readonly context: SourceContext;
  /** Those that are open. */
  readonly connections: Iterable<Connection>;
  /** How many bytes may wait for credit before all connections are held back. */
  readonly maxWaitingBytes: number;
  readonly emit: (batch: Batch) => void;
  /** Some that were held back have had their turn. */
  readonly onTurns: () => void;
}

export class Intake {
  readonly #context: SourceContext;
  readonly #emit: (batch: Batch) => void;
  readonly #turns: Turns<Connection>;
  readonly #connections: Iterable<Connection>;
  readonly #maxWaitingBytes: number;
  readonly #onTurns: () => void;
  /** Whose turn it is. */
  #served: Connection | undefined;
  #waitingBytes = 0;
  /** How many were let go in this turn of the event loop: each may bring a chunk. */
  #letGo = 0;
  /** Whether somebody was passed over because there was no room for what it may bring. */
  #hasPassed = false;
  #goesOnSoon = false;
  #hasEnded = false;

  constructor({ context, connections, maxWaitingBytes, emit, onTurns }: IntakeInit) {
    this.#context = context;
    this.#connections = connections;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#onTurns = onTurns;
    this.#emit = emit;
    this.#turns = new Turns(context.clock, (connection) => this.#serve(connection));
  }

  /** Bytes that wait for credit. */
  get waitingBytes(): number {
    return this.#waitingBytes;
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
    this.#holdBack(connection, bytes);
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
        const byteLength = byteLengthOf(lines);
        connection.pending.push({ lines, receivedAt, byteLength });
        this.#holdBack(connection, byteLength);
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

  #holdBack(connection: Connection, bytes: number): void {
    connection.heldBack += bytes;
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > this.#maxWaitingBytes && !this.#hasEnded) this.#holdAll();
  }

  /** Nobody who does not wait yet brings anything more. */
  #holdAll(): void {
    let isNew = false;
    for (const connection of this.#connections) {
      if (this.#turns.has(connection) || connection === this.#served) continue;
      connection.hold();
      this.#turns.wait(connection);
      isNew = true;
    }
    if (isNew) this.#context.note('heldBack');
  }

  /** Whether a connection may be read now: it may bring a chunk. */
  #mayLetGo(): boolean {
    const most = Math.floor((this.#maxWaitingBytes - this.#waitingBytes) / LARGEST_CHUNK);
    if (this.#letGo >= most) {
      this.#hasPassed = true;
      return false;
    }
    if (this.#letGo++ === 0) this.#goOnSoon();
    return true;
  }

  /** Gives more turns when those who were let go have brought what they have. */
  #goOnSoon(): void {
    if (this.#goesOnSoon) return;
    this.#goesOnSoon = true;
    void this.#goOnAfterPoll();
  }

  async #goOnAfterPoll(): Promise<void> {
    await nextPoll();
    this.#goesOnSoon = false;
    this.#letGo = 0;
    if (this.#hasEnded) return;
    this.#turns.run();
    this.#onTurns();
  }

  /** Gives a connection its turn: takes in what waits, and reads it again. */
  #serve(connection: Connection): Turn {
    const { peer, pending } = connection;
    if (connection.heldBack === 0 && connection.waitingBytes === 0) {
      if (!this.#mayLetGo()) return 'passed';
      connection.resume();
      return 'done';
    }
    for (let next = pending[0]; next; next = pending[0]) {
      if (!this.#hasCredit(next.byteLength)) return 'stop';
      const batch = this.#context.admit(next.lines, { peer, receivedAt: next.receivedAt });
      if (!batch) return 'stop';
      pending.shift();
      this.#giveBack(connection, next.byteLength);
      this.#emit(batch);
    }
    const { waitingBytes } = connection;
    if (waitingBytes > 0) {
      if (!this.#hasCredit(waitingBytes)) return 'stop';
      this.#served = connection;
      this.#giveBack(connection, connection.heldBack);
      connection.readWaiting();
      this.#served = undefined;
      // What was begun before came to it, and that was too much.
      if (pending.length > 0) return 'stop';
    }
    // It may have been closed meanwhile, with what waited.
    this.#giveBack(connection, connection.heldBack);
    if (!this.#mayLetGo()) {
      connection.hold();
      return 'behind';
    }
    connection.resume();
    return 'done';
  }

  #giveBack(connection: Connection, bytes: number): void {
    connection.heldBack -= bytes;
    this.#waitingBytes -= bytes;
    if (!this.#hasPassed || bytes === 0) return;
    // There is room now for somebody who was passed over.
    this.#hasPassed = false;
    this.#goOnSoon();
  }

  /** Whether lines of so many bytes would get credit. Cheaper than to make them first. */
  #hasCredit(bytes: number): boolean {
    const { credit } = this.#context;
    return !credit.closed && credit.available >= Math.min(bytes, credit.limit);
  }

  #abandon(connection: Connection): void {
    const { pending } = connection;
    this.#giveBack(connection, connection.heldBack);
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
