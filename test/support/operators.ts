/** Stream operators for tests. */
import { bufferCount, map, Observable } from 'rxjs';
import { type Batch, joinLines } from '../../src/core/batch.ts';
import type { StreamOperator, StreamOperatorContext } from '../../src/core/component.ts';
import { Delivery } from '../../src/core/delivery.ts';

/** Emits each batch when the next one comes, and the last one at the end. */
export function oneBehind(): StreamOperator {
  return {
    operate: (batches$) =>
      new Observable((subscriber) => {
        let held: Batch | undefined;
        return batches$.subscribe({
          next: (batch) => {
            if (held) subscriber.next(held);
            held = batch;
          },
          complete: () => {
            if (held) subscriber.next(held);
            subscriber.complete();
          },
        });
      }),
  };
}

/** Joins batches two by two into one line. */
export function inPairs(context: StreamOperatorContext): StreamOperator {
  return {
    operate: (batches$) =>
      batches$.pipe(
        bufferCount(2),
        map((batches) => {
          const texts = batches.flatMap((batch) => batch.texts());
          context.merged(texts.length - 1);
          const delivery = Delivery.all(batches.map((batch) => batch.delivery));
          return batches[0]!.withLines(joinLines([texts.join('+')])).withDelivery(delivery);
        }),
      ),
  };
}

/** Takes what it is given, emits nothing, and never ends. */
export function stuck(): StreamOperator {
  return { operate: (batches$) => new Observable(() => batches$.subscribe(() => {})) };
}
