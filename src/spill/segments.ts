/**
 * The segments of a spill: files of frames, of which the last one is written. They are removed as a whole, oldest first.
 *
 * Invariants:
 * - A segment that was there at the start is never written to, and a file that exists is never opened to be written.
 * - `end` is where the last frame ends whose write succeeded. What stands behind it is cut off, or, if that fails, ignored: no
 *   more is written to that segment. The same frames, with the same numbers, then go into the next one.
 * - After a sync that failed, that descriptor is not asked again: its segment is finished, too.
 */
import type { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { type FileSystem, OPEN_FLAGS, type OpenFile, syncDirectory } from '../core/file-system.ts';
import { obstructed, openToRead, removeIfThere, shortWrite } from '../core/log-directory/log-file.ts';
import { parseSegmentName, type SegmentName, toSegmentName, toUnreadableName } from './names.ts';

/** A file of frames. */
export interface Segment extends SegmentName {
  /** Bytes that count. */
  end: number;
  /** Bytes that it takes. */
  size: number;
}

export interface SegmentsOptions {
  readonly fs: FileSystem;
  /** The directory. */
  readonly path: string;
  readonly fileMode: number;
}

/** Lists the segments of a directory, oldest first. Changes nothing. */
export async function listSegments(fs: FileSystem, path: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const entry of await fs.readEntries(path)) {
    const parsed = parseSegmentName(entry.name);
    if (!parsed) continue;
    if (!entry.isFile()) throw obstructed(`${path}/${entry.name}`, 'not a regular file');
    const { size, nlink } = await fs.lstat(`${path}/${entry.name}`);
    if (nlink > 1) throw obstructed(`${path}/${entry.name}`, `a hard link: the file has ${nlink} names`);
    segments.push({ ...parsed, end: size, size });
  }
  return segments.toSorted((a, b) => a.number - b.number);
}

/** Opens a segment to read it. */
export async function openSegment(fs: FileSystem, path: string, { name }: SegmentName): Promise<OpenFile> {
  const opened = await openToRead(fs, `${path}/${name}`);
  if (opened) return opened.file;
  throw Object.assign(new Error(`${path}/${name} is gone`), { code: 'ENOENT' });
}

export class Segments {
  /** Oldest first. */
  readonly list: Segment[];
  readonly #options: SegmentsOptions;
  #greatest: number;
  /** What is written, and whether it is synced. */
  #current: { readonly segment: Segment; readonly file: OpenFile; isSynced: boolean } | undefined;

  constructor(options: SegmentsOptions, list: readonly Segment[]) {
    this.#options = options;
    this.list = [...list];
    this.#greatest = list.at(-1)?.number ?? 0;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.list.reduce((sum, { size }) => sum + size, 0);
  }

  /** The segment that is written. */
  get current(): Segment | undefined {
    return this.#current?.segment;
  }

  /** Writes buffers that belong together behind the others; `toBuffers` makes them for the salt of a file. */
  async append(
    toBuffers: (salt: number) => readonly Buffer[],
    bytes: number,
    { maxSegment, durable }: { readonly maxSegment: number; readonly durable: 'none' | 'later' | 'now' },
  ): Promise<void> {
    if (this.#current && this.#current.segment.end > 0 && this.#current.segment.end + bytes > maxSegment) {
      await this.finish(durable !== 'none');
    }
    this.#current ??= await this.#begin(durable !== 'none');
    const { segment, file } = this.#current;
    try {
      segment.size = Math.max(segment.size, segment.end + bytes);
      const { bytesWritten } = await file.writev(toBuffers(segment.salt), segment.end);
      if (bytesWritten < bytes) throw shortWrite(bytesWritten, bytes);
      this.#current.isSynced = false;
      if (durable === 'now') await this.sync();
    } catch (error) {
      await this.#cutBack();
      throw error;
    }
    segment.end += bytes;
  }

  /** Makes what was written durable. If it fails, no more is written to this segment. */
  async sync(): Promise<void> {
    const current = this.#current;
    if (!current || current.isSynced) return;
    current.isSynced = true;
    try {
      await current.file.datasync();
    } catch (error) {
      if (this.#current === current) await this.#leave();
      throw error;
    }
  }

  /** Finishes the segment that is written. */
  async finish(durable: boolean): Promise<void> {
    if (durable) await this.sync();
    await this.#leave();
  }

  /** Removes the oldest segments, as long as `isDone` says so. */
  async remove(isDone: (segment: Segment) => boolean): Promise<void> {
    for (let oldest = this.list[0]; oldest && isDone(oldest); oldest = this.list[0]) {
      if (this.#current?.segment === oldest) await this.#leave();
      await removeIfThere(this.#options.fs, this.#pathOf(oldest.name));
      this.list.shift();
    }
  }

  /** Puts the oldest segment aside, because it cannot be read. */
  async putAside(segment: Segment): Promise<void> {
    if (this.#current?.segment === segment) await this.#leave();
    await this.#options.fs.rename(this.#pathOf(segment.name), this.#pathOf(toUnreadableName(segment)));
    this.list.splice(this.list.indexOf(segment), 1);
  }

  async close(): Promise<void> {
    await this.#leave();
  }

  async #begin(durable: boolean) {
    const { fs, path, fileMode } = this.#options;
    const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
    const name = toSegmentName(++this.#greatest, randomInt(2 ** 32));
    const file = await fs.open(this.#pathOf(name.name), flags, fileMode);
    const segment: Segment = { ...name, end: 0, size: 0 };
    this.list.push(segment);
    try {
      const { mode } = await file.stat();
      if ((mode & 0o777) !== fileMode) await file.chmod((mode & 0o7000) | fileMode);
      if (durable) await syncDirectory(fs, path);
      return { segment, file, isSynced: true };
    } catch (error) {
      await file.close().catch(() => {});
      await this.#removeEmpty(segment);
      throw error;
    }
  }

  async #cutBack(): Promise<void> {
    if (!this.#current) return;
    const { segment, file } = this.#current;
    try {
      await file.truncate(segment.end);
      segment.size = segment.end;
    } catch {
      await this.#leave();
      if (segment.end === 0) await this.#removeEmpty(segment);
    }
  }

  /** A disk on which nothing can be written is not to be filled with empty files. */
  async #removeEmpty(segment: Segment): Promise<void> {
    try {
      await removeIfThere(this.#options.fs, this.#pathOf(segment.name));
      this.list.splice(this.list.indexOf(segment), 1);
    } catch {
      // Then it is removed when it is read.
    }
  }

  async #leave(): Promise<void> {
    const file = this.#current?.file;
    this.#current = undefined;
    await file?.close().catch(() => {});
  }

  #pathOf(name: string): string {
    return `${this.#options.path}/${name}`;
  }
}
