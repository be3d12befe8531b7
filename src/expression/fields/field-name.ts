/**
 * Names of fields: the keys on the way to a value, joined by dots. So `a.b` is `b` inside of `a`, and a field that is called
 * `a.b`, dot and all.
 */
import { Buffer } from 'node:buffer';

/** What is left of a name when a key does not lead on to it. */
export const OFF = -1;
/** What is left of a name when all of its keys were met: here is its value. */
export const HERE = 0x7fff_ffff;

const DOT = 46;

/** Recognizes the way to a field, key by key. */
export interface NameMatcher {
  /**
   * Meets a key.
   *
   * @param rest - what was left of the name: 0 at the start
   * @returns what is left behind the key; {@link OFF} or {@link HERE}
   */
  meet(bytes: Uint8Array, from: number, to: number, rest: number): number;
}

/** One name. */
export class FieldName implements NameMatcher {
  readonly bytes: Buffer;
  /** What stands in a line that has such a field, unless its keys have escapes; absent when nothing is sure. */
  readonly literal: Buffer | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes);
    const last = this.bytes.subarray(this.bytes.lastIndexOf(DOT) + 1);
    this.literal = last.length > 0 && !last.some(isWrittenDifferently) ? last : undefined;
  }

  meet(bytes: Uint8Array, from: number, to: number, rest: number): number {
    const name = this.bytes;
    const behind = rest + to - from;
    if (behind > name.length || (behind < name.length && name[behind] !== DOT)) return OFF;
    for (let at = from; at < to; at++) if (bytes[at] !== name[rest + at - from]) return OFF;
    return behind === name.length ? HERE : behind + 1;
  }
}

/** Whether JSON may or must write a character with a backslash and something else: `\"`, `\\`, `\/`, `\t`. */
export function isWrittenDifferently(byte: number): boolean {
  return byte < 32 || byte === 34 || byte === 92 || byte === 47;
}

/** The names of fields that hold a level, in lower case, and the object `log` that may hold one. */
const LEVEL_NAMES = [
  'level',
  'lvl',
  'severity',
  'loglevel',
  'log_level',
  'log.level',
  'levelname',
  'severitytext',
  'severity_text',
  '@l',
].map((name) => Buffer.from(name));
/** The length of the longest of them, in bytes. */
export const LONGEST_LEVEL_FIELD = Math.max(...LEVEL_NAMES.map(({ length }) => length));
const LAST_BYTES = new Set(LEVEL_NAMES.map((name) => name.at(-1)! & ~32));

/** Whether the name of a level may end with this byte: it can be told from it that most names are none. */
export function endsLevelField(byte: number | undefined): boolean {
  return byte !== undefined && LAST_BYTES.has(byte & ~32);
}

const NAMES_OF_LENGTH = Array.from({ length: LONGEST_LEVEL_FIELD + 1 }, (_, length) =>
  LEVEL_NAMES.filter((name) => name.length === length),
);
const PRIORITY = Buffer.from('PRIORITY');
const LOG = Buffer.from('log');
const LEVEL = Buffer.from('level');
const IN_LOG = 1;

/** The fields that hold a level. */
export const levelFields: NameMatcher = {
  meet(bytes, from, to, rest) {
    if (rest === IN_LOG) return isSame(bytes, from, to, LEVEL) ? HERE : OFF;
    const length = to - from;
    const names = NAMES_OF_LENGTH[length];
    if (names === undefined) return OFF;
    for (let index = 0; index < names.length; index++) {
      if (isSame(bytes, from, to, names[index]!)) return HERE;
    }
    if (length === 8 && PRIORITY.equals(bytes.subarray(from, to))) return HERE;
    return length === 3 && isSame(bytes, from, to, LOG) ? IN_LOG : OFF;
  },
};

/** Whether bytes are those of a name in lower case, be they in upper or in lower case. */
function isSame(bytes: Uint8Array, from: number, to: number, name: Uint8Array): boolean {
  if (to - from !== name.length) return false;
  // In most cases the first byte tells.
  if ((bytes[from]! | 32) !== (name[0]! | 32)) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    if (lower !== name[at - from]) return false;
  }
  return true;
}
