/** What somebody may have meant: the nearest of several names. */

/** The name of `candidates` that `text` is most likely a slip for, if there is one. */
export function suggest(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = text.slice(0, 64).toLowerCase();
  const names = [...candidates].filter((name) => name !== text);
  let best: string | undefined;
  // A third of the letters may be wrong; one letter alone says nothing.
  let bestDistance = wanted.length < 2 ? 1 : Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const distance =
      simplify(name) === simplify(wanted) ? 0 : editDistance(wanted, name.toLowerCase(), bestDistance);
    if (distance >= bestDistance) continue;
    best = name;
    bestDistance = distance;
  }
  if (best !== undefined || wanted.length < 3) return best;
  const longer = names.filter((name) => name.toLowerCase().startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

/** `did you mean …?`, if there is something near. */
export function didYouMean(text: string, candidates: Iterable<string>): string | undefined {
  const name = suggest(text, candidates);
  return name === undefined ? undefined : `did you mean \`${name}\`?`;
}

/** `a`, `b` or `c`. */
export function listOf(names: readonly string[], conjunction = 'or'): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length <= 1) return quoted.join('');
  return `${quoted.slice(0, -1).join(', ')} ${conjunction} ${quoted.at(-1)}`;
}

/** `max-size`, `max_size` and `maxSize` are spelled alike. */
function simplify(name: string): string {
  return name.replaceAll(/[-_. ]/g, '').toLowerCase();
}

/**
 * How many letters have to be changed, added, left out or swapped with their neighbour (Damerau and Levenshtein, optimal
 * string alignment); `limit` if that is `limit` or more.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length]!, limit);
}
