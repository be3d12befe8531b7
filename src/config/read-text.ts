/**
 * Reads small text files without trusting them: not more than a limit is read (of a device or a pipe too), and what is no
 * UTF-8 text is refused at the byte that gives it away.
 */
import { open } from 'node:fs/promises';

/** The most that is read of a configuration file. */
export const MAX_CONFIG_BYTES = 2 ** 20;

/** Why a file cannot be used. */
export type TextProblem =
  | { readonly kind: 'missing' | 'unreadable'; readonly message: string }
  | { readonly kind: 'large'; readonly message: string }
  | { readonly kind: 'binary'; readonly message: string; readonly line: number };

export type TextResult =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: TextProblem };

/** Reads at most `maxBytes` of a UTF-8 file. A byte order mark is taken off. */
export async function readText(path: string, maxBytes: number): Promise<TextResult> {
  try {
    const bytes = await readBytes(path, maxBytes + 1);
    if (bytes.length > maxBytes) {
      return { problem: { kind: 'large', message: `larger than ${maxBytes} bytes` } };
    }
    return decode(bytes);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { problem: { kind: 'missing', message: 'there is no such file' } };
    const reason =
      code === 'EISDIR' ? 'it is a directory' : code === 'EACCES' ? 'permission denied' : message;
    return { problem: { kind: 'unreadable', message: reason } };
  }
}

/** Decodes UTF-8 strictly, without a byte order mark, and refuses control characters. */
export function decode(bytes: Uint8Array): TextResult {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { problem: { kind: 'binary', message: 'it is UTF-16', line: 1 } };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // What comes before the first bad byte decodes to the same characters either way.
    const loose = new TextDecoder('utf-8').decode(bytes);
    return {
      problem: { kind: 'binary', message: 'it is not UTF-8', line: lineOf(loose, loose.indexOf('\ufffd')) },
    };
  }
  return checkText(text);
}

/** Takes off a byte order mark, and refuses control characters. */
export function checkText(text: string): TextResult {
  const clean = text.startsWith('\ufeff') ? text.slice(1) : text;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const at = clean.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (at === -1) return { text: clean };
  const code = clean.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  return {
    problem: { kind: 'binary', message: `it holds the control character U+${code}`, line: lineOf(clean, at) },
  };
}

async function readBytes(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(limit);
    let length = 0;
    while (length < limit) {
      const { bytesRead } = await file.read(buffer, length, limit - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, Math.max(offset, 0)).split('\n').length;
}
