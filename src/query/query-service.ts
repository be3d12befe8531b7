/**
 * Everything that answers questions to a collector from outside: the query port and the HTTP server, on the same answers and within
 * the same limits.
 */
import type { Clock } from '../core/clock.ts';
import type { Figures, LedgerStatement } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import { Answering, type LinesPlace } from './answering/answering.ts';
import type { QueryTarget } from './commands.ts';
import type { HttpServer } from './http/http-server.ts';
import { type QueryPortOptions, queryOptions } from './query-options.ts';
import { QueryPort } from './query-port.ts';

/** What the service asks of a collector. */
export interface ServiceTarget extends LinesPlace, Omit<QueryTarget, 'answering'> {
  ledger(): LedgerStatement;
  /** Whether lines are taken in. */
  state(): 'starting' | 'ready' | 'stopping';
}

/** What the service is given beside its options. */
export interface ServiceContext {
  readonly log: Logger;
  readonly clock: Clock;
}

/** Answers questions. */
export class QueryService {
  readonly answering: Answering;
  readonly #port: QueryPort | undefined;
  #http: HttpServer | undefined;
  /** Makes the HTTP server, if there is to be one. */
  readonly #makeHttp: (() => Promise<HttpServer>) | undefined;

  /** @param options - absent: nobody listens, and the limits are the usual ones, for questions of the program itself */
  constructor(options: QueryPortOptions | undefined, target: ServiceTarget, { log, clock }: ServiceContext) {
    this.answering = new Answering(options ?? queryOptions.parse({}), target, clock);
    if (!options) return;
    const { answering } = this;
    const portTarget: QueryTarget = {
      answering,
      searchable: () => target.searchable(),
      counters: () => target.counters(),
      ledger: () => target.ledger(),
    };
    this.#port = new QueryPort(options, portTarget, { log, clock });
    const { http, answerTimeout } = options;
    if (!http) return;
    const httpTarget = { answering, ledger: () => target.ledger(), state: () => target.state() };
    this.#makeHttp = async () => {
      // Node's own server is large: loaded only by those who want it.
      const server = await import('./http/http-server.ts');
      return new server.HttpServer(http, httpTarget, { log, clock, answerTimeout });
    };
  }

  /** Listens, everywhere or nowhere. @throws LogCasterError `LC_LISTEN_FAILED` */
  async start(): Promise<void> {
    try {
      await this.#port?.start();
      this.#http ??= await this.#makeHttp?.();
      await this.#http?.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Where it listens. */
  addresses(): { readonly query?: string; readonly http?: string } {
    const query = this.#port?.address();
    const http = this.#http?.address();
    return { ...(query !== undefined && { query }), ...(http !== undefined && { http }) };
  }

  /** Ends tails, gives answers under way a moment, and closes. Safe twice. */
  async stop(): Promise<void> {
    this.answering.endTails();
    await Promise.all([this.#port?.stop(), this.#http?.stop()]);
  }

  /** What it does at the moment, and what it has done: the figures of the query port, and those of questions and of HTTP. */
  inspect(): Figures {
    return {
      ...this.#port?.inspect(),
      questions: this.answering.inspect(),
      ...(this.#http && { http: this.#http.inspect() }),
    };
  }
}
