/**
 * The listening socket: accepts connections, paused and half open, and refuses those over the limit.
 */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { nextPoll } from './event-loop.ts';

/**
 * Node stops reading a paused socket when it holds so many bytes. One is as good as any: a chunk is handed over at once
 * while the socket flows, and a paused one keeps a single chunk.
 */
const HIGH_WATER_MARK = 1;

/** How long a connection says nothing before the kernel asks whether the other end is still there, in ms. */
const KEEP_ALIVE_DELAY = 60_000;

export interface ListenerInit {
  readonly keepAlive: boolean;
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
  readonly maxConnections: number;
  readonly onConnection: (socket: Socket) => void;
  readonly onRefused: () => void;
  /** Accepting failed; it goes on. */
  readonly onError: (error: Error) => void;
}

export class Listener {
  readonly #server: Server;
  readonly #backlog: number;
  readonly #onError: (error: Error) => void;
  #seen = 0;

  constructor(init: ListenerInit) {
    this.#backlog = init.backlog;
    this.#onError = init.onError;
    this.#server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      highWaterMark: HIGH_WATER_MARK,
      keepAlive: init.keepAlive,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    });
    this.#server.maxConnections = init.maxConnections;
    this.#server.on('connection', (socket) => {
      this.#seen++;
      init.onConnection(socket);
    });
    this.#server.on('drop', () => {
      this.#seen++;
      init.onRefused();
    });
  }

  /** How many connections it may have from now on; those that there are stay. */
  set maxConnections(count: number) {
    this.#server.maxConnections = count;
  }

  /** Where it listens; the port is the real one, also after port 0. */
  address(): ReturnType<Server['address']> {
    return this.#server.address();
  }

  /** Listens; rejects with the system's error. */
  listen(where: ListenOptions): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...where, backlog: this.#backlog }, () => {
        server.off('error', reject);
        server.on('error', this.#onError);
        resolve();
      });
    });
  }

  /**
   * Accepts those who are connected as far as they know but wait in the kernel, where closing would reset them. New ones
   * may keep coming; those who were there before are among the first of a full backlog.
   */
  async acceptWaiting(): Promise<void> {
    const last = this.#seen + this.#backlog + 1;
    let before: number;
    // libuv accepts one connection each time around the event loop.
    do {
      before = this.#seen;
      await nextPoll();
    } while (this.#seen > before && this.#seen < last);
  }

  /** Accepts nothing more. The connections stay. Safe before listening, and twice. */
  close(): void {
    if (this.#server.listening) this.#server.close();
  }
}
