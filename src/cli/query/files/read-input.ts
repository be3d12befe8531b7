/** Reads what is named on the command line as runs of whole lines, and counts what was read. */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../../core/batch.ts';
import type { Compression } from '../../../core/compressed/compressions.ts';
import { decompress } from '../../../core/compressed/decompress.ts';
import { LogCasterError } from '../../../core/errors.ts';
import { type FrameRun, frameRuns } from '../../../file-search/frames.ts';
import {
  type Readable,
  type Run,
  runsBackward,
  runsForward,
  runsOfPieces,
} from '../../../file-search/raw-blocks.ts';
import type { OpenedFile } from './input.ts';

/** The longest line, in bytes. What is longer is no text, and is refused: nobody would want a part of it. */
const MAX_LINE = 256 * 2 ** 20;
const LONGEST = { longest: MAX_LINE };

const ANY_TIME = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/** How far reading is. */
export interface ReadTally {
  /** Bytes of files that were read: of compressed ones, as they are on disk. */
  read: number;
}

/** A file as it is, from the start on or from the end on. */
export function plainRuns(
  { file, size }: OpenedFile,
  isBackwards: boolean,
  tally: ReadTally,
): AsyncGenerator<Run> {
  const runs = isBackwards ? runsBackward : runsForward;
  return refuseTooLong(runs(counted(file, tally), { start: 0, end: size }, LONGEST));
}

/** What a compressed file holds. `damaged` is told of what cannot be read of it. */
export function compressedRuns(
  { file, size }: OpenedFile,
  kind: Compression,
  tally: ReadTally,
  damaged: (offset: number, why: string) => void,
): AsyncGenerator<Run> {
  const init = {
    kind,
    size,
    damaged: ({ offset, why }: { offset: number; why: string }) => damaged(offset, why),
  };
  return refuseTooLong(
    runsOfPieces(decompress(counted(file, tally), init), Number.POSITIVE_INFINITY, LONGEST),
  );
}

/** What frames hold, from the first on or from the last on. `damaged` is told of what cannot be read of it. */
export function framedRuns(
  { file, size, blocks = [] }: OpenedFile,
  kind: Compression,
  isBackwards: boolean,
  tally: ReadTally,
  damaged: (offset: number, why: string) => void,
): AsyncGenerator<FrameRun> {
  const init = { kind, size, blocks, between: ANY_TIME, mayBlock: true, damaged, ...LONGEST };
  return refuseTooLong(frameRuns(counted(file, tally), init, isBackwards ? 'newest' : 'oldest'));
}

/** What comes as it comes. */
export function streamRuns(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Run> {
  return refuseTooLong(runsOfPieces(toBuffers(stream), Number.POSITIVE_INFINITY, LONGEST));
}

function counted(file: Readable, tally: ReadTally): Readable {
  return {
    async read(buffer, offset, length, position) {
      const result = await file.read(buffer, offset, length, position);
      tally.read += result.bytesRead;
      return result;
    },
  };
}

async function* toBuffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
}

async function* refuseTooLong<R extends Run>(runs: AsyncIterable<R>): AsyncGenerator<R> {
  for await (const run of runs) {
    if (run.bytes.length > MAX_LINE && run.bytes.indexOf(LINE_FEED) >= MAX_LINE)
      throw new LogCasterError('LC_SEARCH_TOO_LARGE', `a line is longer than ${MAX_LINE} bytes`);
    yield run;
  }
}
