/**
 * Requests of one connection get their turns one after the other, as their answers go out: a client that sends many at once
 * (pipelining) takes no more of the server than one that waits.
 *
 * Invariants: of each connection one request is being answered; so many more wait, and what comes with still more is no business
 * of the server. Whoever waits is told when its turn has come, and that it never will when the connection is gone.
 */
import type { Duplex } from 'node:stream';

/** What is known of a connection with requests. */
interface Line {
  /** Settles when the last of its requests has had its turn. */
  last: Promise<void>;
  /** How many have not had their turn yet, the one that has it included. */
  length: number;
}

/** Lets requests wait for those that came before them. */
export class Turns {
  readonly #most: number;
  readonly #lines = new WeakMap<Duplex, Line>();

  /** @param most - how many may wait on a connection */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Lets a request wait for its turn, which lasts until `over`.
   *
   * @returns whether the turn has come in time: the connection is still there; `undefined` at once if too many wait
   */
  take(socket: Duplex, over: Promise<void>): Promise<boolean> | undefined {
    const line = this.#lines.get(socket) ?? { last: Promise.resolve(), length: 0 };
    if (line.length > this.#most) return undefined;
    this.#lines.set(socket, line);
    line.length++;
    const before = line.last;
    line.last = leave(line, Promise.all([before, over]));
    return isThere(socket, before);
  }

  /** Whether a request of this connection has its turn, or waits for it. */
  isTaken(socket: Duplex): boolean {
    return (this.#lines.get(socket)?.length ?? 0) > 0;
  }

  /** Resolves when nobody has or waits for a turn on this connection. */
  async over(socket: Duplex): Promise<void> {
    await this.#lines.get(socket)?.last;
  }
}

async function leave(line: Line, over: Promise<unknown>): Promise<void> {
  await over;
  line.length--;
}

async function isThere(socket: Duplex, before: Promise<void>): Promise<boolean> {
  await before;
  return !socket.destroyed;
}
