/**
 * Checks a number that a component counts with: one wrong number would spoil the ledger for good.
 *
 * @throws RangeError
 */
export function asCount(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${value} cannot be counted: it is no whole number from 0 on`);
}
