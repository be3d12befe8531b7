/**
 * The state of a log directory, in `.logcaster.json`: `{"format":1,"sequence":42}`. `format` is the version of the
 * directory's layout, `sequence` the greatest archive number that was ever given out, so that none is given twice even
 * when all archives are gone.
 *
 * Invariants: it is replaced as a whole (a temporary file, then a rename); a format that is not known is never rewritten.
 * Where names are to be durable it is synced before it gets its name, so that no power cut takes a number back. Where they are
 * not, a power cut can leave an old one, an empty one or the beginning of one, and then the archives' names know better.
 */
import { Buffer } from 'node:buffer';
import { LogCasterError } from '../errors.ts';
import type { FileSystem } from '../file-system.ts';
import { createScratch, openToRead, readFully, writeFully } from './log-file.ts';
import { STATE_NAME } from './names.ts';

const FORMAT = 1;
const MAX_BYTES = 65_536;

/** What a directory remembers. */
export interface DirectoryState {
  readonly sequence: number;
}

/** Thrown for a state that no version can have written: it is damaged, not new. */
export class DamagedStateError extends LogCasterError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('LC_DIRECTORY_FORMAT', message, { ...options, hint: DAMAGED_HINT });
  }
}

const DAMAGED_HINT =
  'Set it aside, as `logcaster verify DIRECTORY --repair` does: the names of the archives tell the numbers too.';

/**
 * Reads the state; `undefined` if there is none.
 *
 * @throws LogCasterError `LC_DIRECTORY_FORMAT`, `LC_DIRECTORY_OBSTRUCTED`
 */
export async function readState(fs: FileSystem, directory: string): Promise<DirectoryState | undefined> {
  const path = `${directory}/${STATE_NAME}`;
  const bytes = await readSmallFile(fs, path);
  // What a power cut has not let through is zeros.
  const text = bytes?.toString().replace(/\0+$/, '') ?? '';
  if (isBeginning(text)) return undefined;
  let state: { format?: unknown; sequence?: unknown } | null;
  try {
    state = JSON.parse(text) as typeof state;
  } catch (error) {
    throw new DamagedStateError(`${path} is not JSON`, { cause: error });
  }
  if (state?.format !== FORMAT) {
    const format = JSON.stringify(state?.format);
    throw new LogCasterError(
      'LC_DIRECTORY_FORMAT',
      `${path} has the format ${format}; this version knows ${FORMAT}`,
    );
  }
  if (!Number.isSafeInteger(state.sequence) || (state.sequence as number) < 0) {
    throw new DamagedStateError(`${path} has no valid sequence`);
  }
  return { sequence: state.sequence as number };
}

/** Whether it is nothing, or the beginning of a state: what a power cut leaves of one that was not synced. */
function isBeginning(text: string): boolean {
  const head = `{"format":${FORMAT},"sequence":`;
  return head.startsWith(text) || (text.startsWith(head) && /^\d+$/.test(text.slice(head.length)));
}

/** Replaces the state; `durable`: so that a power cut finds the old one or this one, if its name was synced. */
export async function writeState(
  fs: FileSystem,
  directory: string,
  state: DirectoryState,
  { mode, durable }: { readonly mode: number; readonly durable: boolean },
): Promise<void> {
  const scratch = await createScratch(fs, directory, mode);
  try {
    await writeFully(scratch.file, Buffer.from(`${JSON.stringify({ format: FORMAT, ...state })}\n`), 0);
    if (durable) await scratch.file.datasync();
  } finally {
    await scratch.file.close();
  }
  await fs.rename(scratch.path, `${directory}/${STATE_NAME}`);
}

async function readSmallFile(fs: FileSystem, path: string): Promise<Buffer | undefined> {
  const opened = await openToRead(fs, path);
  if (!opened) return undefined;
  try {
    const { size } = opened.status;
    if (size > MAX_BYTES) {
      throw new DamagedStateError(`${path} is ${size} bytes long, which no state is`);
    }
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, await readFully(opened.file, buffer, buffer.length, 0));
  } finally {
    await opened.file.close();
  }
}
