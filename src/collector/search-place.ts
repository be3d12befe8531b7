/**
 * Where a search looks: in a ring, in files, or in both, where each line is found once and in order.
 *
 * In both: at one moment the sink of the files says what it has stored, by the positions that lines have in what pipelines let out
 * (core/passage.ts), and the lines of the ring that stand behind that are copied. Then the files are searched as they were at that
 * moment, and these lines come last (or first, for the newest).
 *
 * So a line is found once if the same pipelines lead to both sinks. Lines of a pipeline that leads to one of them only are found
 * there; such lines of the ring come behind those of the files. A line that the sink of the files dropped or rejected while later
 * ones were stored is not found.
 */
import type { Sink } from '../core/component.ts';
import { LogCasterError } from '../core/errors.ts';
import type { FoundLines, ScanQuery, ScanTally } from '../core/search.ts';
import { filterLines } from '../file-search/filter-lines.ts';
import type { Scannable } from '../query/answering/search-lines.ts';
import type { SearchPlace } from '../query/questions/question.ts';

type Ring = Sink & Scannable;
type Files = Sink & Required<Pick<Sink, 'snapshot'>>;

/**
 * What is scanned of these sinks, by name: the first ring, and the files that it is filled again from, or the first.
 *
 * @throws LogCasterError `LC_SEARCH_UNAVAILABLE`
 */
export function toScannable(sinks: ReadonlyMap<string, Sink>, from: SearchPlace): Scannable {
  const ring = [...sinks.values()].find((sink): sink is Ring => sink.scan !== undefined && !sink.snapshot);
  const files = [sinks.get(ring?.refillFrom ?? ''), ...sinks.values()].find(
    (sink): sink is Files => sink?.snapshot !== undefined,
  );
  if (from === 'all' && files && ring?.copyBeyond)
    return { scan: (query, tally) => scanAll(files, ring, query, tally) };
  const place = from === 'ring' ? ring : from === 'files' ? files : (files ?? ring);
  if (!place) {
    const what = from === 'files' ? 'writes files' : 'can be searched';
    throw new LogCasterError('LC_SEARCH_UNAVAILABLE', `there is no sink that ${what}`);
  }
  return {
    scan: (query, tally) => (place === ring ? ring.scan(query, tally) : files!.snapshot().scan(query, tally)),
  };
}

/** Not a generator: what is found is fixed at the call. */
function scanAll(files: Files, ring: Ring, query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines> {
  const stored = files.snapshot();
  const copied = ring.copyBeyond!(stored.through);
  const newest = query.order === 'newest';
  return (async function* scan() {
    if (!newest) yield* stored.scan(query, tally);
    for (const piece of copied(newest ? 'newest' : 'oldest')) {
      query.signal?.throwIfAborted();
      const found = filterLines(piece, query, tally);
      if (found) yield found;
      await turnOfTheEventLoop();
    }
    if (newest) yield* stored.scan(query, tally);
  })();
}

function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
