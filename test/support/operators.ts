/** Stream operators for tests. */
import { Observable } from 'rxjs';
import type { Batch } from '../../src/core/batch.ts';
import type { StreamOperator } from '../../src/core/component.ts';

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
