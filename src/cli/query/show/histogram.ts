/**
 * How many lines came when, as a picture:
 *
 *     1,203 ┤          ▃█
 *           │     ▂    ██
 *         0 ┼──────────────────
 *           12:00    12:10    12:20
 *
 * Where the terminal has no such characters, they are `#`, `|` and `-`. Times are UTC, as everywhere.
 */
import { formatTime } from '../../../core/template.ts';
import { formatDuration } from '../../../core/units.ts';
import { formatCount, formatNumber } from '../../format-count.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MILLISECONDS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Spans that people count in, in ms. */
const SPANS: readonly number[] = [
  ...MILLISECONDS,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((count) => count * DAY),
];

const ROWS = 8;
const EIGHTHS = ' ▁▂▃▄▅▆▇█';

/** How a picture is drawn. */
export interface PictureOptions {
  /** Of the terminal. */
  readonly columns: number;
  /** Whether there are characters beyond ASCII. */
  readonly unicode: boolean;
  /** Colours a row of bars. */
  readonly paint: (bars: string) => string;
}

/** The smallest span with which everything from `first` to `last` (in ms since the epoch) takes no more than so many columns. */
export function chooseSpan(first: number, last: number, columns: number): number {
  const fits = (span: number): boolean => Math.floor(last / span) - Math.floor(first / span) < columns;
  const span = SPANS.find(fits);
  if (span !== undefined) return span;
  // Centuries.
  let years = 364 * DAY;
  while (!fits(years)) years *= 2;
  return years;
}

/** How many columns there are for bars. */
export function barColumns(columns: number): number {
  return Math.max(10, columns - 12);
}

/** Draws counts. `counts` has when each span begins, in ms since the epoch; spans that are missing have none. */
export function drawHistogram(
  counts: ReadonlyMap<number, number>,
  span: number,
  { columns, unicode, paint }: PictureOptions,
): string {
  const first = Math.min(...counts.keys());
  const last = Math.max(...counts.keys());
  const bars = Math.round((last - first) / span) + 1;
  // A few bars are made wider, so that the picture fills the terminal.
  const width = Math.max(1, Math.floor(barColumns(columns) / bars));
  const values = Array.from({ length: bars }, (_, index) => counts.get(first + index * span) ?? 0);
  const most = Math.max(...values);
  const labelWidth = Math.max(...[most, 0].map((value) => formatNumber(value).length));
  const [tick, side, corner, line] = unicode ? ['┤', '│', '┼', '─'] : ['|', '|', '+', '-'];
  const rows: string[] = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    const label = row === ROWS - 1 ? formatNumber(most) : '';
    const drawn = values.map((value) => barAt(value / most, row, unicode).repeat(width)).join('');
    rows.push(`${label.padStart(labelWidth)} ${label === '' ? side : tick}${paint(drawn.trimEnd())}`);
  }
  rows.push(`${'0'.padStart(labelWidth)} ${corner}${line.repeat(bars * width)}`);
  rows.push(' '.repeat(labelWidth + 2) + timeLabels(first, span, bars, width));
  const total = values.reduce((sum, value) => sum + value, 0);
  const range = `${dateTime(first)} to ${dateTime(last + span)} UTC`;
  rows.push(`${formatCount(total, 'line')}, ${formatDuration(span)} a bar, ${range}`);
  return `${rows.map((row) => row.trimEnd()).join('\n')}\n`;
}

/** What stands in one row of a bar that is so high (0 to 1). What is there at all is seen. */
function barAt(height: number, row: number, unicode: boolean): string {
  const eighths = height > 0 ? Math.max(1, Math.round(height * ROWS * 8)) : 0;
  const here = Math.max(0, Math.min(8, eighths - row * 8));
  if (unicode) return EIGHTHS[here]!;
  return here >= 4 || (row === 0 && here > 0) ? '#' : ' ';
}

/** Times below the bars, as many as fit with room between them. */
function timeLabels(first: number, span: number, bars: number, width: number): string {
  const format = labelFormat(span, span * bars);
  const room = format(first).length + 3;
  let text = '';
  for (let bar = 0; bar < bars; bar++) {
    const at = bar * width;
    if (text.length > at || (text.length > 0 && at - text.trimEnd().length < 2)) continue;
    if (at + room - 3 > bars * width && bar > 0) break;
    text = text.padEnd(at) + format(first + bar * span);
    text = text.padEnd(at + room);
  }
  return text;
}

function labelFormat(span: number, whole: number): (time: number) => string {
  if (span >= DAY) return whole > 300 * DAY ? partOfTime(0, 10) : partOfTime(5, 10);
  if (whole > DAY) return partOfTime(5, 16);
  if (span >= MINUTE) return partOfTime(11, 16);
  return span >= SECOND ? partOfTime(11, 19) : partOfTime(11, 23);
}

/** Some characters of `2026-01-31 12:00:00.000`. */
function partOfTime(from: number, to: number): (time: number) => string {
  return (time) => formatTime(time).slice(from, to).replace('T', ' ');
}

function dateTime(time: number): string {
  return formatTime(time).slice(0, 19).replace('T', ' ');
}

/** Counts times without knowing how far they reach: spans grow as they do. */
export class TimeCounts {
  static readonly #MOST = 20_000;
  /** Each a multiple of the one before. */
  static readonly #SPANS = [1, 10, 100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, DAY, 28 * DAY];
  /** Lines without a time. */
  unknown = 0;
  #level = 0;
  #counts = new Map<number, number>();

  get first(): number {
    return Math.min(...this.#counts.keys());
  }

  get last(): number {
    return Math.max(...this.#counts.keys());
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(time: number): void {
    if (Number.isNaN(time)) {
      this.unknown++;
      return;
    }
    this.#count(time, 1);
    while (this.#counts.size > TimeCounts.#MOST && this.#level + 1 < TimeCounts.#SPANS.length) {
      const counts = this.#counts;
      this.#counts = new Map();
      this.#level++;
      for (const [start, count] of counts) this.#count(start, count);
    }
  }

  /** The counts by spans of this length, which must be longer than those it has counted by. */
  by(span: number): Map<number, number> {
    const counts = new Map<number, number>();
    for (const [start, count] of this.#counts) {
      const key = Math.floor(start / span) * span;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
    return counts;
  }

  #count(time: number, count: number): void {
    const span = TimeCounts.#SPANS[this.#level]!;
    const key = Math.floor(time / span) * span;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }
}
