/**
 * The judge. It reads what the sender says it sent and what the sinks' files hold, decides of each line whether it is stored,
 * missing, there twice, torn, invented or out of order, and only then compares with what the collector says of itself.
 *
 * What may be missing, and why:
 *
 * - the end of a connection that was reset, broken or closed by the collector: nobody knows how much was read
 * - the end of a connection in a life that was killed: it was read, or queued
 * - what a policy or a deadline dropped, in a sink or in a source, as many lines as the ledger says
 * - what somebody took away from outside, which the witness saw
 * - what a killed process had in memory before it could go to the spill of its sink
 * - what was written to a deleted file, and could not be written again since the disk was full, as many lines as the log says
 *
 * Everything else is a breach.
 */
import type { LedgerStatement, SinkStatement } from '../../src/core/ledger.ts';
import type { Life } from './collector-process.ts';
import type { Sent } from './journal.ts';
import { recognize } from './line.ts';
import type { JudgedSink } from './topology.ts';

/** A line as it was found. */
export interface FoundLine {
  readonly line: Buffer;
  /** Whether a line feed stood behind it. */
  readonly ended: boolean;
  readonly path: string;
}

/** What is there to be judged of one sink. */
export interface Evidence {
  readonly sink: JudgedSink;
  readonly run: string;
  readonly found: Iterable<FoundLine>;
  /** Whether it is known of every file where it stands in the order. */
  readonly isOrdered: boolean;
  /** What somebody took away from outside. */
  readonly taken: Iterable<Buffer>;
  readonly sent: readonly Sent[];
  readonly lives: readonly Life[];
  /** How many lines were stored by the end of each life, as counted from the files. */
  readonly storedByLife: readonly number[];
}

/** How many lines became what. */
export interface Verdict {
  readonly sink: string;
  sent: number;
  /** Different lines in files, or taken away. */
  stored: number;
  readonly missing: Record<string, number>;
  duplicates: number;
  torn: number;
  invented: number;
  outOfOrder: number;
  takenAway: number;
  /** How many lines of each connection there are, up to its last one. */
  readonly ends: Map<number, number>;
  /** What is known of connections that lack lines without a reason. */
  readonly unexplained: string[];
  readonly breaches: string[];
}

/** How late the sender may notice something, in ms. */
const LATE = 5000;

/** The lines of one connection, as they are found. */
interface Track {
  next: number;
  stored: number;
  /** What was jumped over, as [from, to). */
  gaps: [number, number][];
}

export function judge(evidence: Evidence): Verdict {
  const { sink, sent } = evidence;
  const verdict: Verdict = {
    sink: sink.name,
    sent: 0,
    stored: 0,
    missing: {},
    duplicates: 0,
    torn: 0,
    invented: 0,
    outOfOrder: 0,
    takenAway: 0,
    ends: new Map(),
    unexplained: [],
    breaches: [],
  };
  const byConn = new Map(sent.filter(({ source }) => sink.sources.includes(source)).map((s) => [s.conn, s]));
  const tracks = new Map<number, Track>();
  for (const found of evidence.found) lookAt(found, { evidence, verdict, byConn, tracks });
  if (sink.kind !== 'ring') {
    takeIn(evidence, verdict, tracks);
    for (const each of byConn.values()) settle(each, tracks.get(each.conn), evidence, verdict);
    compareMissing(evidence, verdict);
    compareStored(evidence, verdict);
  }
  for (const kind of ['duplicates', 'torn', 'invented', 'outOfOrder'] as const) {
    if (kind === 'duplicates' && mayRepeat(evidence)) continue;
    if (verdict[kind] > 0) breach(verdict, `${verdict[kind]} lines are ${kind}`);
  }
  return verdict;
}

/** After a kill a spill gives its sink again what it may have had before. */
function mayRepeat({ sink, lives }: Evidence): boolean {
  return sink.mayRepeat && lives.some(({ ending }) => ending === 'killed');
}

interface Bench {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly byConn: ReadonlyMap<number, Sent>;
  readonly tracks: Map<number, Track>;
}

function lookAt({ line, ended, path }: FoundLine, { evidence, verdict, byConn, tracks }: Bench): void {
  const found = recognize(evidence.run, line);
  const sent = found.kind === 'foreign' ? undefined : byConn.get(found.conn);
  const show = (): string => `${path.split('/').at(-1)}: ${JSON.stringify(line.toString('latin1', 0, 60))}`;
  if (!ended) {
    // The slow sink has no torn tails to set apart: what a kill left of it stays.
    if (evidence.sink.kind === 'slow') return;
    verdict.torn++;
    return breach(verdict, `a line without its end: ${show()}`);
  }
  if (found.kind === 'foreign' || !sent || (found.kind === 'whole' && found.seq >= sent.lines)) {
    verdict.invented++;
    return breach(verdict, `never sent: ${show()}`);
  }
  if (found.kind === 'torn') {
    verdict.torn++;
    return breach(verdict, `not as it was sent: ${show()}`);
  }
  let track = tracks.get(found.conn);
  if (!track) {
    // A ring begins anywhere.
    const next = evidence.sink.kind === 'ring' ? found.seq : 0;
    tracks.set(found.conn, (track = { next, stored: 0, gaps: [] }));
  }
  if (found.seq >= track.next) {
    if (found.seq > track.next) track.gaps.push([track.next, found.seq]);
    track.next = found.seq + 1;
    track.stored++;
    verdict.stored++;
    return;
  }
  if (!fill(track, found.seq)) {
    verdict.duplicates++;
    if (mayRepeat(evidence)) return;
    return breach(verdict, `there twice: ${show()}`);
  }
  track.stored++;
  verdict.stored++;
  if (!evidence.isOrdered) return;
  verdict.outOfOrder++;
  breach(verdict, `behind a later one: ${show()}`);
}

/** Takes a line out of the gaps; answers whether it was in one. */
function fill(track: Track, seq: number): boolean {
  const index = track.gaps.findIndex(([from, to]) => seq >= from && seq < to);
  if (index < 0) return false;
  const [from, to] = track.gaps[index]!;
  const rest: [number, number][] = [];
  if (from < seq) rest.push([from, seq]);
  if (seq + 1 < to) rest.push([seq + 1, to]);
  track.gaps.splice(index, 1, ...rest);
  return true;
}

/** Lines that somebody took away were stored, too. */
function takeIn({ run, taken, sink }: Evidence, verdict: Verdict, tracks: Map<number, Track>): void {
  for (const line of taken) {
    const found = recognize(run, line);
    if (found.kind !== 'whole') {
      verdict.torn++;
      breach(verdict, `${sink.name}: taken away, but not as it was sent`);
      continue;
    }
    let track = tracks.get(found.conn);
    if (!track) tracks.set(found.conn, (track = { next: 0, stored: 0, gaps: [] }));
    if (found.seq >= track.next) {
      if (found.seq > track.next) track.gaps.push([track.next, found.seq]);
      track.next = found.seq + 1;
    } else if (!fill(track, found.seq)) continue;
    track.stored++;
    verdict.stored++;
    verdict.takenAway++;
  }
}

/** Says what became of the lines of one connection. */
function settle(sent: Sent, track: Track | undefined, evidence: Evidence, verdict: Verdict): void {
  verdict.sent += sent.lines;
  verdict.ends.set(sent.conn, track?.next ?? 0);
  const gaps = track?.gaps.reduce((sum, [from, to]) => sum + to - from, 0) ?? 0;
  const tail = sent.lines - (track?.next ?? 0);
  // Where a policy drops lines, it can drop them anywhere.
  count(verdict, evidence.sink.lossless ? 'within' : 'dropped', gaps);
  if (tail === 0) return;
  if (sent.ending !== 'clean') return count(verdict, sent.ending, tail);
  const life = livesOf(sent, evidence.lives);
  if (life.some(({ ending }) => ending === 'killed')) return count(verdict, 'killed', tail);
  count(verdict, evidence.sink.lossless ? 'unexplained' : 'dropped', tail);
  if (evidence.sink.lossless) verdict.unexplained.push(`the last ${tail} of ${JSON.stringify(sent)}`);
}

/** The lives that a connection may have belonged to: the sender, on a busy machine, notices late that it is connected. */
export function livesOf({ openedAt }: Sent, lives: readonly Life[]): Life[] {
  return lives.filter(({ startedAt, endedAt }) => startedAt <= openedAt && endedAt >= openedAt - LATE);
}

/** Lines that are missing in the midst, or without a reason of their own, must be the ones that the ledger calls dropped. */
function compareMissing({ sink, lives }: Evidence, verdict: Verdict): void {
  const { within = 0, unexplained = 0, dropped: missing = within + unexplained } = verdict.missing;
  const dropped = lives.reduce(
    (sum, life) => sum + droppedIn(statement(life, sink.name)) + abandonedIn(life, sink),
    0,
  );
  // Of a life that was killed nobody knows what its policy dropped last.
  const isKnown = sink.lossless || lives.every(({ ending }) => ending !== 'killed');
  const lost = lives.reduce((sum, life) => sum + lostOutside(life), 0);
  if (isKnown && missing > dropped + lost) {
    breach(
      verdict,
      `${missing} lines are missing without a reason; the ledger says that ${dropped} were dropped`,
    );
  }
}

/** Life for life: what counted as stored must be there. */
function compareStored({ sink, lives, storedByLife }: Evidence, verdict: Verdict): void {
  for (const [index, life] of lives.entries()) {
    const there = storedByLife[index]! - (storedByLife[index - 1] ?? 0);
    const said = statement(life, sink.name);
    if (!said) continue;
    const name = `life ${index + 1} (${life.ending})`;
    if (there + lostOutside(life) < said.stored)
      breach(verdict, `${name}: ${said.stored} counted as stored, ${there} are there`);
    // A write that was still under way at the deadline may have succeeded.
    const most = said.stored + droppedIn(said, 'deadline');
    if (life.final && there > most) {
      breach(verdict, `${name}: ${there} are there, but only ${said.stored} counted as stored`);
    }
  }
}

function statement(life: Life, sink: string): SinkStatement | undefined {
  const ledger: LedgerStatement | undefined = life.final ?? life.polled;
  return ledger?.sinks[sink];
}

/** Lines that sources had read and gave up at a deadline. The beginning of a line is none. */
function abandonedIn(life: Life, { sources }: JudgedSink): number {
  const accounts = (life.final ?? life.polled)?.sources ?? {};
  return sources.reduce((sum, name) => sum + (accounts[name]?.dropped['abandoned']?.lines ?? 0), 0);
}

/** Lines that the log says were lost with a file that somebody deleted: there was no space to write them again. */
function lostOutside({ entries }: Life): number {
  return entries
    .filter(({ msg }) => /was taken away, and \d+ lines with it/.test(msg))
    .reduce((sum, { lines }) => sum + Number(lines), 0);
}

function droppedIn(said: SinkStatement | undefined, reason?: string): number {
  if (!said) return 0;
  return Object.entries({ ...said.dropped, ...said.rejected })
    .filter(([name]) => reason === undefined || name === reason)
    .reduce((sum, [, { lines }]) => sum + lines, 0);
}

function count(verdict: Verdict, reason: string, lines: number): void {
  if (lines > 0) verdict.missing[reason] = (verdict.missing[reason] ?? 0) + lines;
}

/** Notes a breach; of a hundred alike the first ones tell enough. */
function breach(verdict: Verdict, what: string): void {
  if (verdict.breaches.length < 6) verdict.breaches.push(what);
}
