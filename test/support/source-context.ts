/**
 * A context for a source under test: real credit, and a record of everything that the source says.
 */

import type { Lines } from '../../src/core/batch.ts';
import { Batch } from '../../src/core/batch.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { AdmitInit, Source, SourceContext } from '../../src/core/component.ts';
import { Credit } from '../../src/core/credit.ts';
import { Delivery } from '../../src/core/delivery.ts';
import { type FileSystem, systemFileSystem } from '../../src/core/file-system.ts';
import type { Logger } from '../../src/core/logger.ts';

export interface SourceContextInit {
  readonly clock?: Clock;
  readonly fs?: FileSystem;
  /** The most bytes on their way. @defaultValue 16 MiB */
  readonly credit?: number;
}

export interface RecordedDiscard {
  readonly lines: number;
  readonly bytes: number;
  readonly intentional: boolean;
}

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly data: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export class TestSourceContext implements SourceContext {
  readonly name = 'test';
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly credit: Credit;
  readonly logged: LogEntry[] = [];
  readonly log: Logger = {
    debug: (data, message) => void this.logged.push({ level: 'debug', data, message }),
    info: (data, message) => void this.logged.push({ level: 'info', data, message }),
    warn: (data, message) => void this.logged.push({ level: 'warn', data, message }),
    error: (data, message) => void this.logged.push({ level: 'error', data, message }),
  };
  /** Lines that were admitted, in this order. */
  readonly admitted: Batch[] = [];
  /** How often lines were not admitted. */
  refused = 0;
  readonly discards = new Map<string, RecordedDiscard>();
  readonly notes = new Map<string, number>();

  constructor(init: SourceContextInit = {}) {
    this.clock = init.clock ?? systemClock;
    this.fs = init.fs ?? systemFileSystem;
    this.credit = new Credit(init.credit ?? 16 * 2 ** 20);
  }

  admit(lines: Lines, init: AdmitInit = {}): Batch | undefined {
    const delivery = new Delivery((stored) => {
      this.credit.give(batch.byteLength);
      init.onSettled?.(stored);
    });
    const batch: Batch = new Batch(lines, {
      origin: { source: this.name, peer: init.peer },
      receivedAt: init.receivedAt ?? this.clock.now(),
      delivery,
      fields: init.fields,
    });
    if (!this.credit.tryTake(batch.byteLength)) {
      this.refused++;
      return undefined;
    }
    this.admitted.push(batch);
    return batch;
  }

  discard(reason: string, lines: number, options: { intentional: boolean; bytes?: number }): void {
    const before = this.discards.get(reason);
    this.discards.set(reason, {
      lines: (before?.lines ?? 0) + lines,
      bytes: (before?.bytes ?? 0) + (options.bytes ?? 0),
      intentional: options.intentional,
    });
  }

  note(event: string, count = 1): void {
    this.notes.set(event, (this.notes.get(event) ?? 0) + count);
  }
}

/** What a source emits. */
export class Collected {
  readonly batches: Batch[] = [];
  completed = false;
  error: unknown;
  readonly #settleAtOnce: boolean;
  readonly #unsubscribe: () => void;
  #unsettled: Batch[] = [];
  #lines = 0;

  /**
   * Subscribes.
   *
   * @param options - `settle`: whether batches are settled as soon as they come; else they keep their credit until
   * {@link settle} is called. `keep`: whether they are kept; else only counted.
   */
  constructor(
    source: Source,
    options: { settle?: boolean; keep?: boolean; onBatch?: (batch: Batch) => void } = {},
  ) {
    this.#settleAtOnce = options.settle ?? true;
    const subscription = source.batches$.subscribe({
      next: (batch) => {
        if (options.keep ?? true) this.batches.push(batch);
        this.#lines += batch.length;
        options.onBatch?.(batch);
        if (this.#settleAtOnce) batch.delivery.release();
        else this.#unsettled.push(batch);
      },
      error: (error: unknown) => {
        this.error = error;
      },
      complete: () => {
        this.completed = true;
      },
    });
    this.#unsubscribe = () => subscription.unsubscribe();
  }

  /** How many lines came. */
  get lines(): number {
    return this.#lines;
  }

  /** How many batches keep their credit. */
  get unsettled(): number {
    return this.#unsettled.length;
  }

  /** Every line that came, as text. */
  texts(): string[] {
    return this.batches.flatMap((batch) => batch.texts());
  }

  /** The lines of each peer, as text, in their order. */
  textsByPeer(): Map<string | undefined, string[]> {
    const texts = new Map<string | undefined, string[]>();
    for (const batch of this.batches) {
      const { peer } = batch.origin;
      texts.set(peer, [...(texts.get(peer) ?? []), ...batch.texts()]);
    }
    return texts;
  }

  /** Settles the oldest batches: all that came until now by default. */
  settle(count = this.#unsettled.length): void {
    for (const batch of this.#unsettled.splice(0, count)) batch.delivery.release();
  }

  unsubscribe(): void {
    this.#unsubscribe();
  }
}
