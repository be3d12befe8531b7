/**
 * What the files of a log directory are made of: units (lines, or compressed frames of lines) that are whole or worthless.
 * What writes, rotates and recovers files knows no more about their content than this.
 */
import type { Buffer } from 'node:buffer';
import type { Batch } from '../batch.ts';
import type { OpenFile } from '../file-system.ts';
import type { Through } from '../passage.ts';
import { findEndOfLines, scanRange } from './log-file.ts';

/** How the units of a file are found again. */
export interface FileFormat {
  /** Where the last whole unit ends of a file that holds `size` bytes. */
  findEnd(file: OpenFile, size: number): Promise<number>;
  /** The lines between two places that lie between units, as far as they can be read. Never fails. */
  countLines(file: OpenFile, start: number, end: number): Promise<number>;
}

/** Lines that came together: what is kept of a piece beside its bytes. `byteLength` is what they take in the file. */
export interface PieceGroup extends Pick<Batch, 'length' | 'byteLength' | 'receivedAt' | 'position'> {
  /** When the oldest of them came, in ms since the epoch. @defaultValue when the newest did, at `receivedAt` */
  readonly oldest?: number;
  /** Through where each passage is stored with them, if they are no neighbours. */
  readonly through?: Through;
}

/** Units that are written together. */
export interface Piece {
  readonly lines: number;
  /** What they take in the file. */
  readonly bytes: number;
  /** What the file is given. */
  buffers(): readonly Buffer[];
  /** How much of it is whole when only the first `bytes` bytes were written. */
  wholeWithin(bytes: number): { readonly lines: number; readonly bytes: number };
  /** Its lines in their order. */
  readonly groups: readonly PieceGroup[];
}

/** What is to be written, taken piece by piece as it fits into a file. */
export interface PieceSource {
  readonly empty: boolean;
  /** As much as fits into `room` bytes; a unit that does not, but only if `force`d. `undefined` if that is nothing. */
  take(room: number, force: boolean): Piece | undefined | Promise<Piece | undefined>;
}

/** Lines, each with a line feed behind it. */
export const plainLines: FileFormat = {
  findEnd: findEndOfLines,
  countLines: async (file, start, end) => (await scanRange(file, start, end)).lineFeeds,
};
