/** The times between which a line must have been received for an expression to hold: what lets a search leave out whole files. */
import type { Node } from './syntax.ts';

/** `since` belongs to it, `until` does not; in ms since the epoch. What is absent is open. */
export interface TimeBounds {
  readonly since?: number;
  readonly until?: number;
}

/** The closest bounds that are sure. */
export function boundsOf(node: Node): TimeBounds {
  const { since, until } = spanOf(node);
  return {
    ...(since > Number.NEGATIVE_INFINITY && { since }),
    ...(until < Number.POSITIVE_INFINITY && { until }),
  };
}

type Span = Required<TimeBounds>;

const ALWAYS: Span = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

function spanOf(node: Node): Span {
  switch (node.kind) {
    case 'time':
      return { since: node.since ?? ALWAYS.since, until: node.until ?? ALWAYS.until };
    case 'and':
      return node.parts.map(spanOf).reduce((a, b) => ({
        since: Math.max(a.since, b.since),
        until: Math.min(a.until, b.until),
      }));
    case 'or':
      return node.parts.map(spanOf).reduce((a, b) => ({
        since: Math.min(a.since, b.since),
        until: Math.max(a.until, b.until),
      }));
    case 'not': {
      // NOT since:5m also holds for lines of which no time is known: those are not looked for by time.
      const { since, until } = node.part.kind === 'time' ? node.part : {};
      if (since === undefined && until !== undefined) return { since: until, until: ALWAYS.until };
      if (since !== undefined && until === undefined && since > ALWAYS.since)
        return { since: ALWAYS.since, until: since };
      return ALWAYS;
    }
    default:
      return ALWAYS;
  }
}
