/** The last line of `[low, high)` that starts at `position` or before. It looks near `low` first. */
export function lineAt(starts: Uint32Array, position: number, low: number, high: number): number {
  let step = 1;
  while (low + step < high && starts[low + step]! <= position) {
    low += step;
    step *= 2;
  }
  let above = Math.min(high, low + step);
  while (above - low > 1) {
    const middle = low + Math.floor((above - low) / 2);
    if (starts[middle]! <= position) low = middle;
    else above = middle;
  }
  return low;
}
