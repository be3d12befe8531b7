/**
 * What checking a file needs to know of its format. Of plain files only the end is read: any bytes make lines. What is
 * compressed has to be read as a whole (src/sinks/archive/scan-frames.ts).
 */
import { LINE_FEED } from '../../batch.ts';
import type { OpenFile } from '../../file-system.ts';
import { type FileFormat, plainLines } from '../file-format.ts';
import { scanRange } from '../log-file.ts';

/** Places of a file that cannot be read. */
export interface FileDamage {
  readonly places: number;
  readonly bytes: number;
  /** Lines that were there, as far as that is known. */
  readonly lines: number;
  /** Where the first of them begins. */
  readonly offset: number;
  /** What is wrong with the first of them. */
  readonly why: string;
}

/** What a look at a file found. */
export interface FileScan {
  /** Where the last whole unit ends. */
  readonly end: number;
  /** What stands before `end` and cannot be read. */
  readonly damage?: FileDamage;
  /** What is known of what stands behind `end`; it can be more than that. */
  readonly tail?: FileDamage;
}

/** Files that can be checked. */
export interface VerifiableFormat {
  /** What they end in: `.log`. */
  readonly suffix: string;
  /** What they are made of, for people. */
  readonly unit: 'line' | 'frame';
  readonly format: FileFormat;
  /** Looks for what is damaged or torn. Fails if the file cannot be read. */
  scan(file: OpenFile, size: number): Promise<FileScan>;
  /** Whether there is more than one unit before `end`. A single one may be larger than `maxSize`. */
  holdsSeveral(file: OpenFile, end: number): Promise<boolean>;
}

/** Lines as they came. */
export const plainFiles: VerifiableFormat = {
  suffix: '.log',
  unit: 'line',
  format: plainLines,
  scan: async (file, size) => ({ end: await plainLines.findEnd(file, size) }),
  async holdsSeveral(file, end) {
    let several = false;
    const found = new Error('found');
    try {
      // The line feed at the very end ends the only line.
      const { failure } = await scanRange(file, 0, end - 1, async (block) => {
        several = block.includes(LINE_FEED);
        if (several) throw found;
      });
      if (failure !== undefined) throw failure as Error;
    } catch (error) {
      if (error !== found) throw error;
    }
    return several;
  },
};
