/**
 * What can be wrong with a log directory: the kinds of findings, how bad each is, and what to do about it.
 *
 * Severities: an `error` is a start that fails or lines that cannot be read; a `warning` is something that should not be
 * there and may have cost lines; a `note` asks for nothing: the next start mends it, or it is for information.
 */
export type Severity = 'error' | 'warning' | 'note';

interface Kind {
  readonly severity: Severity;
  readonly hint: string;
}

const NEXT_START = 'The next start of the sink finishes it.';

export const FINDINGS = {
  'compression-unfinished': {
    severity: 'note',
    hint: 'It counts once. The sink compares the two and removes the plain one, now or at its next start.',
  },
  'directory-open': {
    severity: 'error',
    hint: 'Take that right away (chmod o-w DIRECTORY): until then no sink uses the directory.',
  },
  empty: {
    severity: 'warning',
    hint: 'No sink leaves an empty archive: somebody emptied it, or a power cut did. --repair sets it aside.',
  },
  'frames-damaged': {
    severity: 'error',
    hint: 'What stands before the damage can be read, and other frames, too. Look after the disk; --repair sets the whole file aside.',
  },
  'hard-linked': {
    severity: 'warning',
    hint: 'Remove the other name, or copy the file: who writes to the other name changes this one.',
  },
  'in-use': {
    severity: 'note',
    hint: 'What is written at the moment is not looked at. Stop the collector to have all of it checked.',
  },
  'mode-open': {
    severity: 'warning',
    hint: 'Take that right away (chmod o-w FILE).',
  },
  'no-line-feed': {
    severity: 'warning',
    hint: 'Somebody cut or changed the file. Its whole lines are read as ever; those bytes belong to no line.',
  },
  'not-ours': {
    severity: 'note',
    hint: 'LogCaster never touches it.',
  },
  'nothing-here': {
    severity: 'warning',
    hint: 'Name the directory of a sink of the type file or archive.',
  },
  'number-missing': {
    severity: 'warning',
    hint: 'Somebody took the file away; retention removes only the oldest. A crash in the middle of a rotation can skip a single number, which costs nothing.',
  },
  'number-repeated': {
    severity: 'error',
    hint: 'Somebody copied or renamed it: the order of these files is not known. Take away the one that does not belong here.',
  },
  obstructed: {
    severity: 'error',
    hint: 'A sink does not start with it. Move it out of the way; --repair sets it aside and leaves what it leads to alone.',
  },
  'rewrite-unfinished': { severity: 'note', hint: NEXT_START },
  'rotation-unfinished': { severity: 'note', hint: NEXT_START },
  scratch: { severity: 'note', hint: 'It was never complete. The next start of the sink removes it.' },
  'set-aside': {
    severity: 'note',
    hint: 'Remove the folder when nobody needs what is in it.',
  },
  'state-behind': { severity: 'note', hint: 'The names of the archives tell the numbers. ' + NEXT_START },
  'state-damaged': {
    severity: 'error',
    hint: 'A sink does not start with it. --repair sets it aside; the names of the archives tell the numbers too.',
  },
  'time-backwards': {
    severity: 'note',
    hint: 'The clock was set back. The numbers alone decide the order.',
  },
  'too-large': {
    severity: 'warning',
    hint: 'It was written with a greater maxSize, or by somebody else.',
  },
  'torn-part': {
    severity: 'note',
    hint: 'What a crash had cut off was moved there. Remove it when nobody needs it.',
  },
  'torn-tail': {
    severity: 'warning',
    hint: 'A crash or a full disk cut off what was being written. The next start of the sink, or --repair, moves it to a file torn-….part.',
  },
  'unknown-kind': {
    severity: 'note',
    hint: 'It has the name of an archive, of a kind that this version does not read.',
  },
  unreadable: {
    severity: 'error',
    hint: 'Check its permissions, and the disk.',
  },
} as const satisfies Record<string, Kind>;

export type FindingCode = keyof typeof FINDINGS;

/** What can be done about a finding without removing or rewriting anything. */
export type Remedy = 'set-aside' | 'move-tail';

/** One thing that is wrong, or worth knowing. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The name in the directory; `.` for the directory itself. */
  readonly file: string;
  readonly message: string;
  readonly hint: string;
  /** What `--repair` does about it; nothing if it is not there. */
  readonly remedy?: Remedy;
  /** Bytes that it is about. */
  readonly bytes?: number;
  /** Lines that are lost, as far as that is known. */
  readonly lines?: number;
}

/** Makes a finding of a kind. */
export function toFinding(
  code: FindingCode,
  file: string,
  message: string,
  more: Pick<Finding, 'bytes' | 'lines' | 'remedy'> & { readonly severity?: Severity } = {},
): Finding {
  return { code, severity: FINDINGS[code].severity, file, message, hint: FINDINGS[code].hint, ...more };
}
