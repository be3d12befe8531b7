/**
 * The query port: one command a connection, one answer, closed. See commands.ts for the commands.
 *
 * Invariants: at most `maxClients` are served at a time. Some more are told that they are too many; beyond those the system
 * connection is closed without a word, so that the number of descriptors is bounded. Each of both is counted as refused.
 */
import { Buffer } from 'node:buffer';
import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { formatAddress, listeningAddress } from '../core/format-address.ts';
import type { Figures } from '../core/ledger.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { Answers } from './answers.ts';
import { ERROR_ANSWERS, type QueryTarget } from './commands.ts';
import { toListenError } from './listen-error.ts';
import type { QueryPortOptions } from './query-options.ts';
import { QuerySession, type QueryTally } from './query-session.ts';
import { SearchDesk } from './search-desk.ts';

/** How many clients at a time are told that there are too many. */
const REFUSED_AT_A_TIME = 64;

/** How many connections the system holds before they are accepted. */
const BACKLOG = 1024;

/** How long answers under way may take when the port stops, in ms. */
const STOP_GRACE = 2_000;

const TOO_MANY = Buffer.from(ERROR_ANSWERS.tooManyClients);

/** What a query port is given beside its options. */
export interface QueryPortContext {
  readonly log?: Logger;
  readonly clock?: Clock;
}

/**
 * Listens for queries and answers them.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const port = new QueryPort(queryOptions.parse({ port: 0 }), target);
 * await port.start();
 * port.address(); // '127.0.0.1:40123'
 * await port.stop();
 * ```
 */
export class QueryPort {
  readonly #options: QueryPortOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #desk: SearchDesk;
  readonly #answers: Answers;
  readonly #tally: QueryTally = { answered: 0, refused: 0, timedOut: 0, tooLong: 0, tooLarge: 0, left: 0 };
  readonly #served = new Set<QuerySession>();
  readonly #refused = new Set<QuerySession>();
  #server: Server | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #isCrowded = false;

  constructor(options: QueryPortOptions, target: QueryTarget, context: QueryPortContext = {}) {
    this.#options = options;
    this.#log = context.log ?? silentLogger;
    this.#clock = context.clock ?? systemClock;
    this.#desk = new SearchDesk(
      { maxBytes: options.maxAnswerBytes, timeout: options.answerTimeout },
      this.#clock,
    );
    this.#answers = new Answers({
      target,
      desk: this.#desk,
      log: this.#log,
      clock: this.#clock,
      onTooLarge: () => this.#tally.tooLarge++,
    });
  }

  /**
   * Listens.
   *
   * @throws LogCasterError `LC_LISTEN_FAILED`
   */
  start(): Promise<void> {
    this.#starting ??= this.#listen();
    return this.#starting;
  }

  /** Where it listens: `127.0.0.1:9998`. */
  address(): string | undefined {
    return listeningAddress(this.#server);
  }

  /** Takes no more clients, gives answers under way two seconds, and closes. Safe before the start, and twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  /** Figures of its own, which the ledger does not hold: clients, and bytes of answers. */
  inspect(): Figures {
    return {
      clients: this.#served.size,
      ...this.#tally,
      answerBytes: this.#desk.held,
      waitingSearches: this.#desk.waiting,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(): Promise<void> {
    const { host, port, maxClients } = this.#options;
    // Half-open: `printf 'STATS\n' | nc -N` closes its side before it has the answer.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connect(socket));
    server.maxConnections = maxClients + REFUSED_AT_A_TIME;
    server.on('drop', () => this.#countRefused());
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(toListenError(formatAddress(host, port), 'queries', error)));
      server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', (error) => this.#log.error({ error }, `query port: ${messageOf(error)}`));
    this.#server = server;
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {}); // The caller of start() has the error.
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of this.#served) session.stop();
    const grace = this.#clock.after(STOP_GRACE, () => {
      for (const session of this.#sessions()) session.destroy();
    });
    await closed;
    await Promise.all(this.#sessions().map((session) => session.closed));
    grace.cancel();
  }

  #connect(socket: Socket): void {
    const sessions = this.#served.size < this.#options.maxClients ? this.#served : this.#refused;
    const session = new QuerySession(socket, {
      options: this.#options,
      answers: this.#answers,
      tally: this.#tally,
      clock: this.#clock,
      log: this.#log,
    });
    sessions.add(session);
    void session.closed.then(() => sessions.delete(session));
    if (sessions === this.#served) {
      // Said again only after most have left: at the limit clients come and go.
      if (this.#served.size <= this.#options.maxClients / 2) this.#isCrowded = false;
      session.serve();
    } else {
      this.#countRefused();
      session.refuse(TOO_MANY);
    }
  }

  #sessions(): QuerySession[] {
    return [...this.#served, ...this.#refused];
  }

  #countRefused(): void {
    this.#tally.refused++;
    if (this.#isCrowded) return;
    this.#isCrowded = true;
    this.#log.warn({ maxClients: this.#options.maxClients }, 'too many query clients: some are refused');
  }
}
