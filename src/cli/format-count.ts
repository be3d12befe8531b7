/** `1 line`, `10,000 lines`. */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `10,000`, whatever the language of the machine. */
export function formatNumber(count: number): string {
  return count.toLocaleString('en-US');
}
