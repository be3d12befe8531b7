/** Whoever finds lines in open files, one file after the other: here, or in a thread of its own. */
import type { LineCondition } from '../core/line-condition.ts';
import type { ScanTally } from '../core/search.ts';
import type { FileQuery, FileToScan } from './file-to-scan.ts';
import type { LinesOfFile } from './found-lines.ts';
import type { Readable } from './raw-blocks.ts';
import { scanFile } from './scan-file.ts';

/** What is told of a file while it is scanned. */
export interface ScanListener {
  readonly tally: ScanTally;
  readonly warn: (message: string) => void;
}

export interface Scanner extends AsyncDisposable {
  /** The lines that are found in a file. Fails if it cannot be read. One at a time. */
  scan(file: Readable, target: FileToScan, listener: ScanListener): AsyncIterable<LinesOfFile>;
}

/** Scans here. Between the reads, of a mebibyte each, the event loop turns. */
export function scanHere(condition: LineCondition | undefined, query: FileQuery): Scanner {
  return {
    scan: (file, target, { tally, warn }) => scanFile(file, target, { condition, query, tally, warn }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
