/**
 * Makes text safe to show on a terminal: what would move the cursor, change colours, ring a bell, retitle the window or
 * turn the reading direction is written out instead.
 *
 *     NUL, ESC and other C0 controls      \x00 \x1b        tab, line feed, carriage return   \t \n \r
 *     DEL, C1 controls, bidi controls,
 *     U+2028, U+2029, lone surrogates     \u007f \u202e    a byte that is no UTF-8           \xff
 *
 * JSON in which these are written out is JSON still, since JSON itself writes out C0 controls.
 * A backslash stays one, so that paths and JSON stay readable: this is for eyes, and cannot be turned back.
 * Only what is shown is escaped, never what is stored.
 */
import { Buffer, isUtf8 } from 'node:buffer';

const CONTROLS = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u;
const EACH_CONTROL = new RegExp(CONTROLS, 'gu');
const EACH_CONTROL_BUT_TAB = /(?!\t)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT_FORMS: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** What may stay. */
export interface EscapeOptions {
  /** Whether a tab stays a tab, which does a terminal no harm. @defaultValue false */
  readonly keepTabs?: boolean;
}

/**
 * Writes out the control characters of a text.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * escapeText('\u001b[31mred'); // '\\x1b[31mred'
 * ```
 */
export function escapeText(text: string, options: EscapeOptions = {}): string {
  if (!CONTROLS.test(text)) return text;
  return text.replaceAll(options.keepTabs ? EACH_CONTROL_BUT_TAB : EACH_CONTROL, escapeCharacter);
}

/** Writes out the control characters of a text of several lines: line feeds and tabs stay. */
export function escapeLines(text: string): string {
  if (!CONTROLS.test(text)) return text;
  return text
    .split('\n')
    .map((line) => escapeText(line, { keepTabs: true }))
    .join('\n');
}

/**
 * Writes out the control characters of bytes that are UTF-8, and each byte that is not.
 *
 * @remarks Since 0.1.0
 */
export function escapeBytes(bytes: Uint8Array, options: EscapeOptions = {}): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return escapeText(buffer.toString(), options);
  let shown = '';
  let from = 0;
  let at = 0;
  while (at < buffer.length) {
    const length = characterLength(buffer, at);
    if (length === 0) {
      shown += escapeText(buffer.toString('utf8', from, at), options) + toHex(buffer[at]!);
      from = at + 1;
    }
    at += length || 1;
  }
  return shown + escapeText(buffer.toString('utf8', from), options);
}

/**
 * Writes out the control characters of a line; tabs stay. A line feed inside of it, as a merged stack trace has them, becomes
 * `lineFeed`.
 */
export function escapeLine(line: Uint8Array, lineFeed: string): string {
  if (!line.includes(10)) return escapeBytes(line, { keepTabs: true });
  // One character a byte, so that a line feed cannot hide in a character.
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    .toString('latin1')
    .split('\n')
    .map((part) => escapeBytes(Buffer.from(part, 'latin1'), { keepTabs: true }))
    .join(lineFeed);
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return SHORT_FORMS[character] ?? (code < 0x20 ? toHex(code) : `\\u${code.toString(16).padStart(4, '0')}`);
}

function toHex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** How many bytes the character at `at` has; 0 if there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
