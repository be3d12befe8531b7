/**
 * Lifts the short form of an operator. Deliveries: a batch that comes in brings one keeper. It goes on with what comes
 * out, is added to when that is several batches, and is released when nothing comes out.
 */
import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import type { Batch } from '../../core/batch.ts';
import type { TransformOperator } from '../../core/component.ts';
import type { Callee } from '../containment/calls.ts';
import { isBatch } from '../containment/is-batch.ts';
import { release } from '../containment/release.ts';
import type { OperatorBooks } from './operator-books.ts';

/** One operator in its place in a chain. */
export interface Stage {
  readonly lift: OperatorFunction<Batch, Batch>;
  /** Ends it at once; answers how many lines it held. */
  abandon(): number;
}

/** Makes a stage of the short form of an operator. Between two batches it holds nothing. */
export function toTransformStage(operator: TransformOperator, books: OperatorBooks, callee: Callee): Stage {
  const lift: OperatorFunction<Batch, Batch> = (batches$) =>
    new Observable((subscriber) =>
      batches$.subscribe({
        next: (batch) => transform(operator, books, callee, batch, subscriber),
        complete: () => subscriber.complete(),
      }),
    );
  return { lift, abandon: () => 0 };
}

function transform(
  operator: TransformOperator,
  books: OperatorBooks,
  callee: Callee,
  batch: Batch,
  subscriber: Subscriber<Batch>,
): void {
  const heldBefore = books.held;
  books.wentIn(batch.length);
  let outputs: readonly Batch[];
  const before = callee.enter();
  try {
    outputs = toOutputs(operator.transform(batch));
    callee.leave(before);
  } catch (error) {
    callee.leave(before);
    // What it counted before it failed stays counted.
    books.failed(error, Math.max(0, books.held - heldBefore));
    books.balance(heldBefore);
    release(batch, false, books.log);
    return;
  }
  for (const output of outputs) books.cameOut(output.length);
  books.balance(heldBefore);
  if (outputs.length === 0) return release(batch, true, books.log);
  if (outputs.length > 1) batch.delivery.retain(outputs.length - 1);
  for (const output of outputs) subscriber.next(output.withDelivery(batch.delivery));
}

/** What a transform answered as a list of batches with lines. */
function toOutputs(answer: unknown): readonly Batch[] {
  if (answer === undefined) return [];
  const outputs: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  for (const output of outputs) {
    if (isBatch(output)) continue;
    // Not to become an unhandled rejection as well.
    if (output instanceof Promise) output.catch(() => {});
    throw new TypeError('transform answered something that is no batch');
  }
  return (outputs as readonly Batch[]).filter(({ length }) => length > 0);
}
