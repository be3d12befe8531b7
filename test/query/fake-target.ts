/**
 * What a query port asks, in memory, and clients that ask it over real sockets.
 */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { Batch, joinLines, type Origin } from '../../src/core/batch.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { LogCasterError } from '../../src/core/errors.ts';
import { Ledger, type LedgerStatement } from '../../src/core/ledger.ts';
import type {
  FoundLines,
  ScanQuery,
  ScanTally,
  Searchable,
  SearchOptions,
  SearchQuery,
  SearchResult,
  StoredListener,
} from '../../src/core/search.ts';
import { Answering, type LinesPlace } from '../../src/query/answering/answering.ts';
import type { QueryCounters, QueryTarget } from '../../src/query/commands.ts';
import { type QueryPortOptions, queryOptions } from '../../src/query/query-options.ts';
import type { QueryPort } from '../../src/query/query-port.ts';

/** Options for tests: the defaults, and any free port. */
export function testOptions(options: Partial<QueryPortOptions> = {}): QueryPortOptions {
  return { ...queryOptions.parse({ port: 0 }), ...options };
}

/** Lines in memory, as a ring would have them. */
export class FakeRing implements Searchable {
  lines: Buffer[];
  /** How many lines a piece has. */
  linesPerPiece = 1000;
  /** What each search was given. */
  readonly searches: { keyword: Uint8Array; options: SearchOptions }[] = [];
  /** A search waits for it, or for its signal. */
  gate: Promise<void> | undefined;
  /** Searches that run at the moment, and the most at one time. */
  running = 0;
  mostRunning = 0;
  /** What each scan was given. */
  readonly scans: ScanQuery[] = [];
  /** When the lines were received: the first one then, each other a second later. */
  firstTime = Date.UTC(2026, 0, 1);
  origin: Origin = { source: 'tcp', peer: '10.0.0.7:5000' };
  /** A scan waits for it behind each piece, or for its signal. */
  scanGate: Promise<void> | undefined;
  readonly #watchers = new Set<StoredListener>();

  constructor(lines: readonly (string | Buffer)[] = []) {
    this.lines = lines.map((line) => Buffer.from(line as string));
  }

  async search({ keyword = '' }: SearchQuery, options: SearchOptions = {}): Promise<SearchResult> {
    this.searches.push({ keyword: keyword as Uint8Array, options });
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      if (this.gate) await Promise.race([this.gate, aborted(options.signal)]);
      options.signal?.throwIfAborted();
      return this.#find(keyword, options.maxBytes);
    } finally {
      this.running--;
    }
  }

  async *scan(query: ScanQuery, tally: ScanTally): AsyncGenerator<FoundLines, void, undefined> {
    this.scans.push(query);
    const { where, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY, signal } = query;
    const lines = [...this.lines.entries()];
    if (query.order === 'newest') lines.reverse();
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      for (let at = 0; at < lines.length; at += this.linesPerPiece) {
        signal?.throwIfAborted();
        const found = lines.slice(at, at + this.linesPerPiece).filter(([index, line]) => {
          tally.lines++;
          tally.bytes += line.length + 1;
          const receivedAt = this.timeOf(index);
          if (receivedAt < since || receivedAt >= until) return false;
          const batch = Batch.fromTexts([line], { origin: this.origin, receivedAt });
          return !where || where.mark(batch, new Uint8Array(1)) === 1;
        });
        tally.matched += found.length;
        const piece = joinLines(found.map(([, line]) => line));
        const receivedAt = Float64Array.from(found, ([index]) => this.timeOf(index));
        if (found.length > 0 && !query.countOnly) {
          yield { ...piece, receivedAt, origins: [{ from: 0, origin: this.origin }] };
        }
        if (this.scanGate) await Promise.race([this.scanGate, aborted(signal)]);
        signal?.throwIfAborted();
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.running--;
    }
  }

  timeOf(index: number): number {
    return this.firstTime + index * 1000;
  }

  watch(listener: StoredListener): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** How many listen to what comes. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** Takes in lines, as one batch. */
  store(texts: readonly (string | Buffer)[]): void {
    const receivedAt = this.timeOf(this.lines.length);
    this.lines.push(...texts.map((text) => Buffer.from(text as string)));
    const batch = Batch.fromTexts(texts, { origin: this.origin, receivedAt });
    for (const watcher of this.#watchers) watcher(batch, receivedAt);
  }

  #find(keyword: string | Uint8Array, maxBytes = Number.POSITIVE_INFINITY): SearchResult {
    const wanted = Buffer.from(keyword as string);
    const found = this.lines.filter((line) => line.includes(wanted));
    const byteLength = found.reduce((sum, line) => sum + line.length + 1, 0);
    if (byteLength > maxBytes) throw new LogCasterError('LC_SEARCH_TOO_LARGE', 'too many lines found');
    const pieces: FoundLines[] = [];
    for (let at = 0; at < found.length; at += this.linesPerPiece) {
      const lines = joinLines(found.slice(at, at + this.linesPerPiece));
      pieces.push({ ...lines, receivedAt: new Float64Array(lines.bounds.length / 2) });
    }
    return { matches: found.length, byteLength, pieces };
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Answers from lines in memory. */
export function fakeAnswering(
  ring: FakeRing | undefined,
  options: Partial<QueryPortOptions> = {},
  clock: Clock = systemClock,
): Answering {
  const place: LinesPlace = {
    scannable: () => {
      if (ring) return ring;
      throw new LogCasterError('LC_SEARCH_UNAVAILABLE', 'there is no sink that can be searched');
    },
    follow: (listener) => ring?.watch(listener) ?? (() => {}),
  };
  return new Answering(testOptions(options), place, clock);
}

/** A collector, as far as the query port sees it. */
export class FakeTarget implements QueryTarget {
  ring: Searchable | undefined;
  figures: QueryCounters = { total: 12, dropped: 3, current: 9, clients: 2 };
  statement: () => LedgerStatement = () => new Ledger().toJSON();

  answering: Answering;

  constructor(ring?: Searchable, answering?: Answering) {
    this.ring = ring;
    this.answering = answering ?? fakeAnswering(ring instanceof FakeRing ? ring : undefined);
  }

  searchable(): Searchable | undefined {
    return this.ring;
  }

  counters(): QueryCounters {
    return this.figures;
  }

  ledger(): LedgerStatement {
    return this.statement();
  }
}

/** Connects to a query port; the socket can be closed on one side, and its errors wait for whoever listens. */
export function open(port: QueryPort): Promise<Socket> {
  const [, host, number] = /^\[?(.*?)\]?:(\d+)$/.exec(port.address() ?? '') ?? [];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host!, port: Number(number), allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Everything that the server sends until it closes. */
export function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (socket.readableEnded) return resolve(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.end();
      resolve(Buffer.concat(chunks));
    });
    socket.on('close', () => reject(new Error('closed without an end')));
  });
}

/** Sends bytes, and reads the answer. */
export async function ask(
  port: QueryPort,
  bytes: string | Buffer,
  options: { halfClose?: boolean } = {},
): Promise<Buffer> {
  const socket = await open(port);
  const answer = readAll(socket);
  socket.write(bytes);
  if (options.halfClose) socket.end();
  return answer;
}
