/** What a component hands over as a batch: it may be anything. */
import { Batch } from '../../core/batch.ts';

/**
 * Whether something is a batch that can be passed on: one of another copy of this package is, too. Of its bounds only the
 * outermost are looked at: they must lie in its bytes.
 */
export function isBatch(value: unknown): value is Batch {
  if (value instanceof Batch) return isWithin(value);
  const batch = value as Partial<Batch> | null | undefined;
  return (
    batch?.bounds instanceof Uint32Array &&
    batch.bytes instanceof Uint8Array &&
    typeof batch.withDelivery === 'function' &&
    typeof batch.delivery?.release === 'function' &&
    isWithin(batch as Batch)
  );
}

function isWithin({ bytes, bounds, length }: Batch): boolean {
  if (bounds.length !== length * 2) return false;
  return (
    length === 0 || (bounds[0]! <= bounds[bounds.length - 1]! && bounds[bounds.length - 1]! < bytes.length)
  );
}
