/**
 * One client of the query port: its command is read, answered, and the connection closed.
 *
 *     reading ── a line, or half-close ──▶ answering ── all sent ──▶ closing ── client closes, or LINGER ──▶ gone
 *
 * Invariants:
 * - In every state a timer runs, or our own search does: no client stays for as long as it likes. But a tail does, while it takes
 *   what comes; of those there are `maxTails`.
 * - What the client sends behind its command is read and thrown away. Closing a socket with unread bytes resets the
 *   connection, and a reset can destroy an answer that is still on its way.
 * - A client that leaves ends its search, and frees its answer, at once.
 */
import type { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Answers } from './answers.ts';
import { type CommandLine, CommandReader, TOO_LONG } from './command-reader.ts';
import type { QueryPortOptions } from './query-options.ts';

/** How long after the answer the client may go on sending before it is closed, in ms. */
const LINGER = 2_000;

/** After so many ms of silence the system asks whether a client is still there: that of a tail in which nothing comes. */
const KEEP_ALIVE = 30_000;

/** After so many bytes in a row the event loop gets its turn: a fast client is served without a pause otherwise. */
const BYTES_PER_TURN = 256 * 1024;

/** What became of clients. */
export interface QueryTally {
  /** Clients that got their answer, also if it was an error. */
  answered: number;
  /** Clients that were too many. */
  refused: number;
  /** Clients that took too long to send a command, or to take the answer. */
  timedOut: number;
  /** Commands that were longer than `maxCommandBytes`. */
  tooLong: number;
  /** Searches that failed for `maxAnswerBytes`: they found too much, or waited too long for what others held. */
  tooLarge: number;
  /** Clients that left before they had their answer; tails end that way, too. */
  left: number;
}

/** What a session is given. */
export interface SessionContext {
  readonly options: QueryPortOptions;
  readonly answers: Answers;
  readonly tally: QueryTally;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Serves one client. */
export class QuerySession {
  /** Fulfilled when the connection is closed and nothing is left of it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #context: SessionContext;
  readonly #reader: CommandReader;
  /** Aborted when the connection is closed, whoever closed it. */
  readonly #gone = new AbortController();
  #state: 'reading' | 'answering' | 'closing' = 'reading';
  #timer: Timer | undefined;
  #sentInTurn = 0;

  constructor(socket: Socket, context: SessionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#reader = new CommandReader(context.options.maxCommandBytes);
    // A client that has half-closed and then vanishes says nothing more: only the system can find out.
    socket.setKeepAlive(true, KEEP_ALIVE);
    // Without a listener the first reset would end the process; `close` follows and does the rest.
    socket.on('error', (error) => context.log.debug({ error }, `query client: ${messageOf(error)}`));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#onClose();
        resolve();
      });
    });
  }

  /** Reads a command and answers it. */
  serve(): void {
    const { options, answers } = this.#context;
    const onCommand = (line: CommandLine): void => {
      this.#timer?.cancel();
      this.#state = 'answering';
      if (line === TOO_LONG) this.#context.tally.tooLong++;
      void this.#send(answers.answer(line, this.#gone.signal));
    };
    // One deadline for the whole command: a byte now and then does not keep a place.
    this.#limit(options.idleTimeout, 'sent no command');
    this.#socket.on('data', (chunk: Buffer) => {
      const line = this.#state === 'reading' ? this.#reader.push(chunk) : undefined;
      if (line !== undefined) onCommand(line);
    });
    this.#socket.on('end', () => {
      if (this.#state === 'reading') onCommand(this.#reader.end());
    });
  }

  /** Says something, whatever the client sends, and closes. */
  refuse(answer: Buffer): void {
    this.#state = 'answering';
    this.#socket.resume();
    void this.#send([answer]);
  }

  /** Lets go of the client, unless it is being answered. */
  stop(): void {
    if (this.#state === 'reading') this.destroy();
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#state = 'closing';
    this.#socket.destroy();
  }

  async #send(parts: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const part of parts) {
        await this.#write(part);
        // What is gone needs no more of its answer.
        this.#gone.signal.throwIfAborted();
      }
      this.#close();
    } catch (error) {
      if (!this.#gone.signal.aborted && !this.#socket.destroyed) {
        this.#context.log.error({ error }, `query client: ${messageOf(error)}`);
      }
      this.#socket.destroy();
    }
  }

  /** Hands bytes to the system, and waits until it has all of them. */
  async #write(bytes: Buffer): Promise<void> {
    this.#limit(this.#context.options.answerTimeout, 'did not take its answer');
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    this.#timer?.cancel();
    this.#sentInTurn += bytes.length;
    if (this.#sentInTurn < BYTES_PER_TURN) return;
    this.#sentInTurn = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #close(): void {
    this.#state = 'closing';
    this.#context.tally.answered++;
    this.#timer = this.#context.clock.after(LINGER, () => this.#socket.destroy());
    this.#socket.end();
  }

  /** From now on the client has so many ms for the next step. */
  #limit(timeout: number, fault: string): void {
    this.#timer = this.#context.clock.after(timeout, () => {
      this.#context.tally.timedOut++;
      this.#context.log.info({ client: this.#socket.remoteAddress }, `closed a query client that ${fault}`);
      this.destroy();
    });
  }

  #onClose(): void {
    this.#timer?.cancel();
    this.#gone.abort();
    if (this.#state !== 'closing') this.#context.tally.left++;
    this.#state = 'closing';
  }
}
