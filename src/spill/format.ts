/**
 * The format of a spill directory, in `spill.format`: `{"format":1}` and a line feed.
 *
 * Invariants: a format that is not known is refused and never rewritten. A file that one flipped bit made of ours is damaged, not
 * new, and so is what is no JSON: the frames say themselves what they are. (Formats 0, 3, 5 and 9 are one bit away from
 * 1: a version of such a number would have to say more in its file.)
 */
import { Buffer } from 'node:buffer';
import { LogCasterError } from '../core/errors.ts';
import type { FileSystem } from '../core/file-system.ts';
import { createScratch, openToRead, readFully, writeFully } from '../core/log-directory/log-file.ts';
import { FORMAT_NAME } from './names.ts';

const FORMAT = 1;
const CONTENT = Buffer.from(`{"format":${FORMAT}}\n`);
const MAX_BYTES = 65_536;

/** What the file says: ours, nothing yet, or something that no version can have written. */
export type FormatState = 'known' | 'missing' | 'damaged';

/**
 * Reads the format of a directory.
 *
 * @throws LogCasterError `LC_DIRECTORY_FORMAT`, `LC_DIRECTORY_OBSTRUCTED`
 */
export async function readFormat(fs: FileSystem, directory: string): Promise<FormatState> {
  const path = `${directory}/${FORMAT_NAME}`;
  const opened = await openToRead(fs, path);
  if (!opened) return 'missing';
  let bytes: Buffer;
  try {
    const buffer = Buffer.alloc(Math.min(opened.status.size, MAX_BYTES));
    bytes = buffer.subarray(0, await readFully(opened.file, buffer, buffer.length, 0));
  } finally {
    await opened.file.close();
  }
  if (bytes.equals(CONTENT)) return 'known';
  // What a power cut leaves of a file that was new.
  if (bytes.every((byte) => byte === 0)) return 'missing';
  const format = formatIn(bytes.toString());
  if (format === FORMAT) return 'known';
  if (format === undefined || differsInOneBit(bytes, CONTENT)) return 'damaged';
  throw new LogCasterError(
    'LC_DIRECTORY_FORMAT',
    `${path} has the format ${JSON.stringify(format)}; this version knows ${FORMAT}`,
  );
}

/** Writes the format. */
export async function writeFormat(fs: FileSystem, directory: string, mode: number): Promise<void> {
  const scratch = await createScratch(fs, directory, mode);
  try {
    await writeFully(scratch.file, CONTENT, 0);
  } finally {
    await scratch.file.close();
  }
  await fs.rename(scratch.path, `${directory}/${FORMAT_NAME}`);
}

function formatIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { format?: unknown } | null)?.format;
  } catch {
    return undefined;
  }
}

function differsInOneBit(a: Buffer, b: Buffer): boolean {
  if (a.length !== b.length) return false;
  let bits = 0;
  for (let at = 0; at < a.length; at++) {
    for (let difference = a[at]! ^ b[at]!; difference !== 0; difference &= difference - 1) bits++;
  }
  return bits === 1;
}
