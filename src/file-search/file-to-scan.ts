/** What is asked of a scan of one file, as it can be sent to another thread. */
import type { Compression } from '../core/compressed/compressions.ts';
import type { TimeBlock } from '../core/log-directory/time-index.ts';

/** A file, or its beginning. */
export interface FileToScan {
  /** What it is called, for people. */
  readonly name: string;
  /** How many of its bytes are read. */
  readonly size: number;
  /** How many of the bytes that it holds count, if it is compressed and that is known. @defaultValue as many as the query allows */
  readonly limit?: number;
  readonly compression?: Compression | undefined;
  /** When its lines were received, as far as that is known. What is behind the last block is of unknown time. */
  readonly blocks: readonly TimeBlock[];
  /** Whether it is a file of frames as a rule, even if it does not begin with one. */
  readonly frames?: boolean;
}

/** What is looked for in a file. */
export interface FileQuery {
  readonly since: number;
  readonly until: number;
  readonly order: 'oldest' | 'newest';
  readonly countOnly: boolean;
  /** How much a compressed file may become at most, in bytes. */
  readonly maxBytes: number;
  /** Whether the thread that looks may be held up for a moment: nothing else waits for it. @defaultValue false */
  readonly mayBlock?: boolean;
  /** How much is read at once, and kept to be turned round; tests change it, to force rare cases. */
  readonly readBytes?: number;
  readonly turnedBytes?: number;
}

/** Something in a file that could not be read. */
export interface ScanWarning {
  readonly file: string;
  readonly message: string;
}
