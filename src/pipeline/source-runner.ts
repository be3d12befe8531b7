/**
 * Runs one source: gives it credit, counts what it admits, and hands its batches to the pipelines that it feeds.
 */
import { Observable, type Subscription } from 'rxjs';
import { Batch, joinLines, type Lines } from '../core/batch.ts';
import type { Clock } from '../core/clock.ts';
import type { AdmitInit, LineSource, Source, SourceContext } from '../core/component.ts';
import { Credit } from '../core/credit.ts';
import { Delivery } from '../core/delivery.ts';
import { messageOf } from '../core/errors.ts';
import type { FileSystem } from '../core/file-system.ts';
import type { SourceAccount } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import type { SourceNode } from './topology.ts';
import { attempt, within } from './within.ts';

export interface SourceRunnerInit {
  readonly name: string;
  readonly node: SourceNode;
  readonly account: SourceAccount;
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly log: Logger;
}

/** Takes a batch, and with it one keeper of its delivery. */
export type Receiver = (batch: Batch) => void;

export class SourceRunner {
  readonly name: string;
  readonly credit: Credit;
  readonly source: Source;
  /** The pipelines that it feeds. May change while it runs. */
  receivers: readonly Receiver[] = [];
  /** Resolves when the source has ended, by itself or because it was told to. */
  readonly ended: Promise<void>;
  readonly #account: SourceAccount;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #end: () => void;
  #subscription: Subscription | undefined;

  constructor(init: SourceRunnerInit) {
    this.name = init.name;
    this.credit = new Credit(init.node.credit);
    this.#account = init.account;
    this.#clock = init.clock;
    this.#log = init.log;
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<void>());
    const context: SourceContext = {
      name: init.name,
      log: init.log,
      clock: init.clock,
      fs: init.fs,
      credit: this.credit,
      admit: (lines, admitInit) => this.#admit(lines, admitInit),
      discard: (reason, lines, { intentional, bytes = 0 }) => {
        this.#account.received += lines;
        this.#account.bytes += bytes;
        this.#account.dropped.add(reason, lines, intentional);
      },
      note: (event, count) => this.#account.note(event, count),
    };
    const made = init.node.definition.create(init.node.options, context);
    this.source = 'lines' in made ? fromLineSource(made, context) : made;
    this.#account.inspect = () => {
      const clients = this.source.clients?.();
      return {
        ...(clients !== undefined && { clients }),
        creditTaken: this.credit.taken,
        ...this.source.inspect?.(),
      };
    };
  }

  /** Claims what the source needs. */
  async start(): Promise<void> {
    await this.source.start?.();
  }

  /** Lets the lines flow. */
  run(): void {
    this.#subscription = this.source.batches$.subscribe({
      next: (batch) => this.#route(batch),
      error: (error: unknown) => {
        this.#log.error(
          { source: this.name, error },
          `${this.name}: the source failed and has ended: ${messageOf(error)}`,
        );
        this.#end();
      },
      complete: () => this.#end(),
    });
  }

  /** Takes in what has arrived, for at most `deadline` ms, and ends the source. */
  async stop(deadline: number): Promise<void> {
    const onError = (error: unknown): void =>
      this.#log.error(
        { source: this.name, error },
        `${this.name}: could not be stopped cleanly: ${messageOf(error)}`,
      );
    if (this.source.stop && this.#subscription) {
      const stopped = attempt(async () => {
        await this.source.stop?.();
        await this.ended;
      });
      await within(this.#clock, deadline, stopped, onError);
    }
    this.abort();
    await within(
      this.#clock,
      deadline,
      attempt(() => this.source[Symbol.asyncDispose]?.()),
      onError,
    );
  }

  /** Ends the source at once. */
  abort(): void {
    this.#subscription?.unsubscribe();
    this.#end();
  }

  #admit(lines: Lines, init: AdmitInit = {}): Batch | undefined {
    const origin = { source: this.name, peer: init.peer };
    const receivedAt = init.receivedAt ?? this.#clock.now();
    const delivery = new Delivery((stored) => {
      this.credit.give(batch.byteLength);
      init.onSettled?.(stored);
    });
    const batch: Batch = new Batch(lines, { origin, receivedAt, delivery, fields: init.fields });
    if (!this.credit.tryTake(batch.byteLength)) return undefined;
    this.#account.received += batch.length;
    this.#account.bytes += batch.byteLength;
    return batch;
  }

  #route(batch: Batch): void {
    const { receivers } = this;
    this.#account.emitted += batch.length;
    this.#account.routed += batch.length * receivers.length;
    // The source's own keeper goes last, so that a batch is settled when everybody has seen it, and the next one comes after.
    if (receivers.length > 0) batch.delivery.retain(receivers.length);
    for (const receive of receivers) receive(batch);
    batch.delivery.release();
  }
}

/** Lifts the short form: lines are asked for when there is credit for those before. */
function fromLineSource(source: LineSource, context: SourceContext): Source {
  const stopping = new AbortController();
  const { start, clients, address, inspect } = source;
  const dispose = source[Symbol.asyncDispose];
  return {
    ...(start && { start: () => start.call(source) }),
    ...(clients && { clients: () => clients.call(source) }),
    ...(address && { address: () => address.call(source) }),
    ...(inspect && { inspect: () => inspect.call(source) }),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await dispose?.call(source);
    },
    stop: () => stopping.abort(),
    batches$: new Observable<Batch>((subscriber) => {
      const closed = new AbortController();
      const signal = AbortSignal.any([stopping.signal, closed.signal]);
      const pump = async (): Promise<void> => {
        for await (const item of source.lines(signal)) {
          const lines = joinLines(typeof item === 'string' || item instanceof Uint8Array ? [item] : item);
          const batch = await admitted(lines, context, closed.signal);
          if (!batch) {
            context.discard('abandoned', lines.bounds.length / 2, {
              intentional: false,
              bytes: lines.bytes.length,
            });
            return;
          }
          subscriber.next(batch);
          if (signal.aborted) break;
        }
        subscriber.complete();
      };
      pump().catch((error: unknown) => subscriber.error(error));
      return () => closed.abort();
    }),
  };
}

/** Waits until lines are admitted; `undefined` if `signal` was aborted before. */
async function admitted(
  lines: Lines,
  context: SourceContext,
  signal: AbortSignal,
): Promise<Batch | undefined> {
  for (;;) {
    if (signal.aborted) return undefined;
    const batch = context.admit(lines);
    if (batch) return batch;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        stopListening();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const stopListening = context.credit.onAvailable(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
