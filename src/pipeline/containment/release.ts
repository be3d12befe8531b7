/** How the pipeline treats the deliveries that components hand it: not all of them are in order. */
import type { Batch } from '../../core/batch.ts';
import { Delivery } from '../../core/delivery.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

/** A batch that can be passed on: a component that let go of it before gets no acknowledgement, but no line is lost. */
export function sound(batch: Batch): Batch {
  return batch.delivery.settled ? batch.withDelivery(Delivery.ignored) : batch;
}

/**
 * Takes one keeper of a batch away. A component may have put a delivery of its own on the batch; what goes wrong in that
 * (it throws, or it was released too often) is logged and goes no further.
 */
export function release(batch: Batch, stored: boolean, log: Logger): void {
  try {
    batch.delivery.release(stored);
  } catch (error) {
    reportBroken(batch, error, log);
  }
}

/** Lets the delivery of a batch go; answers the same lines, for which nobody is held up any more. */
export function detach(batch: Batch, log: Logger): Batch {
  release(batch, true, log);
  return batch.withDelivery(Delivery.ignored);
}

/** Adds a keeper to a batch of which a part goes another way. */
export function retain(batch: Batch, log: Logger): void {
  try {
    batch.delivery.retain();
  } catch (error) {
    reportBroken(batch, error, log);
  }
}

function reportBroken({ origin: { source } }: Batch, error: unknown, log: Logger): void {
  log.error({ source, error }, `a delivery of lines of ${source} is broken: ${messageOf(error)}`);
}
