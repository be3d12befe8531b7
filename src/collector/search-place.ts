/**
 * Where a search looks: in a ring, in files, or in both, where each line is found once and in order.
 *
 * In both: at one moment the sink of the files says what it has stored, by the positions that lines have in what pipelines let out
 * (core/passage.ts), and the lines of the ring that stand behind that are copied. Then the files are searched as they were at that
 * moment, and these lines come last (or first, for the newest).
 *
 * Lines that have left the ring and are not written yet are in neither: then it is waited until they are, for 2 s at most. So it is
 * when only files are searched, for the lines that their sink was given before. A sink that lets lines wait for others is told to hurry.
 *
 * So a line is found once if the same pipelines lead to both sinks. Lines of a pipeline that leads to one of them only are found
 * there; such lines of the ring come behind those of the files. A line that the sink of the files dropped or rejected while later
 * ones were stored is not found.
 */
import { type Clock, sleep } from '../core/clock.ts';
import type { Sink } from '../core/component.ts';
import { LogCasterError } from '../core/errors.ts';
import { turnOfTheEventLoop } from '../core/pace.ts';
import type { FoundLines, ScanQuery, ScanTally } from '../core/search.ts';
import { filterLines } from '../file-search/filter-lines.ts';
import type { Scannable } from '../query/answering/search-lines.ts';
import type { SearchPlace } from '../query/questions/question.ts';

/** How long is waited for lines that are to be written, and how often is looked, in ms. */
const GAP_WAIT = 2000;
const GAP_STEP = 20;

type Ring = Sink & Scannable;
type Files = Sink & Required<Pick<Sink, 'snapshot'>>;

/** What there is to search in. */
export interface Sinks {
  /** By name. */
  readonly sinks: ReadonlyMap<string, Sink>;
  /** Whether a pipeline leads to a sink. */
  readonly leads: (pipeline: string, sink: string) => boolean;
  /** Answers whether the lines have been settled that a sink had been given by the time of the call. */
  readonly settling: (sink: string) => () => boolean;
  readonly clock: Clock;
}

interface Both {
  readonly files: Files;
  readonly ring: Ring & Required<Pick<Sink, 'copyBeyond'>>;
  readonly leads: (pipeline: string) => boolean;
  readonly clock: Clock;
}

/**
 * What is scanned: the first ring, and the files that it is filled again from, or the first.
 *
 * @throws LogCasterError `LC_SEARCH_UNAVAILABLE`
 */
export function toScannable({ sinks, leads, settling, clock }: Sinks, from: SearchPlace): Scannable {
  const all = [...sinks];
  const ring = all
    .map(([, sink]) => sink)
    .find((sink): sink is Ring => sink.scan !== undefined && !sink.snapshot);
  const [name, files] = all
    .toSorted(([a], [b]) => Number(b === ring?.refillFrom) - Number(a === ring?.refillFrom))
    .find((each): each is [string, Files] => each[1].snapshot !== undefined) ?? ['', undefined];
  if (from === 'all' && files && ring && hasCopies(ring)) {
    const both = { files, ring, clock, leads: (pipeline: string) => leads(pipeline, name) };
    return { scan: (query, tally) => scanAll(both, query, tally) };
  }
  const place = from === 'ring' ? ring : from === 'files' ? files : (files ?? ring);
  if (!place) {
    const what = from === 'files' ? 'writes files' : 'can be searched';
    throw new LogCasterError('LC_SEARCH_UNAVAILABLE', `there is no sink that ${what}`);
  }
  if (place === ring) return ring;
  return { scan: (query, tally) => scanFiles(files!, { isSettled: settling(name), clock }, query, tally) };
}

function hasCopies(ring: Ring): ring is Both['ring'] {
  return ring.copyBeyond !== undefined;
}

/** Not a generator: what is found is fixed at the call. */
function scanAll(
  { files, ring, leads, clock }: Both,
  query: ScanQuery,
  tally: ScanTally,
): AsyncIterable<FoundLines> {
  let stored = files.snapshot();
  const copied = ring.copyBeyond(stored.through);
  const newest = query.order === 'newest';
  /** Whether lines are neither stored nor in the copies: they have left the ring and wait to be written. */
  const isGap = (): boolean =>
    [...copied.firsts].some(
      ([passage, first]) => leads(passage.pipeline) && (stored.through.get(passage) ?? 0) < first,
    );
  const isThere = (): boolean => {
    stored = files.snapshot();
    return !isGap();
  };
  return (async function* scan() {
    if (isGap()) await until(isThere, files, clock, query.signal);
    if (!newest) yield* stored.scan(query, tally);
    for (const piece of copied.pieces(newest ? 'newest' : 'oldest', stored.through)) {
      query.signal?.throwIfAborted();
      const found = filterLines(piece, query, tally);
      if (found) yield found;
      await turnOfTheEventLoop();
    }
    if (newest) yield* stored.scan(query, tally);
  })();
}

async function* scanFiles(
  files: Files,
  { isSettled, clock }: { readonly isSettled: () => boolean; readonly clock: Clock },
  query: ScanQuery,
  tally: ScanTally,
): AsyncGenerator<FoundLines> {
  if (!isSettled()) await until(isSettled, files, clock, query.signal);
  yield* files.snapshot().scan(query, tally);
}

/** Waits until lines are there that a sink is to write; not for ever. */
async function until(
  isThere: () => boolean,
  sink: Sink,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const end = clock.monotonic() + GAP_WAIT; clock.monotonic() < end; ) {
    signal?.throwIfAborted();
    sink.hurry?.();
    await sleep(clock, GAP_STEP, signal);
    if (isThere()) return;
  }
}
