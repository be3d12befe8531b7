/**
 * One request and its answer: headers that every answer has, parts that are written one after the other as the client takes them,
 * and a signal that is aborted when it leaves.
 *
 * Invariant: what is written and not yet taken is one part. A client that takes nothing for too long is closed.
 */
import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { Problem } from './problem.ts';

/** After so many bytes in a row the event loop gets its turn: a fast client is served without a pause otherwise. */
const BYTES_PER_TURN = 256 * 1024;

const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** What became of requests. */
export interface HttpTally {
  /** Requests that got their answer. */
  answered: number;
  /** Of these, requests that were wrong: 4xx, but for those of the two lines below. */
  wrong: number;
  /** Requests for a host that is not allowed, or from another site. */
  forbidden: number;
  /** Requests without the token. */
  unauthorized: number;
  /** Connections that were too many, or on which too many requests waited. */
  refused: number;
  /** Clients that took too long to send a request, or to take the answer. */
  timedOut: number;
  /** Clients that left before they had their answer; tails end that way, too. */
  left: number;
}

/** What an exchange needs. */
export interface ExchangeContext {
  readonly clock: Clock;
  /** How long a client may go without taking a part, in ms. */
  readonly answerTimeout: number;
  readonly tally: HttpTally;
}

/** A request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  /** Resolves when it has its answer, or will never have it. */
  readonly over: Promise<void>;
  readonly #response: ServerResponse;
  readonly #context: ExchangeContext;
  readonly #gone = new AbortController();
  #sentInTurn = 0;
  /** It was closed here, and not by the client. */
  #isClosed = false;

  constructor(request: IncomingMessage, response: ServerResponse, context: ExchangeContext) {
    this.request = request;
    this.#response = response;
    this.#context = context;
    response.on('error', () => {}); // `close` follows.
    this.over = new Promise((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished && !this.#isClosed) this.#context.tally.left++;
        this.#gone.abort(new Error('the client is gone'));
        resolve();
      });
    });
  }

  /** Aborted when the client is gone, and when it has its answer. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get isHead(): boolean {
    return this.request.method === 'HEAD';
  }

  /** Whether it is too late for an answer with another status. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Says that this is the last answer on the connection. */
  closeBehind(): void {
    this.#response.setHeader('Connection', 'close');
  }

  /** Begins an answer. */
  begin(status: number, headers: Readonly<Record<string, string | number>>): void {
    this.#response.writeHead(status, { ...COMMON_HEADERS, ...headers });
    if (status !== 200) return;
    // What comes may take its time.
    this.#response.flushHeaders();
  }

  /** Hands bytes to the system, and waits until it has all of them. @throws when the client is gone */
  async write(bytes: Buffer): Promise<void> {
    const { clock, answerTimeout, tally } = this.#context;
    this.signal.throwIfAborted();
    const timer = clock.after(answerTimeout, () => {
      tally.timedOut++;
      this.destroy();
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => reject(this.signal.reason as Error);
        this.signal.addEventListener('abort', leave, { once: true });
        this.#response.write(bytes, (error) => {
          this.signal.removeEventListener('abort', leave);
          if (error) reject(error);
          else resolve();
        });
      });
    } finally {
      timer.cancel();
    }
    this.#sentInTurn += bytes.length;
    if (this.#sentInTurn < BYTES_PER_TURN) return;
    this.#sentInTurn = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Ends the answer. */
  end(): void {
    this.#context.tally.answered++;
    this.#response.end();
  }

  /** A whole answer. */
  send(
    status: number,
    contentType: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    this.begin(status, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      ...headers,
    });
    if (!this.isHead) this.#response.write(body);
    this.end();
  }

  sendJson(status: number, value: unknown): void {
    this.send(status, 'application/json', `${JSON.stringify(value)}\n`);
  }

  sendProblem({ status, body, headers }: Problem): void {
    this.send(status, 'application/problem+json', `${JSON.stringify(body)}\n`, headers);
  }

  /** Closes the connection at once: the client sees that the answer is not complete. */
  destroy(): void {
    this.#isClosed = true;
    this.#response.destroy();
  }
}
