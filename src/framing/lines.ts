/**
 * Adapters for those who think in lines: batches to lines, and lines to batches, as RxJS operators. Between them any RxJS
 * operator can be used.
 *
 * They cost an object and a call a line each, and a text where it is asked for; what works on whole batches costs a
 * fraction. And they loosen backpressure: `eachLine` settles a batch once its lines were emitted, not once they were
 * stored, so lines that later operators hold take no credit.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import { Batch, type Fields, type Origin } from '../core/batch.ts';
import type { Clock } from '../core/clock.ts';

/**
 * What can be changed of a line.
 *
 * @remarks Since 0.1.0
 */
export interface LineChanges {
  /** UTF-8 as a text, else the bytes themselves, which are copied. */
  readonly content?: string | Uint8Array;
  /** The fields that it has then, all of them; `undefined` takes them away. */
  readonly fields?: Fields | undefined;
}

/**
 * One line: a plain, immutable value that can be kept. It shares the bytes of its batch, and keeps them alive.
 *
 * @remarks Since 0.1.0
 */
export class Line {
  readonly #batch: Batch;
  readonly #index: number;

  /** Line `index` of a batch. */
  constructor(batch: Batch, index: number) {
    this.#batch = batch;
    this.#index = index;
  }

  /** Its bytes, without the delimiter: a view, made when it is asked for. */
  get bytes(): Buffer {
    return this.#batch.line(this.#index);
  }

  /** Its bytes as UTF-8, decoded when asked for; a byte that is none becomes U+FFFD, here but not in `bytes`. */
  get text(): string {
    return this.#batch.text(this.#index);
  }

  /** Its fields, if it has any. */
  get fields(): Fields | undefined {
    return this.#batch.fields?.[this.#index];
  }

  /** Where it comes from. */
  get origin(): Origin {
    return this.#batch.origin;
  }

  /** When it was received, in ms since the epoch. */
  get receivedAt(): number {
    return this.#batch.receivedAt;
  }

  /** A line of the same origin and time with another content, other fields, or both. */
  with(changes: LineChanges): Line {
    const { origin, receivedAt } = this;
    const fields = 'fields' in changes ? changes.fields : this.fields;
    const init = { origin, receivedAt, fields: fields && [fields] };
    return new Line(Batch.fromTexts([changes.content ?? this.bytes], init), 0);
  }
}

/**
 * Batches to lines. Each batch is settled as soon as its lines were emitted: as stored, or, if the subscriber left in the
 * middle, as not.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * import { filter, type Observable } from 'rxjs';
 *
 * export function errorsOf(batches$: Observable<Batch>): Observable<Batch> {
 *   return batches$.pipe(
 *     eachLine(),
 *     filter((line) => line.text.includes('error')),
 *     fromLines({ origin: { source: 'errors' }, clock: systemClock }),
 *   );
 * }
 * ```
 */
export function eachLine(): OperatorFunction<Batch, Line> {
  return (batches$) =>
    new Observable<Line>((subscriber) =>
      batches$.subscribe({
        next(batch) {
          let emitted = 0;
          while (emitted < batch.length && !subscriber.closed) subscriber.next(new Line(batch, emitted++));
          batch.delivery.release(emitted === batch.length);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
}

/**
 * How lines become batches.
 *
 * @remarks Since 0.1.0
 */
export interface FromLinesInit {
  /** The origin of texts and bytes. A {@link Line} has its own. */
  readonly origin: Origin;
  /** Tells when texts and bytes are received. */
  readonly clock: Clock;
  /** The most lines of a batch. @defaultValue 1024 */
  readonly maxLines?: number;
  /** Bytes (of texts: UTF-16 code units) from which on a batch takes no more lines. @defaultValue 64 KiB */
  readonly maxBytes?: number;
}

/**
 * Lines to batches: lines that are emitted in one go (before the next microtask), of one origin and one time, become one
 * batch, up to the limits. It holds copies, made when the batch is. A line feed inside of a text does not end the line.
 *
 * Lines wait for at most a microtask; they are emitted before an error or the completion is passed on, and are forgotten
 * when the subscriber leaves. Nobody is told when the batches are settled.
 *
 * @remarks Since 0.1.0
 */
export function fromLines(init: FromLinesInit): OperatorFunction<string | Uint8Array | Line, Batch> {
  const { origin, clock, maxLines = 1024, maxBytes = 64 * 1024 } = init;
  return (lines$) =>
    new Observable<Batch>((subscriber) => {
      let contents: (string | Uint8Array)[] = [];
      let fields: (Fields | undefined)[] | undefined;
      let byteLength = 0;
      let batchOrigin = origin;
      let receivedAt = 0;
      // Whether what waits are texts or bytes, not lines: those have an origin and a time of their own.
      let areTexts = true;
      let isScheduled = false;

      function emit(): void {
        if (contents.length === 0) return;
        const batch = Batch.fromTexts(contents, { origin: batchOrigin, receivedAt, fields });
        contents = [];
        fields = undefined;
        byteLength = 0;
        subscriber.next(batch);
      }

      function emitInMicrotask(): void {
        if (isScheduled) return;
        isScheduled = true;
        queueMicrotask(() => {
          isScheduled = false;
          emit();
        });
      }

      function add(content: string | Uint8Array, lineFields: Fields | undefined): void {
        if (lineFields && !fields) fields = contents.map(() => undefined);
        fields?.push(lineFields);
        contents.push(content);
        byteLength += content.length + 1;
        if (contents.length >= maxLines || byteLength >= maxBytes) emit();
        else emitInMicrotask();
      }

      function addText(text: string | Uint8Array): void {
        if (contents.length === 0 || !areTexts) {
          emit();
          areTexts = true;
          batchOrigin = origin;
          receivedAt = clock.now();
        }
        add(text, undefined);
      }

      function addLine(line: Line): void {
        if (batchOrigin !== line.origin || receivedAt !== line.receivedAt) {
          emit();
          areTexts = false;
          batchOrigin = line.origin;
          receivedAt = line.receivedAt;
        }
        add(line.bytes, line.fields);
      }

      return lines$.subscribe({
        next: (line) => (line instanceof Line ? addLine(line) : addText(line)),
        error(error: unknown) {
          emit();
          subscriber.error(error);
        },
        complete() {
          emit();
          subscriber.complete();
        },
      });
    });
}
