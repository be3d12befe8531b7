/**
 * What a name with a value asks: of a field of the line, or, for a few names that are not in quotes, of what is known of
 * the line beside its bytes (`@source`, `@peer`, `@time`, `since`, `until`) or of its level (`level`).
 */
import type { Buffer } from 'node:buffer';
import { toSeverity } from './severity.ts';
import type { Bound, Term, Value } from './syntax.ts';
import { readTime, type TimeSpan } from './times.ts';

/** The name of a field as it was written. */
export interface FieldName {
  readonly bytes: Buffer;
  readonly isQuoted: boolean;
}

/** Refuses a value. */
export type Refuse = (problem: string, advice?: string) => never;

const FACTS = { '@source': 'source', '@peer': 'peer' } as const;

/** The term for a name and a value; `now` is what durations count back from. */
export function toTerm({ bytes, isQuoted }: FieldName, value: Value, now: number, refuse: Refuse): Term {
  const name = isQuoted ? '' : bytes.toString();
  if (name === '@source' || name === '@peer') {
    if (value.kind === 'range')
      refuse(`${name} cannot be compared`, `Write ${name}:text; * and ? are wildcards.`);
    return { kind: 'fact', fact: FACTS[name], value };
  }
  if (name === '@time') return toTime(value, now, refuse);
  if (name === 'since' || name === 'until') {
    if (value.kind !== 'text') {
      refuse(
        `a time or a duration is expected behind ${name}:`,
        `To look in a field of this name, write "${name}":value.`,
      );
    }
    const span = timeOf(value.bytes, now, refuse);
    return { kind: 'time', [name]: span.from };
  }
  if (name === 'level' && isLevel(value)) return { kind: 'level', value };
  return { kind: 'field', name: bytes, value };
}

/** Whether a value speaks of levels; other values are looked for in the field `level`. */
function isLevel(value: Value): boolean {
  if (value.kind === 'text') return !value.isQuoted && toSeverity(value.bytes) !== undefined;
  if (value.kind !== 'range') return false;
  return isLevelBound(value.low) && isLevelBound(value.high);
}

function isLevelBound(bound: Bound | undefined): boolean {
  return bound === undefined || (!bound.isQuoted && toSeverity(bound.bytes) !== undefined);
}

function toTime(value: Value, now: number, refuse: Refuse): Term {
  if (value.kind === 'exists') return { kind: 'time', since: Number.NEGATIVE_INFINITY };
  if (value.kind === 'text') {
    const { from, to } = timeOf(value.bytes, now, refuse);
    return { kind: 'time', since: from, until: to };
  }
  if (value.kind !== 'range')
    return refuse('a time is expected behind @time:', 'Write @time:>=2026-11-25T20:00, or since:5m.');
  const low = value.low && timeOf(value.low.bytes, now, refuse);
  const high = value.high && timeOf(value.high.bytes, now, refuse);
  return {
    kind: 'time',
    since: low && (value.low.isInclusive ? low.from : low.to),
    until: high && (value.high.isInclusive ? high.to : high.from),
  };
}

function timeOf(bytes: Buffer, now: number, refuse: Refuse): TimeSpan {
  const text = bytes.toString();
  if (Number.isNaN(now) && readTime(text, 0)?.from !== readTime(text, 1)?.from) {
    refuse('durations have nothing to count back from here', 'Write a time, such as 2026-11-25T20:15.');
  }
  return (
    readTime(text, now) ??
    refuse(
      'this is no time and no duration',
      'Write a duration such as 5m or 1h30m, or a time such as 2026-11-25, 2026-11-25T20:15 or 2026-11-25T20:15:30+01:00 (UTC without a zone).',
    )
  );
}
