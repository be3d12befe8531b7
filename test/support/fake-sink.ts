/** Sinks whose conduct a test decides, and that remember what they really stored. */
import type { Batch } from '../../src/core/batch.ts';
import type {
  HistoryLimits,
  RejectedLine,
  Sink,
  WriteContext,
  WriteResult,
} from '../../src/core/component.ts';
import { RetryableError } from '../../src/core/errors.ts';

/** What a sink does with the lines of a write: nothing stores them. `attempt` counts the calls of `write`, from 1. */
export type Conduct = (lines: readonly string[], attempt: number) => WriteResult | Promise<WriteResult>;

/** A sink that does what it is told. It stores what its conduct neither throws on nor rejects. */
export class FakeSink implements Sink {
  /** Every line that it stored, in order. */
  readonly stored: string[] = [];
  /** What each write was given. */
  readonly writes: string[][] = [];
  /** What happened to it: `start`, `write`, `flush`, `dispose`, `refill`. */
  readonly events: string[] = [];
  /** The most writes that ever ran at a time. */
  parallel = 0;
  conduct: Conduct;
  onStart: () => void | Promise<void> = () => {};
  onFlush: () => void | Promise<void> = () => {};
  onDispose: () => void | Promise<void> = () => {};
  figures: Readonly<Record<string, unknown>> = {};
  refillFrom?: string;
  history?: (limits: HistoryLimits) => AsyncIterable<Batch>;
  refill?: (history: (limits: HistoryLimits) => AsyncIterable<Batch>) => Promise<void>;
  writeAll?: (batches: readonly Batch[]) => WriteResult | Promise<WriteResult>;
  maxGroupBytes?: number;
  #running = 0;

  constructor(conduct: Conduct = () => {}) {
    this.conduct = conduct;
  }

  /** Makes it a sink that takes several batches at a time. */
  grouped(maxGroupBytes?: number): this {
    this.writeAll = (batches) => this.#write(batches);
    if (maxGroupBytes !== undefined) this.maxGroupBytes = maxGroupBytes;
    return this;
  }

  async start(): Promise<void> {
    this.events.push('start');
    await this.onStart();
  }

  write(batch: Batch, _context?: WriteContext): WriteResult | Promise<WriteResult> {
    return this.#write([batch]);
  }

  async flush(): Promise<void> {
    this.events.push('flush');
    await this.onFlush();
  }

  inspect(): Readonly<Record<string, unknown>> {
    return this.figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.events.push('dispose');
    await this.onDispose();
  }

  #write(batches: readonly Batch[]): WriteResult | Promise<WriteResult> {
    const lines = batches.flatMap((batch) => batch.texts());
    if (this.events.at(-1) !== 'write') this.events.push('write');
    this.writes.push(lines);
    this.parallel = Math.max(this.parallel, ++this.#running);
    let result: WriteResult | Promise<WriteResult>;
    try {
      result = this.conduct(lines, this.writes.length);
    } catch (error) {
      this.#failed(lines, error);
      throw error;
    }
    if (!(result instanceof Promise)) return this.#ended(lines, result);
    return result.then(
      (answer) => this.#ended(lines, answer),
      (error: unknown) => {
        this.#failed(lines, error);
        throw error;
      },
    );
  }

  #ended(lines: readonly string[], answer: WriteResult): WriteResult {
    this.#running--;
    const rejected = new Set(answer?.rejected.map(({ index }) => index));
    this.stored.push(...lines.filter((_, index) => !rejected.has(index)));
    return answer;
  }

  #failed(lines: readonly string[], error: unknown): void {
    this.#running--;
    if (error instanceof RetryableError) this.stored.push(...lines.slice(0, error.stored));
  }
}

/** Never answers. */
export function hang(): Promise<never> {
  return new Promise(() => {});
}

/** Throws what `error` makes in the first `times` writes, and then does as `then` does. */
export function failing(times: number, error: () => unknown, then: Conduct = () => {}): Conduct {
  return (lines, attempt) => {
    if (attempt <= times) throw error();
    return then(lines, attempt);
  };
}

/** Rejects the lines for which `reasonOf` has a reason. */
export function rejecting(reasonOf: (line: string) => string | undefined): Conduct {
  return (lines) => {
    const rejected: RejectedLine[] = [];
    lines.forEach((line, index) => {
      const reason = reasonOf(line);
      if (reason !== undefined) rejected.push({ index, reason });
    });
    return { rejected };
  };
}

/** Writes that end when the test says so. */
export class Manual {
  readonly #waiting: PromiseWithResolvers<WriteResult>[] = [];

  /** Writes that have not ended. */
  get pending(): number {
    return this.#waiting.length;
  }

  readonly conduct: Conduct = () => {
    const write = Promise.withResolvers<WriteResult>();
    this.#waiting.push(write);
    return write.promise;
  };

  /** Ends the oldest write well. */
  finish(result?: WriteResult): void {
    this.#take().resolve(result);
  }

  /** Makes the oldest write fail. */
  fail(error: unknown): void {
    this.#take().reject(error);
  }

  #take(): PromiseWithResolvers<WriteResult> {
    const write = this.#waiting.shift();
    if (!write) throw new Error('no write is under way');
    return write;
  }
}
