/**
 * Counts by value, the largest first or in the order of time:
 *
 *     on a terminal           1,203  503  ████████████        otherwise        1203⇥503
 */

import { widthOf } from '../../../config/printable.ts';
import { escapeText } from '../../../core/escape.ts';
import { formatTime } from '../../../core/template.ts';
import type { CountResult } from '../../../query/answering/count-lines.ts';
import { cut } from '../../briefly.ts';
import { formatNumber } from '../../format-count.ts';

export interface GroupsOptions {
  /** The width of the terminal; absent: there is none. */
  readonly columns?: number | undefined;
  readonly unicode: boolean;
  readonly paint: (bar: string) => string;
}

interface Row {
  readonly count: number;
  readonly value: string;
}

const BAR_COLUMNS = 24;
/** What a value that is shown next to its bar may take. */
const VALUE_COLUMNS = 48;

/** The groups as text. */
export function groupsAsText(result: CountResult, { columns, unicode, paint }: GroupsOptions): string {
  const rows = rowsOf(result);
  if (columns === undefined) return rows.map(({ count, value }) => `${count}\t${value}\n`).join('');
  const most = Math.max(...rows.map(({ count }) => count));
  const countWidth = Math.max(...rows.map(({ count }) => formatNumber(count).length));
  const room = Math.max(8, Math.min(VALUE_COLUMNS, columns - countWidth - 4 - BAR_COLUMNS));
  const values = rows.map(({ value }) => cut(value, room));
  const valueWidth = Math.max(...values.map(widthOf));
  return rows
    .map(({ count }, index) => {
      const value = values[index]! + ' '.repeat(valueWidth - widthOf(values[index]!));
      const bar = (unicode ? '█' : '#').repeat(Math.round((count / most) * BAR_COLUMNS));
      return `${formatNumber(count).padStart(countWidth)}  ${value}  ${paint(bar)}`.trimEnd();
    })
    .map((row) => `${row}\n`)
    .join('');
}

/**
 * The groups as JSON, an object a line, as the query port answers them.
 *
 * @param escapes - whether what could disturb a terminal is written out: it stays JSON
 */
export function groupsAsJson({ groups, none, other }: CountResult, escapes: boolean): string {
  const objects = groups.map(({ key, count }) =>
    typeof key === 'number' ? { time: formatTime(key), count } : { value: key, count },
  );
  return [
    ...objects,
    ...(none > 0 ? [{ none: true, count: none }] : []),
    ...(other > 0 ? [{ other: true, count: other }] : []),
  ]
    .map((object) => JSON.stringify(object))
    .map((json) => `${escapes ? escapeText(json) : json}\n`)
    .join('');
}

function rowsOf({ groups, none, other }: CountResult): Row[] {
  return [
    ...groups.map(({ key, count }) => ({
      count,
      value: typeof key === 'number' ? formatTime(key) : shown(key),
    })),
    ...(none > 0 ? [{ count: none, value: '(none)' }] : []),
    ...(other > 0 ? [{ count: other, value: '(other)' }] : []),
  ];
}

/** A value that could be taken for something else, or spoil the row, is written as JSON. */
function shown(value: string): string {
  const isPlain = value !== '' && !/^["(\s]|\s$/.test(value) && escapeText(value) === value;
  return isPlain ? value : escapeText(JSON.stringify(value));
}
