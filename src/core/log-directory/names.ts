/**
 * The names in a log directory:
 *
 *     current.log                         the file that is written
 *     log-20260131-235959-000042.log      an archive: sealed at that second (UTC), number 42
 *     log-20260131-235959-000042.log.gz   the same archive, compressed; see compression/
 *     torn-000043-1048576.part            a torn tail that stood at offset 1048576 of the file that became number 43
 *     .logcaster.json                     the state: format of the directory, greatest number given out
 *     .logcaster.tmp                      a file of LogCaster's own that is being made; worthless when it is found
 *     .logcaster-compress.tmp             an archive that is being compressed; worthless when it is found
 *     .logcaster-rewrite-000043-1048576   what follows offset 1048576 of current.log, written again; see rewrite.ts
 *     .logcaster-rewrite-000043-9.log.gz  the same of current.log.gz
 *     .logcaster-index/                   when lines were received; derived, see index-store.ts
 *     .logcaster.lock                     the lock, where the platform has no better one
 *
 * The number (at least six digits) alone decides the order of archives and never repeats in a directory. The time is for
 * people; the clock can jump. Nothing else in the directory is ours.
 */

export const STATE_NAME = '.logcaster.json';
export const SCRATCH_NAME = '.logcaster.tmp';
export const COMPRESSION_SCRATCH_NAME = '.logcaster-compress.tmp';
export const INDEX_FOLDER = '.logcaster-index';
export const LOCK_NAME = '.logcaster.lock';

const ARCHIVE = /^log-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\d{6,15})(\.[a-z.]+)$/;
const UNNUMBERED = /^(log-\d{8}-\d{6})\.log$/;
const REWRITE = /^\.logcaster-rewrite-(\d{6,15})-(\d{1,15})(\.[a-z.]+)?$/;
const TORN = /^torn-\d{6,15}-\d{1,15}(?:-\d+)?\.part$/;
const PLAIN_SUFFIX = '.log';

/** The last ms of the year 9999: the latest time that fits into a name. */
const LATEST = 253_402_300_799_999;

/** What an archive's name tells. */
export interface Archive {
  readonly name: string;
  readonly sequence: number;
  /** When it was sealed, in ms since the epoch, in whole seconds. */
  readonly sealedAt: number;
  /** `.log` */
  readonly suffix: string;
  /** The same archive, compressed, while both are there: it counts once. */
  readonly twins?: readonly Archive[];
}

/** The rest of a file that had to be written again. */
export interface Rewrite {
  readonly name: string;
  /** The number that the file gets whose rest this is. */
  readonly sequence: number;
  /** Where in that file the rest begins. */
  readonly offset: number;
  /** What that file ends in. */
  readonly suffix: string;
}

/** The archive that is sealed at `now` (ms since the epoch). */
export function toArchive(sequence: number, now: number, suffix: string): Archive {
  const sealedAt = Math.floor(Math.min(Math.max(now, 0), LATEST) / 1000) * 1000;
  const time = new Date(sealedAt).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return { name: `log-${time}-${pad(sequence)}${suffix}`, sequence, sealedAt, suffix };
}

/** Reads an archive's name; `undefined` if it is none. */
export function parseArchive(name: string): Archive | undefined {
  const match = ARCHIVE.exec(name);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sealedAt = Date.UTC(year, month - 1, day, hour, minute, second);
  const sequence = Number(match[7]);
  // A name that LogCaster would not have given, such as one of the 31st of February, is not ours.
  return toArchive(sequence, sealedAt, match[8]!).name === name
    ? { name, sequence, sealedAt, suffix: match[8]! }
    : undefined;
}

/** An archive that is compressed: the same name with another ending behind it. */
export function toCompressed(archive: Archive, suffix: string): Archive {
  const { name, sequence, sealedAt } = archive;
  return { name: `${name}${suffix}`, sequence, sealedAt, suffix: `${archive.suffix}${suffix}` };
}

/** All names that an archive has. */
export function namesOf({ name, twins = [] }: Archive): string[] {
  return [name, ...twins.map((twin) => twin.name)];
}

/**
 * Reads the name of an archive of the C server that LogCaster takes over from: it has no number. Such files are older than
 * every archive with one; they are read, and never removed.
 */
export function parseUnnumbered(name: string): Pick<Archive, 'name' | 'sealedAt'> | undefined {
  const match = UNNUMBERED.exec(name);
  const numbered = match && parseArchive(`${match[1]}-${pad(1)}${PLAIN_SUFFIX}`);
  return numbered ? { name, sealedAt: numbered.sealedAt } : undefined;
}

/** The name of a rewrite. */
export function toRewrite(sequence: number, offset: number, suffix: string = PLAIN_SUFFIX): Rewrite {
  const name = `.logcaster-rewrite-${pad(sequence)}-${offset}${suffix === PLAIN_SUFFIX ? '' : suffix}`;
  return { name, sequence, offset, suffix };
}

/** Reads a rewrite's name; `undefined` if it is none. */
export function parseRewrite(name: string): Rewrite | undefined {
  const match = REWRITE.exec(name);
  return match
    ? { name, sequence: Number(match[1]), offset: Number(match[2]), suffix: match[3] ?? PLAIN_SUFFIX }
    : undefined;
}

/** The name of a torn tail; `copy` tells apart tails that were torn at the same place. */
export function tornName(sequence: number, offset: number, copy = 1): string {
  return `torn-${pad(sequence)}-${offset}${copy === 1 ? '' : `-${copy}`}.part`;
}

/** Whether it is the name of a torn tail. */
export function isTornName(name: string): boolean {
  return TORN.test(name);
}

function pad(sequence: number): string {
  return String(sequence).padStart(6, '0');
}
