/** Checks one file of a log directory: what it is, who may write to it, its size and what it holds. It is read, never written. */
import { countOf } from '../../count-of.ts';
import { messageOf } from '../../errors.ts';
import { errorCode, type FileStatus, type FileSystem } from '../../file-system.ts';
import { openToRead, statusOf } from '../log-file.ts';
import { type Finding, toFinding } from './findings.ts';
import type { FileScan, VerifiableFormat } from './format.ts';

export interface FileCheck {
  readonly fs: FileSystem;
  /** The directory. */
  readonly path: string;
  /** Bytes; not checked if it is not there. */
  readonly maxSize?: number | undefined;
}

/** What a file is looked at for. */
export interface FileToCheck {
  readonly name: string;
  readonly kind: VerifiableFormat;
  /** The next start looks for it where it is: nothing of it may be moved before. */
  readonly keepsPlace: boolean;
}

/** Whether others than owner and group may write. */
export function isOpenToAll({ mode }: FileStatus): boolean {
  return process.platform !== 'win32' && (mode & 0o002) !== 0;
}

/** The status of a name of ours. A thing that is no file is told; then, and if it is gone, the answer is `undefined`. */
export async function checkName(
  { fs, path }: FileCheck,
  name: string,
  findings: Finding[],
): Promise<FileStatus | undefined> {
  const status = await statusOf(fs, `${path}/${name}`);
  if (!status) return undefined;
  if (!status.isFile()) {
    const what = status.isSymbolicLink()
      ? 'a symbolic link'
      : status.isDirectory()
        ? 'a directory'
        : 'not a regular file';
    findings.push(toFinding('obstructed', name, `it is ${what}`, { remedy: 'set-aside' }));
    return undefined;
  }
  if (isOpenToAll(status)) findings.push(toFinding('mode-open', name, 'everybody may write to it'));
  return status;
}

/** Checks what an archive holds. */
export async function checkArchive(check: FileCheck, each: FileToCheck, findings: Finding[]): Promise<void> {
  const { name, kind } = each;
  await lookInto(check, name, findings, async (file, size) => {
    if (size === 0) return [toFinding('empty', name, 'it is empty', setAside(each))];
    const scan = await kind.scan(file, size);
    const found = await checkSize(check, each, file, { size, end: scan.end });
    if (kind.unit === 'frame') return [...found, ...tellDamage(each, scan, size)];
    const bytes = size - scan.end;
    if (bytes > 0) {
      found.push(
        toFinding('no-line-feed', name, `${bytes} bytes stand behind its last line feed`, { bytes }),
      );
    }
    return found;
  });
}

/** Checks what the current file holds, which nobody writes. */
export async function checkCurrent(check: FileCheck, each: FileToCheck, findings: Finding[]): Promise<void> {
  const { name, kind, keepsPlace } = each;
  await lookInto(check, name, findings, async (file, size) => {
    const scan = await kind.scan(file, size);
    const found = await checkSize(check, each, file, { size, end: scan.end });
    if (scan.damage) return [...found, ...tellDamage(each, scan, size)];
    const bytes = size - scan.end;
    if (bytes > 0) {
      const message = `${bytes} bytes behind its last whole ${kind.unit} are torn`;
      const more = { bytes, ...(!keepsPlace && { remedy: 'move-tail' as const }) };
      found.push(toFinding('torn-tail', name, message, more));
    }
    return found;
  });
}

function setAside({ keepsPlace }: FileToCheck): { remedy?: 'set-aside' } {
  return keepsPlace ? {} : { remedy: 'set-aside' };
}

type Look = (
  file: NonNullable<Awaited<ReturnType<typeof openToRead>>>['file'],
  size: number,
) => Promise<Finding[]>;

/** Opens a file and looks into it. That it cannot be read is a finding; that it is gone is none: retention may be at work. */
async function lookInto(
  { fs, path }: FileCheck,
  name: string,
  findings: Finding[],
  look: Look,
): Promise<void> {
  try {
    const opened = await openToRead(fs, `${path}/${name}`);
    if (!opened) return;
    try {
      findings.push(...(await look(opened.file, opened.status.size)));
    } finally {
      await opened.file.close();
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    findings.push(toFinding('unreadable', name, `it cannot be read: ${messageOf(error)}`));
  }
}

async function checkSize(
  { maxSize }: FileCheck,
  { name, kind }: FileToCheck,
  file: Parameters<Look>[0],
  { size, end }: { readonly size: number; readonly end: number },
): Promise<Finding[]> {
  if (maxSize === undefined || end <= maxSize || !(await kind.holdsSeveral(file, end))) return [];
  const message = `its ${size} bytes are more than the ${maxSize} that it may have, and more than one ${kind.unit}`;
  return [toFinding('too-large', name, message, { bytes: size })];
}

/** What is damaged in a file of frames; what is behind the last whole one is, too. */
function* tellDamage(each: FileToCheck, { end, damage, tail }: FileScan, size: number): Generator<Finding> {
  if (!damage && end === size) return;
  const torn = size - end;
  const bytes = (damage?.bytes ?? 0) + torn;
  const lines = (damage?.lines ?? 0) + (tail?.lines ?? 0);
  const places = (damage?.places ?? 0) + (torn > 0 ? (tail?.places ?? 1) : 0);
  const { offset, why } = damage ?? tail ?? { offset: end, why: 'it is incomplete' };
  const where = places === 1 ? 'at offset' : `in ${places} places, the first at offset`;
  const lost = lines === 0 ? '' : ` (${countOf(lines, 'line')} as far as it is known)`;
  const message = `${bytes} bytes${lost} cannot be read, ${where} ${offset}: ${why}`;
  yield toFinding('frames-damaged', each.name, message, { bytes, lines, ...setAside(each) });
}
