/**
 * The time indexes of a log directory (time-index.ts), one file each, in `.logcaster-index/`:
 *
 *     .logcaster-index/log-20260131-235959-000042.log.idx
 *     .logcaster-index/current.log.idx                       written when the sink stops in good order
 *
 * Invariants:
 * - Nothing waits for them and nothing fails because of them: an index that cannot be written or read is not there.
 * - They are not synced, and replaced as a whole. Each says which file it is about; of any other it is not there.
 */
import { Buffer } from 'node:buffer';
import { errorCode, type FileStatus, OPEN_FLAGS } from '../file-system.ts';
import { Serial } from '../serial.ts';
import type { LogDirectory } from './directory.ts';
import { openToRead, readFully, removeIfThere, statusOf, writeFully } from './log-file.ts';
import { INDEX_FOLDER } from './names.ts';
import { type Indexed, TimeIndex } from './time-index.ts';

/** No index is larger. */
const MAX_BYTES = 2 ** 20;

type Place = Pick<LogDirectory, 'fs' | 'pathOf' | 'options'>;

export class IndexStore {
  readonly #directory: Place;
  readonly #serial = new Serial();
  /** Indexes that are being written. */
  readonly #unwritten = new Map<string, TimeIndex>();
  #closed = false;
  #madeFolder = false;

  constructor(directory: Place) {
    this.#directory = directory;
  }

  /** Keeps the index of a file that is not written any more. */
  put(name: string, index: TimeIndex): void {
    if (this.#closed) return;
    this.#unwritten.set(name, index);
    this.#later(async () => {
      try {
        const status = await statusOf(this.#directory.fs, this.#directory.pathOf(name));
        if (status?.size === index.end) await this.#write(name, index, status);
      } finally {
        if (this.#unwritten.get(name) === index) this.#unwritten.delete(name);
      }
    });
  }

  /** The index of a file, if there is one that is about it. */
  async get(name: string, status: Indexed): Promise<TimeIndex | undefined> {
    const index = this.#unwritten.get(name);
    if (index?.end === status.size) return index;
    return readIndex(this.#directory, name, status);
  }

  /** A file is compressed now: what is known of its lines stays true. */
  move(from: { name: string; status: FileStatus }, to: { name: string; status: FileStatus }): void {
    this.#later(async () => {
      const index = await this.get(from.name, from.status);
      if (index) await this.#write(to.name, index, to.status);
      await this.#remove(from.name);
    });
  }

  /** The file is gone. */
  remove(name: string): void {
    this.#later(() => this.#remove(name));
  }

  /** Removes the indexes of files that are not there. */
  clean(names: Iterable<string>): void {
    const there = new Set(names);
    this.#later(async () => {
      const { fs } = this.#directory;
      for (const name of await fs.readdir(this.#directory.pathOf(INDEX_FOLDER))) {
        if (!there.has(name.replace(/\.idx$/, ''))) await removeIfThere(fs, this.#pathOf(name));
      }
    });
  }

  /** Resolves when what is to be written is. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#serial.idle();
  }

  #later(job: () => Promise<void>): void {
    // Whatever goes wrong: then it is not there.
    void this.#serial.run(job).catch(() => {});
  }

  async #write(name: string, index: TimeIndex, status: Indexed): Promise<void> {
    const { fs, options } = this.#directory;
    if (!this.#madeFolder) {
      try {
        const folder = this.#directory.pathOf(INDEX_FOLDER);
        await fs.mkdir(folder, { recursive: false, mode: options.directoryMode });
        // Whatever the umask.
        await fs.chmod(folder, options.directoryMode);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      this.#madeFolder = true;
    }
    const scratch = this.#pathOf('tmp');
    await removeIfThere(fs, scratch);
    const flags = OPEN_FLAGS.write | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
    const file = await fs.open(scratch, flags, options.fileMode);
    try {
      await file.chmod(options.fileMode);
      await writeFully(file, index.toBuffer(status), 0);
    } finally {
      await file.close();
    }
    await fs.rename(scratch, this.#pathOf(`${name}.idx`));
  }

  #remove(name: string): Promise<void> {
    return removeIfThere(this.#directory.fs, this.#pathOf(`${name}.idx`));
  }

  #pathOf(name: string): string {
    return this.#directory.pathOf(`${INDEX_FOLDER}/${name}`);
  }
}

/** Reads the index of a file, if there is one that is about it. Never fails. */
export async function readIndex(
  directory: Pick<Place, 'fs' | 'pathOf'>,
  name: string,
  status: Indexed,
): Promise<TimeIndex | undefined> {
  try {
    const opened = await openToRead(directory.fs, directory.pathOf(`${INDEX_FOLDER}/${name}.idx`));
    if (!opened) return undefined;
    try {
      const { size } = opened.status;
      if (size > MAX_BYTES) return undefined;
      const bytes = Buffer.allocUnsafe(size);
      return TimeIndex.parse(bytes.subarray(0, await readFully(opened.file, bytes, size, 0)), status);
    } finally {
      await opened.file.close();
    }
  } catch {
    return undefined;
  }
}
