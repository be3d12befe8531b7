/** Counts lines by spans of time that suit a picture: how long they are depends on when the first and the last line came. */
import type { Truncation } from '../../query/answering/summary.ts';
import type { LinesQuestion } from '../../query/questions/question.ts';
import type { Place } from './place/place.ts';
import { TimeCounts } from './show/histogram.ts';

/** Lines by when they came. */
export interface TimesCounted {
  /** By when each span begins, in ms since the epoch, in order. */
  readonly counts: ReadonlyMap<number, number>;
  /** How long each is, in ms. */
  readonly span: number;
  /** Lines of which it is not known. */
  readonly unknown: number;
  readonly truncated: Truncation | undefined;
}

const NONE: TimesCounted = { counts: new Map(), span: 1, unknown: 0, truncated: undefined };

/** @param choose - the span for lines between two times */
export async function countTimes(
  place: Place,
  question: LinesQuestion,
  signal: AbortSignal,
  choose: (first: number, last: number) => number,
): Promise<TimesCounted> {
  // A collector counts itself: only the first and the last line are looked at before.
  if (!place.isElsewhere) return countHere(place, question, signal, choose);
  const first = await oneTime(place, question, 'oldest', signal);
  const last = await oneTime(place, question, 'newest', signal);
  if (first === undefined || last === undefined) return NONE;
  const span = choose(Math.min(first, last), Math.max(first, last));
  const { groups, none, summary } = await place.count(
    { ...question, by: { kind: 'time', bucket: span } },
    signal,
  );
  const counts = new Map(groups.map(({ key, count }) => [Number(key), count]));
  return { counts, span, unknown: none, truncated: summary.truncated };
}

async function countHere(
  place: Place,
  question: LinesQuestion,
  signal: AbortSignal,
  choose: (first: number, last: number) => number,
): Promise<TimesCounted> {
  const times = new TimeCounts();
  for await (const { receivedAt } of place.search({ ...question, tellsTimes: true }, signal)) {
    for (const time of receivedAt) times.add(time);
  }
  const { unknown } = times;
  if (times.isEmpty) return { ...NONE, unknown };
  const span = choose(times.first, times.last);
  const counts = new Map([...times.by(span)].toSorted(([a], [b]) => a - b));
  return { counts, span, unknown, truncated: undefined };
}

/** When the first or the last of the lines was received. */
async function oneTime(
  place: Place,
  question: LinesQuestion,
  order: 'oldest' | 'newest',
  signal: AbortSignal,
): Promise<number | undefined> {
  for await (const { receivedAt } of place.search({ ...question, order, limit: 1 }, signal))
    return receivedAt[0];
  return undefined;
}
