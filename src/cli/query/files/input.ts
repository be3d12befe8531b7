/** Something to be searched: a file, a pipe, standard input. */
import { errorCode, type FileSystem, OPEN_FLAGS, type OpenFile } from '../../../core/file-system.ts';
import type { TimeBlock } from '../../../core/log-directory/time-index.ts';

/** Something to be read. */
export interface Input {
  /** As it is shown: the path as it was given, `-` for standard input. */
  readonly name: string;
  /** The log directory that it belongs to. */
  readonly group?: string;
  /** How large it is, in bytes; 0 if that is not known. */
  readonly size: number;
  /** Opens it; `undefined` if it is gone and nobody misses it. */
  open(): Promise<Opened | undefined>;
  /** Lets go of what it holds if it was not opened. */
  dispose?(): Promise<void>;
}

/** An open file. */
export interface OpenedFile {
  readonly file: OpenFile;
  /** In bytes. */
  readonly size: number;
  /** When it was changed last, in ms since the epoch: no line came later. */
  readonly changedAt: number;
  /** When the first and the last of its lines came, about, in ms since the epoch; NaN if it is not known. */
  readonly from: number;
  readonly to: number;
  /** When its lines were received, if somebody has written that down: by places in what it holds, of a file of frames in itself. */
  readonly blocks?: readonly TimeBlock[];
  /** Whether somebody writes it: its end may be torn. */
  readonly isWritten: boolean;
}

/** What is read: a file, or what comes as it comes. */
export type Opened = OpenedFile | { readonly stream: AsyncIterable<Uint8Array> };

/** Opens a file to read it; `undefined` if it is gone. When its lines came is not known. */
export async function openFile(fs: FileSystem, path: string): Promise<OpenedFile | undefined> {
  let file: OpenFile;
  try {
    file = await fs.open(path, OPEN_FLAGS.read);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { size, mtimeMs } = await file.stat();
  return { file, size, changedAt: Math.floor(mtimeMs), from: Number.NaN, to: Number.NaN, isWritten: false };
}
