/**
 * A collector: a running topology with its query port. This is what the command line runs and what programs embed.
 */
import type { Observable } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { LogCasterError } from '../core/errors.ts';
import { type FileSystem, systemFileSystem } from '../core/file-system.ts';
import type { LedgerStatement, ProcessStatement } from '../core/ledger.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { Searchable, SearchOptions, SearchQuery, SearchResult } from '../core/search.ts';
import { type Expression, parseExpression } from '../expression/expression.ts';
import { Runtime } from '../pipeline/runtime.ts';
import type { Topology } from '../pipeline/topology.ts';
import type { QueryTarget } from '../query/commands.ts';
import type { QueryPortOptions } from '../query/query-options.ts';
import { QueryPort } from '../query/query-port.ts';

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
  readonly #startedAt: number;
  #settings: CollectorSettings;
  #queryPort: QueryPort | undefined;

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
    await collector.#openQueryPort(settings.query);
    try {
      await collector.#runtime.change(settings.topology);
    } catch (error) {
      await collector.#queryPort?.stop();
      throw error;
    }
    return collector;
  }

  /** Where components and the query port (`query`) listen or write, by name: `{ tcp: '127.0.0.1:9999', files: '/var/log/app' }`. */
  get addresses(): Readonly<Record<string, string>> {
    const query = this.#queryPort?.address();
    return { ...this.#runtime.addresses(), ...(query !== undefined && { query }) };
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
    const searchable = this.#searchable(options?.sink);
    if (searchable) {
      return searchable.search({ ...query, ...(expression && { where: expression.condition }) }, options);
    }
    const name = options?.sink;
    const what = name === undefined ? 'there is no sink' : `there is no sink "${name}"`;
    throw new LogCasterError('LC_SEARCH_UNAVAILABLE', `${what} that can be searched`);
  }

  /** Every account, as data, and what there is to know about the process: what `LEDGER` answers on the query port. */
  ledger(): LedgerStatement {
    const { unaccounted, ...accounts } = this.#runtime.ledger.toJSON();
    return {
      unaccounted,
      process: this.#process(),
      ...(this.#queryPort && { query: this.#queryPort.inspect() }),
      ...accounts,
    };
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
    if (JSON.stringify(settings.query) === JSON.stringify(before.query)) return;
    await this.#queryPort?.stop();
    this.#queryPort = undefined;
    try {
      await this.#openQueryPort(settings.query);
    } catch (error) {
      this.#settings = before;
      this.#runtime.loop.threshold = before.loopLag;
      await this.#runtime.change(before.topology, before.stopTimeout);
      await this.#openQueryPort(before.query);
      throw error;
    }
  }

  /**
   * Takes in what has arrived, stores it, and stops: within `shutdown.timeout` of the configuration, 10 s by default. Answers how
   * many lines could not be stored by then. Safe to call again.
   */
  async stop(): Promise<{ readonly abandoned: number }> {
    const abandoned = await this.#runtime.stop(this.#settings.stopTimeout);
    await this.#queryPort?.stop();
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

  async #openQueryPort(options: QueryPortOptions | undefined): Promise<void> {
    if (!options) return;
    const port = new QueryPort(options, this.#queryTarget(), { log: this.#log, clock: this.#clock });
    await port.start();
    this.#queryPort = port;
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

  #queryTarget(): QueryTarget {
    return {
      searchable: () => this.#searchable(),
      ledger: () => this.ledger(),
      counters: () => {
        const figures = this.#searchable()?.inspect?.() ?? {};
        return {
          total: Number(figures['pushed'] ?? 0),
          dropped: Number(figures['overwritten'] ?? 0),
          current: Number(figures['resident'] ?? 0),
          clients: this.clients(),
        };
      },
    };
  }

  #searchable(name?: string): (Searchable & { inspect?(): Readonly<Record<string, unknown>> }) | undefined {
    const names = name === undefined ? this.#settings.topology.sinks.keys() : [name];
    for (const each of names) {
      const sink = this.#runtime.sink(each);
      if (sink?.search) return sink as Searchable & typeof sink;
    }
    return undefined;
  }
}
