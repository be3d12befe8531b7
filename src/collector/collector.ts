/**
 * A collector: a running topology with its query port. This is what the command line runs and what programs embed.
 */
import { Observable } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { LogCasterError } from '../core/errors.ts';
import { type FileSystem, systemFileSystem } from '../core/file-system.ts';
import type { LedgerStatement, ProcessStatement } from '../core/ledger.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { FoundLines, SearchOptions, SearchQuery, SearchResult } from '../core/search.ts';
import { type Expression, parseExpression } from '../expression/expression.ts';
import { Runtime } from '../pipeline/runtime.ts';
import type { Topology } from '../pipeline/topology.ts';
import type { CountResult } from '../query/answering/count-lines.ts';
import type { SearchSummary } from '../query/answering/summary.ts';
import type { TailEvent } from '../query/answering/tail-lines.ts';
import type { QueryPortOptions } from '../query/query-options.ts';
import { QueryService, type ServiceTarget } from '../query/query-service.ts';
import type { CountQuestion, SearchQuestion, TailQuestion } from '../query/questions/question.ts';
import { CollectedLines } from './lines-place.ts';

/**
 * What a collector runs.
 *
 * @internal
 */
export interface CollectorSettings {
  readonly topology: Topology;
  /** Absent: nobody listens for queries. */
  readonly query?: QueryPortOptions | undefined;
  /** How long a stop may take, in ms. */
  readonly stopTimeout: number;
  /** A pause of the event loop that is longer is logged, in ms. */
  readonly loopLag: number;
}

/**
 * The seams, and who is told. The machine's own, and nobody, by default.
 *
 * @remarks Since 0.1.0
 */
export interface CollectorEnvironment {
  /** Tells the time and sets timers. @defaultValue the machine's */
  readonly clock?: Clock;
  /** Where files are. @defaultValue the machine's */
  readonly fs?: FileSystem;
  /** Is told what the collector does; a pino logger fits. @defaultValue nobody */
  readonly log?: Logger;
}

/**
 * What a collector is asked to find.
 *
 * @remarks Since 0.1.0
 */
export interface CollectorQuery extends Omit<SearchQuery, 'where'> {
  /** An expression that lines must match: see docs/search.md. */
  readonly where?: string | Expression;
}

/**
 * A question of a program: its expression may be a text.
 *
 * @remarks Since 0.1.0
 */
export type Ask<Question extends { readonly where?: Expression | undefined }> = Omit<Question, 'where'> & {
  /** What a line must match; absent: every line. */
  readonly where?: string | Expression | undefined;
};

/**
 * A collector that runs. It is made by `startCollector`, and stops when it is told to, or at the end of `await using`.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * await using collector = await startCollector({
 *   sources: { made: { type: 'generate', count: 3, rate: 1000 } },
 *   pipelines: { main: { from: 'made', to: 'ring' } },
 *   sinks: { ring: { type: 'ring' } },
 * });
 * await collector.sourcesEnded;
 * console.log(collector.ledger().sources['made']?.received); // 3
 * ```
 */
export class Collector {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #runtime: Runtime;
  readonly #lines: CollectedLines;
  readonly #startedAt: number;
  #settings: CollectorSettings;
  #service: QueryService;
  #state: 'starting' | 'ready' | 'stopping' = 'starting';

  private constructor(settings: CollectorSettings, environment: CollectorEnvironment) {
    this.#settings = settings;
    this.#clock = environment.clock ?? systemClock;
    this.#startedAt = this.#clock.monotonic();
    this.#log = environment.log ?? silentLogger;
    this.#runtime = new Runtime({
      clock: this.#clock,
      log: this.#log,
      fs: environment.fs ?? systemFileSystem,
    });
    this.#runtime.loop.threshold = settings.loopLag;
    this.#lines = new CollectedLines(this.#runtime, () => this.#settings.topology, this.#clock);
    this.#service = this.#makeService(settings.query);
  }

  /**
   * Starts a collector. If a part of it cannot start, nothing of it runs.
   *
   * @internal
   * @throws LogCasterError `LC_LISTEN_FAILED`, `LC_DIRECTORY_…`, or what a component throws
   */
  static async start(
    settings: CollectorSettings,
    environment: CollectorEnvironment = {},
  ): Promise<Collector> {
    const collector = new Collector(settings, environment);
    // Ports first: one that is taken shows before a directory is made.
    await collector.#service.start();
    try {
      await collector.#runtime.change(settings.topology);
    } catch (error) {
      await collector.#service.stop();
      throw error;
    }
    collector.#state = 'ready';
    return collector;
  }

  /**
   * Where components, the query port (`query`) and the HTTP server (`http`) listen or write, by name:
   * `{ tcp: '127.0.0.1:9999', files: '/var/log/app' }`.
   */
  get addresses(): Readonly<Record<string, string>> {
    return { ...this.#runtime.addresses(), ...this.#service.addresses() };
  }

  /** Resolves when every source has ended by itself (standard input, say): there is nothing more to come. */
  get sourcesEnded(): Promise<void> {
    return this.#runtime.sourcesEnded;
  }

  /**
   * The batches that leave a pipeline, from now on. Watching them changes nothing: a watcher that is slow holds up nobody but
   * the whole process, and has no delivery to release.
   *
   * @param pipeline - its name; not needed where there is only one
   * @throws LogCasterError `LC_PIPELINE_UNKNOWN`
   */
  batches$(pipeline?: string): Observable<Batch> {
    const names = [...this.#settings.topology.pipelines.keys()];
    const name = pipeline ?? (names.length === 1 ? names[0]! : '');
    const batches$ = this.#runtime.batches$(name);
    if (batches$) return batches$;
    throw new LogCasterError('LC_PIPELINE_UNKNOWN', `there is no pipeline "${name}"`, {
      hint: `there is: ${names.join(', ')}`,
    });
  }

  /**
   * Finds lines in a sink that can be searched (a ring), oldest first.
   *
   * @param query - a keyword, an expression, or both, and the times between which lines were received
   * @param options - limits of the search, and the name of the sink; by default the first one that can be searched
   * @throws LogCasterError `LC_SEARCH_UNAVAILABLE`, `LC_SEARCH_TOO_LARGE`, `LC_EXPRESSION_INVALID`
   * @example
   * ```ts
   * const collector = await startCollector({
   *   sources: { made: { type: 'generate', count: 100 } },
   *   pipelines: { main: { from: 'made', to: 'ring' } },
   *   sinks: { ring: { type: 'ring' } },
   * });
   * const { matches } = await collector.search({ where: 'error AND NOT payment' });
   * await collector.stop();
   * ```
   */
  async search(
    { where, ...query }: CollectorQuery,
    options?: SearchOptions & { readonly sink?: string },
  ): Promise<SearchResult> {
    const expression = typeof where === 'string' ? parseExpression(where, { now: this.#clock.now() }) : where;
    const searchable = this.#lines.searchable(options?.sink);
    if (searchable) {
      return searchable.search({ ...query, ...(expression && { where: expression.condition }) }, options);
    }
    const name = options?.sink;
    const what = name === undefined ? 'there is no sink' : `there is no sink "${name}"`;
    throw new LogCasterError('LC_SEARCH_UNAVAILABLE', `${what} that can be searched`);
  }

  /**
   * Finds lines, and hands them over piece by piece, in the order that was asked for: what `SEARCH` answers on the query port. Whoever takes
   * them may take their time, but no more than `searchTimeout`; the limits of the section `query` hold, and the summary says
   * if one was hit. Leaving early frees everything.
   *
   * @param options - a signal that ends it
   * @returns pieces of lines, and at the end a summary
   * @throws ExpressionError `LC_EXPRESSION_INVALID` at once; LogCasterError `LC_SEARCH_UNAVAILABLE`, `LC_QUERY_LIMIT`
   * @example
   * ```ts
   * const collector = await startCollector({
   *   sources: { made: { type: 'generate', count: 100 } },
   *   pipelines: { main: { from: 'made', to: 'ring' } },
   *   sinks: { ring: { type: 'ring' } },
   * });
   * for await (const { bytes, bounds } of collector.scan({ where: 'status:>=500', last: 10 })) {
   *   console.log(bounds.length / 2, 'lines', bytes.length);
   * }
   * await collector.stop();
   * ```
   */
  scan(
    question: Ask<SearchQuestion>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<FoundLines, SearchSummary, undefined> {
    return this.#service.answering.search(this.#read(question), options.signal ?? NEVER);
  }

  /**
   * Counts lines, all together or by a key: what `COUNT` and `TOP` answer on the query port.
   *
   * @throws as {@link Collector.scan}
   */
  async count(
    question: Ask<CountQuestion>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<CountResult> {
    return this.#service.answering.count(this.#read(question), options.signal ?? NEVER);
  }

  /**
   * Lines as they come, from when it is subscribed to: what `TAIL` answers on the query port. These are the lines of the ring, once they
   * can be found there; without a ring, what leaves the pipelines that lead to sinks. An observer that takes long makes the tail skip lines
   * and learns how many. It completes when the collector stops, or when a reload changes the section `query`.
   *
   * @throws ExpressionError `LC_EXPRESSION_INVALID` at once; LogCasterError `LC_QUERY_LIMIT`, `LC_SEARCH_UNAVAILABLE` as errors of the observable
   */
  tail$(question: Ask<TailQuestion> = {}): Observable<TailEvent> {
    const read = this.#read(question);
    return new Observable((subscriber) => {
      const left = new AbortController();
      const follow = async (): Promise<void> => {
        try {
          for await (const event of this.#service.answering.tail(read, left.signal)) subscriber.next(event);
          subscriber.complete();
        } catch (error) {
          subscriber.error(error);
        }
      };
      void follow();
      return () => left.abort();
    });
  }

  /** Every account, as data, and what there is to know about the process and its queries: what `LEDGER` answers on the query port. */
  ledger(): LedgerStatement {
    const { unaccounted, ...accounts } = this.#runtime.ledger.toJSON();
    return { unaccounted, process: this.#process(), query: this.#service.inspect(), ...accounts };
  }

  /** How many clients are connected to all sources together. */
  clients(): number {
    return this.#runtime.clients();
  }

  /**
   * Changes to other settings while lines flow. Components that stay the same keep running. If it fails, everything is as
   * it was.
   *
   * @internal
   * @throws what {@link Collector.start} throws
   */
  async change(settings: CollectorSettings): Promise<void> {
    const before = this.#settings;
    await this.#runtime.change(settings.topology, settings.stopTimeout);
    this.#settings = settings;
    this.#runtime.loop.threshold = settings.loopLag;
    if (JSON.stringify(settings.query) === JSON.stringify(before.query)) {
      this.#service.answering.placeChanged();
      return;
    }
    try {
      await this.#exchangeService(settings.query);
    } catch (error) {
      this.#settings = before;
      this.#runtime.loop.threshold = before.loopLag;
      await this.#runtime.change(before.topology, before.stopTimeout);
      await this.#exchangeService(before.query);
      throw error;
    }
  }

  /**
   * Takes in what has arrived, stores it, and stops: within `shutdown.timeout` of the configuration, 10 s by default. Answers how
   * many lines could not be stored by then. Safe to call again.
   */
  async stop(): Promise<{ readonly abandoned: number }> {
    this.#state = 'stopping';
    const abandoned = await this.#runtime.stop(this.#settings.stopTimeout);
    await this.#service.stop();
    return { abandoned };
  }

  /** Lets go of everything at once, without storing it; answers how many lines were abandoned. */
  abort(): { readonly abandoned: number } {
    return { abandoned: this.#runtime.abort() };
  }

  /** The same as {@link Collector.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #exchangeService(options: QueryPortOptions | undefined): Promise<void> {
    await this.#service.stop();
    this.#service = this.#makeService(options);
    await this.#service.start();
  }

  #process(): ProcessStatement {
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      uptime: Math.round(this.#clock.monotonic() - this.#startedAt),
      rss,
      heapUsed,
      arrayBuffers,
      processorTime: Math.round((user + system) / 1000),
      loop: this.#runtime.loop.figures(),
    };
  }

  #makeService(options: QueryPortOptions | undefined): QueryService {
    const target: ServiceTarget = {
      searchable: () => this.#lines.searchable(),
      scannable: (from) => this.#lines.scannable(from),
      follow: this.#lines.follow,
      ledger: () => this.ledger(),
      state: () => this.#state,
      counters: () => {
        const figures = this.#lines.searchable()?.inspect?.() ?? {};
        return {
          total: Number(figures['pushed'] ?? 0),
          dropped: Number(figures['overwritten'] ?? 0),
          current: Number(figures['resident'] ?? 0),
          clients: this.clients(),
        };
      },
    };
    return new QueryService(options, target, { log: this.#log, clock: this.#clock });
  }

  #read<Question extends { readonly where?: string | Expression | undefined }>(
    question: Question,
  ): Omit<Question, 'where'> & { readonly where: Expression | undefined } {
    const { where } = question;
    const now = this.#clock.now();
    return { ...question, where: typeof where === 'string' ? parseExpression(where, { now }) : where };
  }
}

const NEVER = new AbortController().signal;
