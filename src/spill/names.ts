/**
 * The names in a spill directory:
 *
 *     spill-000042-9f86d081.frames   a segment: number 42, salt 9f86d081; the numbers alone decide the order
 *     spill.cursor                   what is settled; see cursor.ts
 *     spill.format                   the version of all that; see format.ts
 *     spill-000042-9f86d081.unreadable   a segment that could not be read to its end, put aside
 *
 * The files of a log directory for its lock and for what is being made (`.logcaster.lock`, `.logcaster.tmp`) are used here too.
 * Nothing else in the directory is ours.
 */

export const CURSOR_NAME = 'spill.cursor';
export const FORMAT_NAME = 'spill.format';

const SEGMENT = /^spill-(\d{6,15})-([\da-f]{8})\.frames$/;
const UNREADABLE = /^spill-\d{6,15}-[\da-f]{8}\.unreadable$/;

/** What a segment's name tells. */
export interface SegmentName {
  readonly name: string;
  readonly number: number;
  /** What the checksums of its heads begin with: 32 bits. */
  readonly salt: number;
}

export function toSegmentName(number: number, salt: number): SegmentName {
  const name = `spill-${String(number).padStart(6, '0')}-${salt.toString(16).padStart(8, '0')}.frames`;
  return { name, number, salt };
}

/** Reads a segment's name; `undefined` if it is none. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = SEGMENT.exec(name);
  const segment = match && toSegmentName(Number(match[1]), Number.parseInt(match[2]!, 16));
  return segment?.name === name ? segment : undefined;
}

/** The name of a segment that was put aside. */
export function toUnreadableName({ name }: SegmentName): string {
  return name.replace(/frames$/, 'unreadable');
}

export function isUnreadableName(name: string): boolean {
  return UNREADABLE.test(name);
}
