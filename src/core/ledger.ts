/**
 * The ledger: every line that was received is, at any moment, in exactly one account.
 *
 *     source    received            = emitted + dropped + in flight
 *     pipeline  received + created  = filtered + merged + failed + dropped + offered + in flight
 *     sink      offered + recovered = stored + dropped + rejected + in flight
 *     between   routed by sources and pipelines + dead letters of sinks = received by pipelines + offered to sinks
 *
 * A dead letter is a line that a sink rejected and handed on to another: it stays rejected where it was, and is offered where
 * it goes, as a line that two sinks are given is offered twice.
 *
 * The counters are kept by whoever moves the lines; what is in flight is not a counter but is measured where the lines are
 * (queues, operators that hold lines, batches that a source is about to emit). `unaccounted` is what is left over, and it is 0 at every quiet moment.
 * Accounts outlive their component: a name that comes back after a reload goes on with its counters.
 */

/**
 * A number of lines and whether losing them was somebody's wish.
 *
 * @remarks Since 0.1.0
 */
export interface Discard {
  /** How many lines. */
  readonly lines: number;
  /** `true` for what a filter, a policy or a limit in the configuration asked for; `false` for what went wrong. */
  readonly intentional: boolean;
}

/** The most reasons of a tally; those that come later are counted together, as {@link OTHER}. */
const MOST_REASONS = 100;

/** The most characters of a reason. */
const LONGEST_REASON = 64;

/** The reason of what has none that can be used. */
const OTHER = 'other';

/** Lines that did not go on, by reason. Reasons may come from a plugin: their number and length are bounded. */
export class Tally {
  readonly #reasons = new Map<string, { lines: number; intentional: boolean }>();
  #total = 0;

  /** All of them. */
  get total(): number {
    return this.#total;
  }

  add(reason: string, lines: number, intentional: boolean): void {
    if (lines === 0) return;
    this.#total += lines;
    const entry = this.#reasons.get(reason);
    if (entry) entry.lines += lines;
    else this.#addFirst(reason, lines, intentional);
  }

  #addFirst(reason: unknown, lines: number, intentional: boolean): void {
    const isUsable = typeof reason === 'string' && reason !== '' && this.#reasons.size < MOST_REASONS;
    const name = isUsable ? reason.slice(0, LONGEST_REASON) : OTHER;
    const entry = this.#reasons.get(name);
    if (entry) entry.lines += lines;
    else this.#reasons.set(name, { lines, intentional });
  }

  toJSON(): Record<string, Discard> {
    return Object.fromEntries(Array.from(this.#reasons, ([reason, entry]) => [reason, { ...entry }]));
  }
}

/**
 * What a component tells about itself beside the counters, for people and tools. Sizes in bytes, times in ms.
 *
 * @remarks Since 0.1.0
 */
export type Figures = Readonly<Record<string, unknown>>;

/** Lines that are on their way, measured where they are. A component that is exchanged can drain while the new one works. */
class InFlight {
  readonly #places = new Set<() => number>();

  /** How many there are. */
  get lines(): number {
    let lines = 0;
    for (const measure of this.#places) lines += measure();
    return lines;
  }

  /** Counts what is in one more place; answers a function that leaves it out again. */
  add(measure: () => number): () => void {
    this.#places.add(measure);
    return () => this.#places.delete(measure);
  }
}

/** The account of a source. */
export class SourceAccount {
  /** Lines that were read. */
  received = 0;
  /** Their bytes, with a line feed each. */
  bytes = 0;
  /** Lines that were given to the pipelines. */
  emitted = 0;
  /** `emitted`, once for each pipeline that the source feeds. */
  routed = 0;
  /** Lines that were read but not emitted: too long, cut off, abandoned at the end. */
  readonly dropped = new Tally();
  /** Events that cost no line but that one wants to know: lines cut short, connections refused. */
  readonly noted = new Map<string, number>();
  /** Lines that were admitted and not emitted yet. */
  readonly inFlight = new InFlight();
  /** Tells what the component has to tell. */
  inspect: () => Figures = () => ({});

  note(event: string, count = 1): void {
    const before = this.noted.get(event);
    const name = before === undefined && this.noted.size >= MOST_REASONS ? OTHER : event;
    this.noted.set(name, (before ?? this.noted.get(name) ?? 0) + count);
  }

  get unaccounted(): number {
    return this.received - this.emitted - this.dropped.total - this.inFlight.lines;
  }

  toJSON(): SourceStatement {
    return withFigures(this.inspect(), {
      received: this.received,
      bytes: this.bytes,
      emitted: this.emitted,
      dropped: this.dropped.toJSON(),
      noted: Object.fromEntries(this.noted),
      inFlight: this.inFlight.lines,
      unaccounted: this.unaccounted,
    });
  }
}

/** The account of a pipeline. */
export class PipelineAccount {
  /** Lines that came from sources and other pipelines. */
  received = 0;
  /** Lines that operators made beside those that came. */
  created = 0;
  /** Lines that became part of another line. */
  merged = 0;
  /** Lines that left the operators, on their way to the sinks and to other pipelines. */
  offered = 0;
  /** `offered`, once for each sink and pipeline that this one feeds. */
  routed = 0;
  /** Lines that an operator let go, by operator. */
  readonly filtered = new Tally();
  /** Lines on which an operator failed, by operator. */
  readonly failed = new Tally();
  /** Lines that a policy let go: a sample, a limit on the rate. */
  readonly dropped = new Tally();
  /** Lines that operators hold. */
  readonly inFlight = new InFlight();

  get unaccounted(): number {
    const gone = this.filtered.total + this.merged + this.failed.total + this.dropped.total;
    return this.received + this.created - gone - this.offered - this.inFlight.lines;
  }

  toJSON(): PipelineStatement {
    return {
      received: this.received,
      created: this.created,
      filtered: this.filtered.toJSON(),
      merged: this.merged,
      failed: this.failed.toJSON(),
      dropped: this.dropped.toJSON(),
      offered: this.offered,
      inFlight: this.inFlight.lines,
      unaccounted: this.unaccounted,
    };
  }
}

/** The account of a sink. */
export class SinkAccount {
  /** Lines that pipelines, or other sinks as dead letters, handed over. */
  offered = 0;
  /** Lines that were in the sink's spill at the start: offered to a process before this one. */
  recovered = 0;
  /** Lines that are stored as the sink promises. */
  stored = 0;
  /** Their bytes, with a line feed each. */
  storedBytes = 0;
  /** Of the rejected lines, those that were handed on to the sink for dead letters. */
  deadLetters = 0;
  /** Writes that failed and were tried again. */
  retries = 0;
  /** Lines that a full queue, or the deadline of a stop, let go. */
  readonly dropped = new Tally();
  /** Lines that the sink refused for good, by reason. */
  readonly rejected = new Tally();
  /** Lines in the queue and in a write that has not ended. */
  readonly inFlight = new InFlight();
  /** Lines that wait in a spill that nobody has open, by directory: they are in flight, too. */
  readonly onDisk = new Map<string, number>();
  /** Tells what the component has to tell; its `unaccounted`, if there is one, counts. */
  inspect: () => Figures = () => ({});

  get unaccounted(): number {
    return this.#unaccounted(this.inspect());
  }

  toJSON(): SinkStatement {
    const figures = this.inspect();
    return withFigures(figures, {
      offered: this.offered,
      recovered: this.recovered,
      stored: this.stored,
      storedBytes: this.storedBytes,
      dropped: this.dropped.toJSON(),
      rejected: this.rejected.toJSON(),
      deadLetters: this.deadLetters,
      inFlight: this.#linesInFlight(),
      retries: this.retries,
      unaccounted: this.#unaccounted(figures),
    });
  }

  #linesInFlight(): number {
    let lines = this.inFlight.lines;
    for (const each of this.onDisk.values()) lines += each;
    return lines;
  }

  /** What is left over here, and in the sink's own books: two faults are not to cancel each other out. */
  #unaccounted(figures: Figures): number {
    const gone = this.stored + this.dropped.total + this.rejected.total;
    const leftOver = this.offered + this.recovered - gone - this.#linesInFlight();
    const own = figures['unaccounted'];
    return typeof own === 'number' && own !== 0 ? Math.abs(leftOver) + Math.abs(own) : leftOver;
  }
}

/** An account with a component's figures, none of which can pass for one of the account's own. */
function withFigures<Account extends object>(figures: Figures, account: Account): Account & Figures {
  return { ...account, ...figures, ...account };
}

/**
 * A source's account as data. Counts are lines.
 *
 * @remarks Since 0.1.0
 */
export interface SourceStatement {
  /** Lines that were read. */
  readonly received: number;
  /** Their bytes, with a line feed each. */
  readonly bytes: number;
  /** Lines that were given to the pipelines. */
  readonly emitted: number;
  /** Lines that were read but not emitted, by reason. */
  readonly dropped: Readonly<Record<string, Discard>>;
  /** Events that cost no line, by name. */
  readonly noted: Readonly<Record<string, number>>;
  /** Lines that were read and are not emitted yet. */
  readonly inFlight: number;
  /** What is left over of `received = emitted + dropped + inFlight`. */
  readonly unaccounted: number;
  /** What the component tells about itself. */
  readonly [figure: string]: unknown;
}

/**
 * A pipeline's account as data. Counts are lines.
 *
 * @remarks Since 0.1.0
 */
export interface PipelineStatement {
  /** Lines that came from sources and other pipelines. */
  readonly received: number;
  /** Lines that operators made beside those that came. */
  readonly created: number;
  /** Lines that an operator let go, by operator. */
  readonly filtered: Readonly<Record<string, Discard>>;
  /** Lines that became part of another line. */
  readonly merged: number;
  /** Lines on which an operator failed, by operator. */
  readonly failed: Readonly<Record<string, Discard>>;
  /** Lines that a policy let go, by policy. */
  readonly dropped: Readonly<Record<string, Discard>>;
  /** Lines that left the operators. */
  readonly offered: number;
  /** Lines that operators hold. */
  readonly inFlight: number;
  /** What is left over of `received + created = filtered + merged + failed + dropped + offered + inFlight`. */
  readonly unaccounted: number;
}

/**
 * A sink's account as data. Counts are lines unless the name says otherwise.
 *
 * @remarks Since 0.1.0
 */
export interface SinkStatement {
  /** Lines that pipelines, or other sinks as dead letters, handed over. */
  readonly offered: number;
  /** Lines that were in the sink's spill at the start: a process before this one had taken them. */
  readonly recovered: number;
  /** Lines that are stored as the sink promises. */
  readonly stored: number;
  /** Their bytes, with a line feed each. */
  readonly storedBytes: number;
  /** Lines that a full queue, or the deadline of a stop, let go, by reason. */
  readonly dropped: Readonly<Record<string, Discard>>;
  /** Lines that the sink refused for good, by reason. */
  readonly rejected: Readonly<Record<string, Discard>>;
  /** Of the rejected lines, those that were handed on to the sink for dead letters: they are `offered` there. */
  readonly deadLetters: number;
  /** Lines in the queue, in its spill, and in a write that has not ended. */
  readonly inFlight: number;
  /** Writes that failed and were tried again. */
  readonly retries: number;
  /** What is left over of `offered + recovered = stored + dropped + rejected + inFlight`, and of the sink's own books. */
  readonly unaccounted: number;
  /** What the component tells about itself. */
  readonly [figure: string]: unknown;
}

/**
 * What there is to know about the process. Times in ms, sizes in bytes.
 *
 * @remarks Since 0.1.0
 */
export interface ProcessStatement {
  /** Since the collector was started. */
  readonly uptime: number;
  /** Memory that is resident. */
  readonly rss: number;
  /** Memory of JavaScript objects. */
  readonly heapUsed: number;
  /** Memory of buffers. */
  readonly arrayBuffers: number;
  /** Processor time of the process. */
  readonly processorTime: number;
  /** How late timers fired: the time for which the event loop had something else to do. */
  readonly loop: {
    /** Of the last minute. */
    readonly lag: { readonly p50: number; readonly p99: number; readonly max: number };
    /** Pauses that were longer than `log.loopLag`. */
    readonly blocked: {
      readonly times: number;
      /** All together. */
      readonly ms: number;
      /** The longest one, with those who had the loop meanwhile, as far as that is known. */
      readonly longest?: {
        readonly ms: number;
        /** When it ended, ISO 8601. */
        readonly until: string;
        readonly by: readonly { readonly name: string; readonly ms: number }[];
        /** The processor time that the process used meanwhile. */
        readonly processorMs: number;
      };
    };
  };
}

/**
 * The whole ledger as data.
 *
 * @remarks Since 0.1.0
 */
export interface LedgerStatement {
  /** Lines of which it is not known where they are: 0 at every quiet moment, or LogCaster has a fault. */
  readonly unaccounted: number;
  /** The process and its event loop: in the ledger of a collector. */
  readonly process?: ProcessStatement;
  /** Clients of the query port, `questions` that were asked in any way, and `http`, if that listens. */
  readonly query?: Figures;
  /** The accounts of sources, by name. */
  readonly sources: Readonly<Record<string, SourceStatement>>;
  /** The accounts of pipelines, by name. */
  readonly pipelines: Readonly<Record<string, PipelineStatement>>;
  /** The accounts of sinks, by name. */
  readonly sinks: Readonly<Record<string, SinkStatement>>;
}

/** All accounts of a collector, by the names of its components. */
export class Ledger {
  readonly #sources = new Map<string, SourceAccount>();
  readonly #pipelines = new Map<string, PipelineAccount>();
  readonly #sinks = new Map<string, SinkAccount>();

  source(name: string): SourceAccount {
    return getOrMake(this.#sources, name, () => new SourceAccount());
  }

  pipeline(name: string): PipelineAccount {
    return getOrMake(this.#pipelines, name, () => new PipelineAccount());
  }

  sink(name: string): SinkAccount {
    return getOrMake(this.#sinks, name, () => new SinkAccount());
  }

  /** What is left over of all equations; see the head of this file. */
  get unaccounted(): number {
    let leftOver = 0;
    let routed = 0;
    for (const source of this.#sources.values()) {
      leftOver += Math.abs(source.unaccounted);
      routed += source.routed;
    }
    for (const pipeline of this.#pipelines.values()) {
      leftOver += Math.abs(pipeline.unaccounted);
      routed += pipeline.routed - pipeline.received;
    }
    for (const sink of this.#sinks.values()) {
      leftOver += Math.abs(sink.unaccounted);
      routed += sink.deadLetters - sink.offered;
    }
    return leftOver + Math.abs(routed);
  }

  toJSON(): LedgerStatement {
    return {
      unaccounted: this.unaccounted,
      sources: statements(this.#sources),
      pipelines: statements(this.#pipelines),
      sinks: statements(this.#sinks),
    };
  }
}

function getOrMake<T>(accounts: Map<string, T>, name: string, make: () => T): T {
  let account = accounts.get(name);
  if (!account) accounts.set(name, (account = make()));
  return account;
}

function statements<S>(accounts: Map<string, { toJSON(): S }>): Record<string, S> {
  return Object.fromEntries(Array.from(accounts, ([name, account]) => [name, account.toJSON()]));
}
