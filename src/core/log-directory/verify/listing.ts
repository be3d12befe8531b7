/**
 * The names in a log directory, sorted by what they are, and what their numbers tell.
 *
 * Invariant: what is kept of names grows with the files that are LogCaster's only; of others only the first few are kept.
 */
import type { FileSystem } from '../../file-system.ts';
import {
  type Archive,
  COMPRESSION_SCRATCH_NAME,
  INDEX_FOLDER,
  isTornName,
  LOCK_NAME,
  parseArchive,
  parseRewrite,
  type Rewrite,
  SCRATCH_NAME,
  STATE_NAME,
} from '../names.ts';
import { type Finding, toFinding } from './findings.ts';

/** The folder that damaged files are moved to. */
export const ASIDE_NAME = 'set-aside';

/** How many names of one kind are told each on its own. */
const SHOWN = 20;

/** Names that are many as a rule: the first few, and how many there are. */
export interface Names {
  readonly shown: string[];
  count: number;
}

export interface Listing {
  /** By number, then by name. */
  archives: Archive[];
  /** Archives of kinds that are not known. */
  readonly unknown: Names;
  /** Current files, by suffix. */
  readonly current: Map<string, string>;
  readonly rewrites: Rewrite[];
  readonly torn: string[];
  readonly others: Names;
  state: boolean;
  readonly scratch: string[];
  aside: boolean;
}

/** Reads the names. */
export async function listNames(fs: FileSystem, path: string, suffixes: readonly string[]): Promise<Listing> {
  const listing: Listing = {
    archives: [],
    unknown: { shown: [], count: 0 },
    current: new Map(),
    rewrites: [],
    torn: [],
    others: { shown: [], count: 0 },
    state: false,
    scratch: [],
    aside: false,
  };
  const currentNames = new Map(suffixes.map((suffix) => [`current${suffix}`, suffix]));
  for (const name of await fs.readdir(path)) {
    const archive = parseArchive(name);
    const rewrite = parseRewrite(name);
    const suffix = currentNames.get(name);
    if (archive) {
      // Its number is taken all the same.
      listing.archives.push(archive);
      if (!suffixes.includes(archive.suffix)) add(listing.unknown, name);
    } else if (suffix !== undefined) listing.current.set(suffix, name);
    else if (rewrite) listing.rewrites.push(rewrite);
    else if (isTornName(name)) listing.torn.push(name);
    else if (name === STATE_NAME) listing.state = true;
    else if (name === SCRATCH_NAME || name === COMPRESSION_SCRATCH_NAME) listing.scratch.push(name);
    else if (name === ASIDE_NAME) listing.aside = true;
    else if (name !== LOCK_NAME && name !== INDEX_FOLDER && !name.startsWith(`${LOCK_NAME}.`))
      add(listing.others, name);
  }
  listing.archives = listing.archives.toSorted(
    (a, b) => a.sequence - b.sequence || (a.name < b.name ? -1 : 1),
  );
  return listing;
}

function add(names: Names, name: string): void {
  names.count++;
  if (names.shown.length < SHOWN) names.shown.push(name);
}

/** A finding for each of the first names, and one for all others. */
export function* tellNames(
  code: 'not-ours' | 'unknown-kind',
  { shown, count }: Names,
  message: string,
): Generator<Finding> {
  for (const name of shown) yield toFinding(code, name, message);
  if (count > shown.length) yield toFinding(code, '.', `${count - shown.length} more like it: ${message}`);
}

/**
 * What is odd about the numbers. `aside` are numbers of files that were set aside; `last` is the greatest number that was
 * given out, where that is known.
 */
export function* checkNumbers(
  archives: readonly Archive[],
  aside: ReadonlySet<number>,
  last: number | undefined,
): Generator<Finding> {
  let before: Archive | undefined;
  for (const archive of archives) {
    if (before && archive.name.startsWith(before.name)) {
      // A crash left it so, or it is being done.
      yield toFinding('compression-unfinished', archive.name, `${before.name} is there, too`);
      continue;
    }
    if (before && before.sequence === archive.sequence) {
      yield toFinding('number-repeated', archive.name, `its number is that of ${before.name}, too`);
    }
    if (before) yield* gap(before.sequence, archive.sequence, archive.name, aside);
    if (before && archive.sealedAt < before.sealedAt) {
      yield toFinding('time-backwards', archive.name, `its time is before that of ${before.name}`);
    }
    before = archive;
  }
  // Retention can have removed all of them: then nothing is known.
  if (before && last !== undefined) yield* gap(before.sequence, last + 1, STATE_NAME, aside);
}

function* gap(from: number, to: number, file: string, aside: ReadonlySet<number>): Generator<Finding> {
  let start = from + 1;
  for (const taken of [...aside].filter((each) => each > from && each < to).toSorted((a, b) => a - b)) {
    yield* missing(start, taken - 1, file);
    start = taken + 1;
  }
  yield* missing(start, to - 1, file);
}

function* missing(first: number, last: number, file: string): Generator<Finding> {
  if (first > last) return;
  const what = first === last ? `number ${first} is missing` : `numbers ${first} to ${last} are missing`;
  yield toFinding('number-missing', file, `${what} before it`);
}
