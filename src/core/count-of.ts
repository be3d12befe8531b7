/** How many there are of something, for messages: `1 line`, `2 lines`. */

const SINGULAR = { are: 'is', were: 'was', wait: 'waits' } as const;

/** `1 line`, `2 lines`; with the verb that follows, `1 line was`, `2 lines were`. */
export function countOf(count: number, noun: string, verb?: keyof typeof SINGULAR): string {
  const [plural, follows] = count === 1 ? ['', verb && SINGULAR[verb]] : ['s', verb];
  return `${count} ${noun}${plural}${follows === undefined ? '' : ` ${follows}`}`;
}
