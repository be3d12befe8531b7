/** Lifts the short form of a source: lines are asked for when there is credit for those before. */
import { Observable, type Subscriber } from 'rxjs';
import { type Batch, joinLines, type Lines } from '../../core/batch.ts';
import type { LineSource, Source, SourceContext } from '../../core/component.ts';

/** For how long it goes on without letting others have their turn, in ms. */
const MAX_TURN = 10;

/** Makes a source of lines a source of batches. */
export function fromLineSource(source: LineSource, context: SourceContext): Source {
  const stopping = new AbortController();
  const { start, clients, address, inspect } = source;
  const dispose = source[Symbol.asyncDispose];
  return {
    ...(start && { start: () => start.call(source) }),
    ...(clients && { clients: () => clients.call(source) }),
    ...(address && { address: () => address.call(source) }),
    ...(inspect && { inspect: () => inspect.call(source) }),
    stop: () => stopping.abort(),
    batches$: new Observable((subscriber) => {
      const closed = new AbortController();
      void pump(source, context, subscriber, stopping.signal, closed.signal);
      return () => closed.abort();
    }),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await dispose?.call(source);
    },
  };
}

/**
 * @param stopping - Aborted when the source is to take nothing new.
 * @param closed - Aborted when nobody takes lines any more.
 */
async function pump(
  source: LineSource,
  context: SourceContext,
  subscriber: Subscriber<Batch>,
  stopping: AbortSignal,
  closed: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([stopping, closed]);
  const { clock } = context;
  let turnedAt = clock.monotonic();
  try {
    for await (const item of source.lines(signal)) {
      // Lines that need no waiting, into sinks that need none, would leave no time for anything else.
      if (clock.monotonic() - turnedAt > MAX_TURN) {
        await new Promise((resolve) => setImmediate(resolve));
        turnedAt = clock.monotonic();
      }
      const lines = toLines(item);
      if (lines.bounds.length > 0) {
        const batch = await admitted(lines, context, closed);
        if (batch) subscriber.next(batch);
        else abandon(lines, context);
      }
      if (signal.aborted) break;
    }
    subscriber.complete();
  } catch (error) {
    // Whatever waits with the signal tells its end by an error.
    if (signal.aborted && isAbort(error, signal)) subscriber.complete();
    else subscriber.error(error);
  }
}

function toLines(item: unknown): Lines {
  if (isLines(item)) return item;
  const texts: readonly unknown[] = Array.isArray(item) ? item : [item];
  if (!texts.every(isText)) throw new TypeError('something was given that is no line');
  return joinLines(texts);
}

function isLines(item: unknown): item is Lines {
  const { bytes, bounds } = (item ?? {}) as Partial<Lines>;
  return bounds instanceof Uint32Array && bytes instanceof Uint8Array;
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** Waits until lines are admitted; `undefined` if `closed` was aborted before. */
async function admitted(
  lines: Lines,
  context: SourceContext,
  closed: AbortSignal,
): Promise<Batch | undefined> {
  while (!closed.aborted) {
    const batch = context.admit(lines);
    if (batch) return batch;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        stopListening();
        closed.removeEventListener('abort', wake);
        resolve();
      };
      const stopListening = context.credit.onAvailable(wake);
      closed.addEventListener('abort', wake);
    });
  }
  return undefined;
}

function abandon(lines: Lines, context: SourceContext): void {
  context.discard('abandoned', lines.bounds.length / 2, { intentional: false, bytes: lines.bytes.length });
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
