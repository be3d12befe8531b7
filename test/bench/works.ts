/**
 * The works of the bench: how many connections send how many lines, and what each line is. A line can be made again from
 * its connection and its number, so whoever reads files back can tell whether it is whole, in place, and there once.
 */
import { Buffer } from 'node:buffer';

export interface Work {
  readonly name: string;
  readonly connections: number;
  readonly linesEach: number;
  /** The mean length of a line in bytes, with its line feed. */
  readonly lineBytes: 64 | 120;
}

export const WORKS: readonly Work[] = [
  { name: 'W1', connections: 4, linesEach: 1_000_000, lineBytes: 120 },
  { name: 'W2', connections: 1, linesEach: 1_000_000, lineBytes: 120 },
  { name: 'W3', connections: 200, linesEach: 10_000, lineBytes: 120 },
  { name: 'W4', connections: 1, linesEach: 2_000_000, lineBytes: 64 },
];

export function totalLines(work: Work): number {
  return work.connections * work.linesEach;
}

export function describeWork(work: Work): string {
  const connections = work.connections === 1 ? '1 connection' : `${work.connections} connections`;
  return `${connections} × ${work.linesEach.toLocaleString('en')} lines of about ${work.lineBytes} bytes`;
}

const LEVELS = ['DEBUG', 'INFO ', 'INFO ', 'INFO ', 'WARN ', 'ERROR'];
const MESSAGES = [
  'request served from cache for the user session',
  'connection to the upstream service was established again',
  'payment accepted, order is being prepared for dispatch today',
  'could not read the configuration, the default is used',
  'scheduled job has finished without any finding in the data',
];
const FILLER = 'abcdefghijklmnopqrstuvwxyz0123456789 _-=/'.repeat(8);

/** Line number `sequence` of a connection, without its line feed. */
export function lineOf(work: Work, connection: number, sequence: number): string {
  const head = `c=${String(connection).padStart(3, '0')} s=${String(sequence).padStart(7, '0')} `;
  const mixed = (sequence * 2_654_435_761 + connection * 40_503) >>> 0;
  const message = `${LEVELS[mixed % LEVELS.length]!} ${MESSAGES[mixed % MESSAGES.length]!} id=${mixed.toString(16)} `;
  // Lengths vary by a fifth around the mean.
  const spread = Math.floor(work.lineBytes / 5);
  const length = work.lineBytes - 1 - spread + (mixed % (2 * spread + 1));
  const line = head + message;
  return line.length >= length
    ? line.slice(0, length)
    : line + FILLER.slice(mixed % 40, (mixed % 40) + length - line.length);
}

/** All lines of a connection, as they are sent. */
export function bytesOf(work: Work, connection: number): Buffer {
  const parts: string[] = [];
  const blocks: Buffer[] = [];
  for (let sequence = 0; sequence < work.linesEach; sequence++) {
    parts.push(lineOf(work, connection, sequence));
    if (parts.length === 10_000) blocks.push(Buffer.from(`${parts.splice(0).join('\n')}\n`, 'latin1'));
  }
  if (parts.length > 0) blocks.push(Buffer.from(`${parts.join('\n')}\n`, 'latin1'));
  return Buffer.concat(blocks);
}
