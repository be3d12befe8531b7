/** A source that emits what a test pushes. */
import { Observable, type Subscriber } from 'rxjs';
import { type Batch, joinLines, type Lines } from '../../src/core/batch.ts';
import type { Source, SourceContext } from '../../src/core/component.ts';

/** How a batch was settled. */
export interface Settled {
  readonly lines: readonly string[];
  readonly stored: boolean;
}

/** Emits batches by hand, as far as there is credit; what gets none waits. */
export class FakeSource implements Source {
  readonly batches$: Observable<Batch>;
  /** What happened to it: `create`, `start`, `subscribe`, `stop`, `unsubscribe`, `dispose`. */
  readonly events: string[] = [];
  /** How its batches were settled, in the order in which they were. */
  readonly settled: Settled[] = [];
  onStart: () => void | Promise<void> = () => {};
  onStop: () => void | Promise<void> = () => {};
  onDispose: () => void | Promise<void> = () => {};
  /** How many batches it has emitted. */
  emitted = 0;
  #context: SourceContext | undefined;
  #subscriber: Subscriber<Batch> | undefined;
  #isStopping = false;
  readonly #pending: { readonly texts: readonly string[]; readonly lines: Lines }[] = [];

  constructor() {
    this.batches$ = new Observable((subscriber) => this.#subscribe(subscriber));
  }

  get context(): SourceContext {
    return this.#context!;
  }

  /** Whether somebody takes its batches. */
  get isRunning(): boolean {
    return this.#subscriber !== undefined;
  }

  /** Batches that wait for credit. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Makes it anew with a context, as the definition of a source does. */
  readonly create = (context: SourceContext): Source => {
    this.#context = context;
    this.#isStopping = false;
    this.events.push('create');
    return this;
  };

  /** Emits the lines as one batch, or lets them wait for credit. */
  push(...texts: string[]): void {
    this.#pending.push({ texts, lines: joinLines(texts) });
    this.#pump();
  }

  /** Emits a batch as it is. */
  emit(batch: Batch): void {
    this.#subscriber?.next(batch);
  }

  fail(error: unknown): void {
    this.#subscriber?.error(error);
  }

  complete(): void {
    this.#subscriber?.complete();
  }

  async start(): Promise<void> {
    this.events.push('start');
    await this.onStart();
  }

  async stop(): Promise<void> {
    this.events.push('stop');
    await this.onStop();
    this.#isStopping = true;
    this.#pump();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.events.push('dispose');
    await this.onDispose();
  }

  #subscribe(subscriber: Subscriber<Batch>): () => void {
    this.events.push('subscribe');
    this.#subscriber = subscriber;
    const stopListening = this.context.credit.onAvailable(() => this.#pump());
    this.#pump();
    return () => {
      this.events.push('unsubscribe');
      stopListening();
      this.#subscriber = undefined;
      for (const { texts } of this.#pending.splice(0)) {
        this.context.discard('abandoned', texts.length, { intentional: false });
      }
    };
  }

  #pump(): void {
    while (this.#subscriber && this.#pending.length > 0) {
      const { texts, lines } = this.#pending[0]!;
      const onSettled = (stored: boolean): void => void this.settled.push({ lines: texts, stored });
      const batch = this.context.admit(lines, { onSettled });
      if (!batch) return;
      this.#pending.shift();
      this.emitted++;
      this.#subscriber.next(batch);
    }
    if (this.#isStopping) this.#subscriber?.complete();
  }
}
