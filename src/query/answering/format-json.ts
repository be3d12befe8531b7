/**
 * Answers as JSON, an object a line (NDJSON). A line of a log is what `encoding: json` makes of it everywhere in LogCaster:
 *
 *     {"time":"2026-01-31T12:00:00.000Z","source":"tcp","peer":"10.0.0.7:51234","message":"…"}
 *
 * `time`, `source` and `peer` are there if they are known. A line that is not UTF-8 has `messageBase64`, its very bytes, beside a `message`
 * that can be read. What the collector says itself are objects without a `message`: see format.ts.
 *
 * Invariant: a part is of bounded size, whatever the line: a long one is written in pieces.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import type { Origin } from '../../core/batch.ts';
import type { FoundLines } from '../../core/search.ts';
import { formatTime } from '../../core/template.ts';
import { PART_BYTES } from './parts.ts';
import { originReader } from './pieces.ts';

/** Lines above that are written in pieces, in bytes; a multiple of 3, for base64. */
const LONG_LINE = 48 * 1024;

/** An object of what the collector says itself. */
export function ownObject(object: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify(object)}\n`);
}

/** Found lines, in parts of bounded size. */
export function* linesAsJson(piece: FoundLines): Generator<Buffer, void, undefined> {
  const { bytes, bounds } = piece;
  const headOf = headReader(piece);
  let text = '';
  for (let at = 0; at < bounds.length; at += 2) {
    const line = bytes.subarray(bounds[at], bounds[at + 1]);
    const head = headOf(at / 2);
    if (line.length <= LONG_LINE) {
      text += `${head}${messageOf(line)}}\n`;
    } else {
      yield Buffer.from(text + head);
      text = '';
      yield* longMessage(line);
      text = '}\n';
    }
    if (text.length < PART_BYTES) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** The object of one line, without a line feed behind it: for events, which are one line each. */
export function* lineAsJson(piece: FoundLines, index: number): Generator<Buffer, void, undefined> {
  const { bytes, bounds } = piece;
  const line = bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]);
  const head = headReader(piece)(index);
  if (line.length <= LONG_LINE) {
    yield Buffer.from(`${head}${messageOf(line)}}`);
    return;
  }
  yield Buffer.from(head);
  yield* longMessage(line);
  yield Buffer.from('}');
}

/** What stands before the message. Neighbours often have it in common. */
function headReader(piece: FoundLines): (index: number) => string {
  const { receivedAt } = piece;
  const originOf = originReader(piece);
  let time: number | undefined;
  let origin: Origin | undefined;
  let head = '';
  return (index) => {
    const ownTime = receivedAt[index]!;
    const ownOrigin = originOf(index);
    if (Object.is(ownTime, time) && ownOrigin === origin) return head;
    time = ownTime;
    origin = ownOrigin;
    head = '{';
    if (!Number.isNaN(time)) head += `"time":${JSON.stringify(formatTime(time))},`;
    if (origin) head += `"source":${JSON.stringify(origin.source)},`;
    if (origin?.peer !== undefined) head += `"peer":${JSON.stringify(origin.peer)},`;
    return head;
  };
}

function messageOf(line: Buffer): string {
  const message = `"message":${JSON.stringify(line.toString())}`;
  return isUtf8(line) ? message : `${message},"messageBase64":"${line.toString('base64')}"`;
}

function* longMessage(line: Buffer): Generator<Buffer, void, undefined> {
  // A character may be cut in two: the decoder keeps its beginning for the next piece.
  const decoder = new StringDecoder('utf8');
  yield Buffer.from('"message":"');
  for (const piece of piecesOf(line)) yield Buffer.from(JSON.stringify(decoder.write(piece)).slice(1, -1));
  yield Buffer.from(`${JSON.stringify(decoder.end()).slice(1, -1)}"`);
  if (isUtf8(line)) return;
  yield Buffer.from(',"messageBase64":"');
  for (const piece of piecesOf(line)) yield Buffer.from(piece.toString('base64'));
  yield Buffer.from('"');
}

function* piecesOf(line: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at < line.length; at += LONG_LINE) yield line.subarray(at, at + LONG_LINE);
}
