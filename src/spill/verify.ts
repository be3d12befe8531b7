/** Checks a spill directory: every frame of every segment, its cursor, its format, and who may write to it. Changes nothing. */
import type { FileSystem } from '../core/file-system.ts';
import { isOpenToAll } from '../core/log-directory/verify/file.ts';
import type { Severity } from '../core/log-directory/verify/findings.ts';
import { readCursor } from './cursor.ts';
import { inspectSpill, type SpillState, walkSpill } from './inspect.ts';
import { CURSOR_NAME, FORMAT_NAME, isUnreadableName, parseSegmentName } from './names.ts';

/** What can be wrong. */
export const SPILL_FINDINGS = {
  'batch-damaged': {
    severity: 'error',
    hint: 'Its lines are lost; the collector counts them as spillDamaged and goes on.',
  },
  'bytes-damaged': { severity: 'error', hint: 'What stood there is lost; the collector goes on behind it.' },
  'lines-missing': {
    severity: 'warning',
    hint: 'A file is gone, or its lines were dropped before a kill; the collector counts them as spillDamaged.',
  },
  'frame-scratched': {
    severity: 'warning',
    hint: 'Nothing is lost: what is damaged stands there twice. Look at the disk.',
  },
  'torn-tail': {
    severity: 'note',
    hint: 'A write that was cut off, or is under way: nobody was told that it is stored.',
  },
  unreadable: { severity: 'error', hint: 'Check its permissions, and the disk.' },
  'cursor-damaged': {
    severity: 'warning',
    hint: 'Lines that were stored before come again at the next start.',
  },
  'format-damaged': {
    severity: 'warning',
    hint: 'The frames say themselves what they are: the file can be removed.',
  },
  'format-missing': { severity: 'note', hint: 'The next start writes it.' },
  'directory-open': {
    severity: 'error',
    hint: 'Take that right away (chmod o-w DIRECTORY): until then no sink uses the directory.',
  },
  'set-aside': {
    severity: 'warning',
    hint: 'A segment that could not be read to its end; nobody reads it any more.',
  },
  'not-ours': { severity: 'note', hint: 'It is left alone.' },
  'in-use': {
    severity: 'note',
    hint: 'A collector is at work: what is said about the newest lines may be out of date.',
  },
} as const satisfies Record<string, { readonly severity: Severity; readonly hint: string }>;

export type SpillFindingCode = keyof typeof SPILL_FINDINGS;

export interface SpillFinding {
  readonly code: SpillFindingCode;
  readonly severity: Severity;
  /** The name in the directory; `.` for the directory itself. */
  readonly file: string;
  readonly message: string;
  readonly hint: string;
  readonly offset?: number;
  readonly bytes?: number;
  /** Lines that are lost, as far as that is known. */
  readonly lines?: number;
}

/** What a check found. */
export interface SpillVerdict {
  readonly state: SpillState;
  /** Lines that wait and can be read. */
  readonly readable: number;
  readonly findings: readonly SpillFinding[];
}

/** How many findings about frames are kept: a file of garbage is not to fill memory. */
const MAX_FINDINGS = 1000;

/**
 * Checks a spill directory.
 *
 * @throws LogCasterError `LC_DIRECTORY_UNUSABLE`, `LC_DIRECTORY_FORMAT`, `LC_DIRECTORY_OBSTRUCTED`
 */
export async function verifySpill(fs: FileSystem, directory: string): Promise<SpillVerdict> {
  const state = await inspectSpill(fs, directory);
  const findings = await checkNames(fs, state);
  let readable = 0;
  // What is settled is checked, too: it stands in the same files.
  for await (const event of walkSpill(fs, state, 0)) {
    const { file, offset, bytes } = event.place;
    const tell = (code: SpillFindingCode, message: string, lines?: number): void => {
      if (findings.length >= MAX_FINDINGS) return;
      findings.push({
        ...toFinding(code, file, message),
        offset,
        bytes,
        ...(lines !== undefined && { lines }),
      });
    };
    if (event.kind === 'batch') {
      readable += Math.min(event.batch.length, Math.max(0, event.first + event.batch.length - state.settled));
      if (event.isScratched)
        tell('frame-scratched', `the head or the tail of the frame at ${offset} is damaged`);
    } else if (event.kind === 'unreadable') {
      tell('unreadable', `it cannot be read from ${offset} on: ${event.why}`);
    } else if (event.kind === 'missing') {
      // What is settled may be gone, and is as a rule.
      const missing = event.first + event.lines - Math.max(event.first, state.settled);
      if (missing > 0) tell('lines-missing', `${missing} lines before ${offset} are nowhere`, missing);
    } else if (event.lines !== undefined) {
      tell('batch-damaged', `the frame at ${offset} with ${event.lines} lines is damaged`, event.lines);
    } else if (event.isLast) {
      tell('torn-tail', `its last ${bytes} bytes are no whole frame`);
    } else {
      tell('bytes-damaged', `no frame begins at ${offset}, ${bytes} bytes are damaged`);
    }
  }
  return { state, readable, findings };
}

async function checkNames(fs: FileSystem, { path, format, isInUse }: SpillState): Promise<SpillFinding[]> {
  const findings: SpillFinding[] = [];
  if (isOpenToAll(await fs.stat(path)))
    findings.push(toFinding('directory-open', '.', 'everybody may write to it'));
  if (isInUse) findings.push(toFinding('in-use', '.', 'a collector uses it'));
  if (format !== 'known') findings.push(toFinding(`format-${format}`, FORMAT_NAME, `it is ${format}`));
  const names = await fs.readdir(path);
  if (names.includes(CURSOR_NAME) && !(await readCursor(fs, path))) {
    findings.push(toFinding('cursor-damaged', CURSOR_NAME, 'nothing in it is whole'));
  }
  for (const name of names) {
    if (isUnreadableName(name)) findings.push(toFinding('set-aside', name, 'it was put aside'));
    else if (!isOurs(name)) findings.push(toFinding('not-ours', name, 'it is not ours'));
  }
  return findings;
}

function isOurs(name: string): boolean {
  return (
    name === CURSOR_NAME ||
    name === FORMAT_NAME ||
    name.startsWith('.logcaster') ||
    parseSegmentName(name) !== undefined
  );
}

function toFinding(code: SpillFindingCode, file: string, message: string): SpillFinding {
  return { code, ...SPILL_FINDINGS[code], file, message };
}
