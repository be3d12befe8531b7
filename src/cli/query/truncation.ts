/** Why an answer has not everything, where nobody asked for that. */
import type { Truncation } from '../../query/answering/summary.ts';

const TEXTS: Readonly<Record<Truncation, string | undefined>> = {
  limit: undefined,
  last: undefined,
  bytes:
    'this is not all: there is more than one answer may have (query.maxResultBytes); ask for less, or with -n for the newest lines',
  timeout:
    'this is not all: the search took too long and was ended (query.searchTimeout); ask for less time with --since',
  groups: 'not all values are listed: there are more than are counted (query.maxGroups)',
};

/** What is to be said; nothing if that was everything, or as much as was asked for. */
export function describeTruncation(truncated: Truncation | undefined): string | undefined {
  return truncated && TEXTS[truncated];
}
