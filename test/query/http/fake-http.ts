/** An HTTP server over lines in memory, and clients that speak to it over real sockets. */
import { Buffer } from 'node:buffer';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { Ledger } from '../../../src/core/ledger.ts';
import { type HttpOptions, httpOptions } from '../../../src/query/http/http-options.ts';
import { HttpServer } from '../../../src/query/http/http-server.ts';
import type { QueryPortOptions } from '../../../src/query/query-options.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { FakeRing, fakeAnswering } from '../fake-target.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeHttpInit {
  readonly http?: Partial<HttpOptions>;
  readonly query?: Partial<QueryPortOptions>;
  readonly clock?: Clock;
  readonly answerTimeout?: number;
}

/** A server; it is stopped when the test ends. */
export class FakeHttp {
  readonly log = new MemoryLogger();
  readonly ring: FakeRing;
  readonly server: HttpServer;
  readonly answering: ReturnType<typeof fakeAnswering>;
  state: 'starting' | 'ready' | 'stopping' = 'ready';
  readonly #agent = new Agent({ keepAlive: false });

  constructor(ring: FakeRing | undefined, init: FakeHttpInit = {}) {
    const { clock = systemClock, answerTimeout = 30_000 } = init;
    this.ring = ring ?? new FakeRing();
    this.answering = fakeAnswering(ring, init.query, clock);
    const target = {
      answering: this.answering,
      ledger: () => new Ledger().toJSON(),
      state: () => this.state,
    };
    const options = { ...httpOptions.parse({ port: 0 }), ...init.http };
    this.server = new HttpServer(options, target, { log: this.log, clock, answerTimeout });
  }

  static async start(lines: readonly (string | Buffer)[] = [], init: FakeHttpInit = {}): Promise<FakeHttp> {
    const fake = new FakeHttp(new FakeRing(lines), init);
    await fake.start();
    return fake;
  }

  async start(): Promise<void> {
    onTestFinished(async () => {
      this.answering.endTails();
      await this.server.stop();
    });
    await this.server.start();
  }

  get port(): number {
    return Number(this.server.address()!.split(':').at(-1));
  }

  figures(): Record<string, number> {
    return this.server.inspect() as Record<string, number>;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, path, method, headers, agent: this.#agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  /** Sends bytes; answers everything that comes until it is closed, whichever way. */
  async raw(bytes: string | Buffer): Promise<string> {
    const socket = await this.open();
    const text = gather(socket);
    socket.write(bytes);
    await text.closed;
    return text.soFar();
  }

  open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.port });
      onTestFinished(() => void socket.destroy());
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => {});
        resolve(socket);
      });
    });
  }

  /** Asks, and leaves the answer to whoever wants it. */
  async ask(path: string, headers = ''): Promise<{ socket: Socket; soFar(): string; closed: Promise<void> }> {
    const socket = await this.open();
    const text = gather(socket);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    return { socket, ...text };
  }
}

function gather(socket: Socket): { soFar(): string; closed: Promise<void> } {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return { soFar: () => Buffer.concat(chunks).toString(), closed };
}

/** The objects of an answer. */
export function objectsOf(body: string): Record<string, unknown>[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
