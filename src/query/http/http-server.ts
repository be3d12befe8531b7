/**
 * The HTTP server: it takes requests in, lets the guard judge them, and hands them to their route. See routes.ts for what can be asked,
 * and docs/openapi.json for how.
 *
 * Invariants: at most `maxClients` connections are served at a time; some more are told that they are too many, the system connection of
 * others is closed without a word. Requests of one connection are answered one after the other (turns.ts). No request may be larger,
 * or take longer to come, than its limits; a body is never read. The token is in no answer, no log entry and no figure.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../core/clock.ts';
import { LogCasterError, messageOf } from '../../core/errors.ts';
import { formatAddress, listeningAddress } from '../../core/format-address.ts';
import type { Figures } from '../../core/ledger.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { toListenError } from '../listen-error.ts';
import { readParameters } from '../questions/read-parameters.ts';
import { endRaw } from './end-raw.ts';
import { Exchange, type HttpTally } from './exchange.ts';
import { Guard } from './guard.ts';
import type { HttpOptions } from './http-options.ts';
import { type Problem, problemOf, toProblem } from './problem.ts';
import { hasBody, toTarget } from './request-target.ts';
import { ROUTES, type RoutesContext } from './routes.ts';
import { Turns } from './turns.ts';

/** How many connections at a time are told that there are too many. */
const REFUSED_AT_A_TIME = 64;

/** How many connections the system holds before they are accepted. */
const BACKLOG = 1024;

/** How long answers under way may take when the server stops, in ms. */
const STOP_GRACE = 2_000;

/** After so many ms of silence the system asks whether a client is still there. */
const KEEP_ALIVE = 30_000;

/** How often Node looks for requests that take too long, in ms. */
const CHECK_INTERVAL = 1_000;

const READ_ONLY = new Set(['GET', 'HEAD']);

/** What an HTTP server asks. */
export interface HttpTarget extends Omit<RoutesContext, 'clock' | 'heartbeat'> {}

/** What an HTTP server is given beside its options. */
export interface HttpServerContext {
  readonly log?: Logger;
  readonly clock?: Clock;
  /** How long a client may go without taking a part of its answer, in ms. */
  readonly answerTimeout: number;
}

/** Listens for requests and answers them. */
export class HttpServer {
  readonly #options: HttpOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #answerTimeout: number;
  readonly #guard: Guard;
  readonly #routes: RoutesContext;
  readonly #turns: Turns;
  readonly #tally: HttpTally = {
    answered: 0,
    wrong: 0,
    forbidden: 0,
    unauthorized: 0,
    refused: 0,
    timedOut: 0,
    left: 0,
  };
  readonly #connections = new Set<Socket>();
  /** Connections that are told that they are too many, when they have asked something. */
  readonly #excess = new WeakSet<Socket>();
  /** Connections that were told that theirs is no request. */
  readonly #told = new WeakSet<Duplex>();
  #server: Server | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #isCrowded = false;
  #onAnswered: (() => void) | undefined;

  constructor(options: HttpOptions, target: HttpTarget, context: HttpServerContext) {
    this.#options = options;
    this.#log = context.log ?? silentLogger;
    this.#clock = context.clock ?? systemClock;
    this.#answerTimeout = context.answerTimeout;
    this.#guard = new Guard(options);
    this.#turns = new Turns(options.maxPipelined);
    this.#routes = {
      answering: target.answering,
      ledger: () => target.ledger(),
      state: () => target.state(),
      clock: this.#clock,
      heartbeat: options.heartbeat,
    };
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

  /** Where it listens: `127.0.0.1:9997`. */
  address(): string | undefined {
    return listeningAddress(this.#server);
  }

  /** Takes no more connections, gives answers under way two seconds, and closes. Safe before the start, and twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  /** Figures of its own, which the ledger does not hold. */
  inspect(): Figures {
    return { clients: this.#connections.size, ...this.#tally };
  }

  async #listen(): Promise<void> {
    const { host, port, maxClients, requestTimeout, keepAliveTimeout, maxHeaderBytes, maxUrlBytes } =
      this.#options;
    const server = createServer(
      {
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE,
        // What Node would say by itself has none of our headers.
        requireHostHeader: false,
        // Node counts the URL with the headers.
        maxHeaderSize: maxHeaderBytes + maxUrlBytes,
        headersTimeout: requestTimeout,
        requestTimeout,
        keepAliveTimeout,
        connectionsCheckingInterval: Math.min(CHECK_INTERVAL, requestTimeout),
      },
      (request, response) => void this.#serve(request, response),
    );
    server.maxConnections = maxClients + REFUSED_AT_A_TIME;
    server.on('drop', () => this.#countRefused());
    server.on('connection', (socket) => this.#connect(socket));
    server.on('clientError', (error, socket) => this.#onClientError(error, socket));
    // What Node would answer by itself has no body and no headers of ours.
    server.on(
      'checkExpectation',
      (request, response) => void this.#serve(request, response, toProblem(417, 'no expectation can be met')),
    );
    server.on(
      'checkContinue',
      (request, response) => void this.#serve(request, response, toProblem(417, 'no body is expected')),
    );
    server.on('connect', (_request, socket) => {
      this.#tally.wrong++;
      this.#endRaw(socket, toProblem(405, 'this is no proxy'));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(toListenError(formatAddress(host, port), 'HTTP', error)));
      server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', (error) => this.#log.error({ error }, `HTTP: ${messageOf(error)}`));
    this.#server = server;
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {}); // The caller of start() has the error.
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // Node takes those on which nothing has been asked yet for busy: a browser has some in reserve.
    for (const socket of this.#connections) if (!this.#turns.isTaken(socket)) socket.destroy();
    const grace = this.#clock.after(STOP_GRACE, () => server.closeAllConnections());
    this.#onAnswered = () => setImmediate(() => server.closeIdleConnections());
    await closed;
    grace.cancel();
  }

  #connect(socket: Socket): void {
    // Said again only after most have left: at the limit clients come and go.
    if (this.#connections.size <= this.#options.maxClients / 2) this.#isCrowded = false;
    if (this.#connections.size >= this.#options.maxClients) {
      this.#countRefused();
      this.#excess.add(socket);
      return;
    }
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse, refusal?: Problem): Promise<void> {
    const { socket } = request;
    const exchange = this.#exchange(request, response);
    const turn = this.#turns.take(socket, exchange.over);
    if (!turn) {
      if (!socket.destroyed) this.#tally.refused++;
      socket.destroy();
      return;
    }
    if (!(await turn)) return;
    try {
      if (refusal) {
        exchange.closeBehind();
        this.#sendProblem(exchange, refusal);
      } else await this.#answer(exchange, request);
    } catch (error) {
      if (!(error instanceof LogCasterError) && !exchange.signal.aborted) {
        this.#log.warn({ error }, `a request failed: ${messageOf(error)}`);
      }
      if (exchange.hasBegun || exchange.signal.aborted) exchange.destroy();
      else this.#sendProblem(exchange, problemOf(error));
    }
  }

  async #answer(exchange: Exchange, request: IncomingMessage): Promise<void> {
    const { url = '', headers, method = '' } = request;
    if (!this.#server) exchange.closeBehind();
    if (this.#excess.has(request.socket)) {
      exchange.closeBehind();
      const later = { headers: { 'Retry-After': '1' } };
      return exchange.sendProblem(toProblem(503, 'there are too many clients', later));
    }
    if (headers.host === undefined && request.httpVersion !== '1.0') {
      exchange.closeBehind();
      return this.#sendProblem(exchange, toProblem(400, 'a request names its host'));
    }
    const target = toTarget(url, headers.host ?? '');
    const refusal = this.#guard.refuse(request, target?.host ?? headers.host ?? '');
    if (refusal !== undefined) {
      this.#tally.forbidden++;
      return exchange.sendProblem(
        refusal === 'host'
          ? toProblem(421, 'this host is not known here', {
              hint: 'Ask for localhost, or add the name to allowedHosts.',
            })
          : toProblem(403, 'requests from other sites are not answered'),
      );
    }
    if (url.length > this.#options.maxUrlBytes) {
      return this.#sendProblem(exchange, toProblem(414, `a URL may have ${this.#options.maxUrlBytes} bytes`));
    }
    const found = target && ROUTES.get(target.path);
    if (!found) return this.#sendProblem(exchange, toProblem(404, 'there is nothing here'));
    if (!READ_ONLY.has(method)) {
      return this.#sendProblem(
        exchange,
        toProblem(405, `only GET and HEAD`, { headers: { Allow: 'GET, HEAD' } }),
      );
    }
    if (hasBody(request)) {
      exchange.closeBehind();
      return this.#sendProblem(exchange, toProblem(413, 'no body is expected'));
    }
    if (!found.isOpen && !this.#guard.hasToken(request)) {
      this.#tally.unauthorized++;
      const challenge = { headers: { 'WWW-Authenticate': 'Bearer realm="logcaster"' } };
      return exchange.sendProblem(toProblem(401, 'a token is needed: Authorization: Bearer …', challenge));
    }
    await found.route(exchange, readParameters(target.query), this.#routes);
  }

  #sendProblem(exchange: Exchange, problem: Problem): void {
    if (problem.status < 500) this.#tally.wrong++;
    // What was sent with the request is not read.
    if (hasBody(exchange.request)) exchange.closeBehind();
    exchange.sendProblem(problem);
  }

  #exchange(request: IncomingMessage, response: ServerResponse): Exchange {
    response.on('close', () => this.#onAnswered?.());
    return new Exchange(request, response, {
      clock: this.#clock,
      answerTimeout: this.#answerTimeout,
      tally: this.#tally,
    });
  }

  /** What Node could not make a request of. */
  #onClientError(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Duplex): void {
    // What comes behind it is no request either.
    if (this.#told.has(socket) && error.code !== 'ECONNRESET') return;
    this.#told.add(socket);
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      this.#tally.timedOut++;
      return this.#endRaw(socket, toProblem(408, 'the request took too long'));
    }
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#tally.wrong++;
    if (error.code !== 'HPE_HEADER_OVERFLOW')
      return this.#endRaw(socket, toProblem(400, 'this is no HTTP request'));
    const { maxHeaderBytes, maxUrlBytes } = this.#options;
    const begin = error.rawPacket?.toString('latin1', 0, maxHeaderBytes + maxUrlBytes) ?? '';
    this.#endRaw(
      socket,
      /^[A-Z]+ \S*$/.test(begin)
        ? toProblem(414, 'the URL is too long')
        : toProblem(431, 'the headers are too large'),
    );
  }

  /** Answers what is no request, behind the answers to the requests that came before it. */
  #endRaw(socket: Duplex, problem: Problem): void {
    void endRaw(socket, problem, { clock: this.#clock, before: this.#turns.over(socket) });
  }

  #countRefused(): void {
    this.#tally.refused++;
    if (this.#isCrowded) return;
    this.#isCrowded = true;
    this.#log.warn({ maxClients: this.#options.maxClients }, 'too many HTTP clients: some are refused');
  }
}
