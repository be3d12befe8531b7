/** Strings with escapes, turned into what they say. A backslash that begins no escape is left out; a lone surrogate is U+FFFD. */
import { Buffer } from 'node:buffer';

const BACKSLASH = 92;
const SHORT: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9 };

let scratch = Buffer.allocUnsafeSlow(1024);

/** What a JSON string says that stands between two quotes. The answer is only good until the next call. */
export function unescapeJson(bytes: Buffer, from: number, to: number): Buffer {
  // No escape is shorter than what it stands for: \u20ac has six characters for three bytes.
  if (scratch.length < to - from) scratch = Buffer.allocUnsafeSlow((to - from) * 2);
  let size = 0;
  for (let at = from; at < to; ) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH || at + 1 === to) {
      scratch[size++] = byte;
      at++;
      continue;
    }
    const kind = String.fromCharCode(bytes[at + 1]!);
    const unit = kind === 'u' ? readHex(bytes, at + 2, to) : -1;
    if (unit < 0) {
      scratch[size++] = SHORT[kind] ?? bytes[at + 1]!;
      at += 2;
      continue;
    }
    at += 6;
    let point = unit;
    if (unit >= 0xd800 && unit < 0xe000) {
      const low = bytes[at] === BACKSLASH && bytes[at + 1] === 117 ? readHex(bytes, at + 2, to) : -1;
      if (unit < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        point = 0x1_0000 + (unit - 0xd800) * 0x400 + (low - 0xdc00);
        at += 6;
      } else {
        point = 0xfffd;
      }
    }
    size += scratch.write(String.fromCodePoint(point), size);
  }
  return scratch.subarray(0, size);
}

/** Four hexadecimal digits; -1 where there are none. */
function readHex(bytes: Buffer, from: number, to: number): number {
  if (from + 4 > to) return -1;
  let value = 0;
  for (let at = from; at < from + 4; at++) {
    const byte = bytes[at]!;
    const letter = byte | 32;
    if (byte >= 48 && byte <= 57) value = value * 16 + byte - 48;
    else if (letter >= 97 && letter <= 102) value = value * 16 + letter - 87;
    else return -1;
  }
  return value;
}
