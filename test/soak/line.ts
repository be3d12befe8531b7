/**
 * The lines of a soak:
 *
 *     run conn seq length crc payload
 *
 * `run` tells this soak from others, `conn` is the number of the connection (never given twice), `seq` counts its lines from
 * 0, `length` is that of the payload in bytes, and `crc` is the CRC-32 of everything else. The payload holds any byte but
 * line feed and carriage return. A line can be made again from `run`, `conn` and `seq`: so whoever finds one can tell whether it
 * is exactly what was sent, and whoever finds a piece of one can tell of which.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { randomFrom } from './random.ts';

const POOL_BYTES = 128 * 1024;
const LONGEST = 48 * 1024;

const pool = makePool();

function makePool(): Buffer {
  const random = randomFrom(4711);
  const bytes = Buffer.alloc(POOL_BYTES);
  for (let at = 0; at < bytes.length; at++) {
    // Mostly text, now and then anything at all.
    const byte = random() < 0.9 ? 32 + Math.floor(random() * 95) : Math.floor(random() * 256);
    bytes[at] = byte === 10 || byte === 13 ? 0 : byte;
  }
  return bytes;
}

function mix(conn: number, seq: number): number {
  let mixed = Math.imul(conn + 1, 0x9e3779b1) ^ Math.imul(seq + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function payloadLength(mixed: number): number {
  if (mixed % 4001 === 0) return mixed % LONGEST;
  if (mixed % 211 === 0) return mixed % 8192;
  return mixed % 160;
}

/** A line, without its line feed. */
export function toLine(run: string, conn: number, seq: number): Buffer {
  const mixed = mix(conn, seq);
  const length = payloadLength(mixed);
  const start = mixed % (POOL_BYTES - LONGEST);
  const payload = pool.subarray(start, start + length);
  const head = `${run} ${conn} ${seq} ${length}`;
  const crc = crc32(payload, crc32(head)).toString(16).padStart(8, '0');
  return Buffer.concat([Buffer.from(`${head} ${crc} `), payload]);
}

/** What a found line is. `torn` is a piece of a line that was sent; `foreign` is none of this run's. */
export type Found =
  | { readonly kind: 'whole'; readonly conn: number; readonly seq: number }
  | { readonly kind: 'torn'; readonly conn: number; readonly seq: number }
  | { readonly kind: 'foreign' };

const HEAD = /^(\S+) (\d{1,9}) (\d{1,9}) \d+ [0-9a-f]{8} /;

/** Looks at a line, without its line feed. */
export function recognize(run: string, line: Buffer): Found {
  const match = HEAD.exec(line.toString('latin1', 0, Math.min(line.length, 64)));
  if (match?.[1] !== run) return { kind: 'foreign' };
  const conn = Number(match[2]);
  const seq = Number(match[3]);
  return { kind: toLine(run, conn, seq).equals(line) ? 'whole' : 'torn', conn, seq };
}

/** Whether bytes are the beginning of a line of this run (or of its end: then they are the whole line). */
export function isBeginning(run: string, bytes: Buffer): boolean {
  const match = HEAD.exec(bytes.toString('latin1', 0, Math.min(bytes.length, 64)));
  if (!match) return /^\S* ?\d* ?\d* ?\d* ?[0-9a-f]* ?$/.test(bytes.toString('latin1', 0, 64));
  const line = toLine(run, Number(match[2]), Number(match[3]));
  return match[1] === run && line.subarray(0, bytes.length).equals(bytes);
}
