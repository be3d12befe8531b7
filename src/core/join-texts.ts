/**
 * Makes lines of many texts at once, which is several times faster than text by text.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED, type Lines } from './batch.ts';

/** Copies texts into one buffer, a line each; `latin1` takes each character for a byte. A text may hold line feeds. */
export function joinTexts(texts: readonly string[], encoding: 'utf8' | 'latin1'): Lines {
  const text = texts.join('\n');
  const length = Buffer.byteLength(text, encoding);
  const bytes = Buffer.allocUnsafe(length + 1);
  bytes.write(text, encoding);
  bytes[length] = LINE_FEED;
  const isOneByteEach = length === text.length;
  const bounds = new Uint32Array(texts.length * 2);
  let at = 0;
  texts.forEach((each, index) => {
    bounds[index * 2] = at;
    at += isOneByteEach ? each.length : Buffer.byteLength(each);
    bounds[index * 2 + 1] = at++;
  });
  return { bytes, bounds };
}
