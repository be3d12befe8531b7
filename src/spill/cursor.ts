/**
 * The cursor of a spill: how far its lines are settled, and how far they were handed to the sink, in the file `spill.cursor`.
 *
 *     file    slot 0 · zeros up to 512 · slot 1
 *     slot    "LCCURSOR" · generation (8) · settled (8) · handed (8) · CRC-32 of the 32 bytes before (4)
 *
 * The numbers are those of lines (doubles, little-endian): every line before `settled` is settled; those up to `handed` the
 * sink may have stored without anybody having noted it.
 *
 * Invariant: the slots are written in turn, so that one is whole whenever the process or the machine stops. A damaged slot costs
 * the step from the other one: some lines are handed over again.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { type FileSystem, OPEN_FLAGS, type OpenFile } from '../core/file-system.ts';
import { obstructed, openToRead, readFully, writeFully } from '../core/log-directory/log-file.ts';
import { CURSOR_NAME } from './names.ts';

/** Numbers of lines. */
export interface Position {
  /** The first line that is not settled. */
  readonly settled: number;
  /** The first line that nobody handed over; not before `settled`. */
  readonly handed: number;
}

const SIGNATURE = Buffer.from('LCCURSOR');
const SLOT_BYTES = 36;
/** Slots are in sectors of their own. */
const SLOT_DISTANCE = 512;

interface Slot extends Position {
  readonly generation: number;
}

/** Reads the cursor of a directory; `undefined` if there is none, or none that is whole. */
export async function readCursor(fs: FileSystem, directory: string): Promise<Position | undefined> {
  return newest(await readSlots(fs, directory));
}

async function readSlots(fs: FileSystem, directory: string): Promise<Slot[]> {
  const path = `${directory}/${CURSOR_NAME}`;
  const opened = await openToRead(fs, path);
  if (!opened) return [];
  try {
    const { nlink } = opened.status;
    if (nlink > 1) throw obstructed(path, `a hard link: the file has ${nlink} names`);
    const slots: Slot[] = [];
    for (const at of [0, SLOT_DISTANCE]) {
      const bytes = Buffer.alloc(SLOT_BYTES);
      await readFully(opened.file, bytes, SLOT_BYTES, at);
      const slot = readSlot(bytes);
      if (slot) slots.push(slot);
    }
    return slots;
  } finally {
    await opened.file.close();
  }
}

function newest(slots: readonly Slot[]): Slot | undefined {
  return slots.toSorted((a, b) => b.generation - a.generation)[0];
}

function readSlot(bytes: Buffer): Slot | undefined {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return undefined;
  if (bytes.readUInt32LE(SLOT_BYTES - 4) !== crc32(bytes.subarray(0, SLOT_BYTES - 4))) return undefined;
  const [generation, settled, handed] = [8, 16, 24].map((at) => bytes.readDoubleLE(at)) as [
    number,
    number,
    number,
  ];
  const isPossible = [generation, settled, handed].every((each) => Number.isSafeInteger(each) && each >= 0);
  return isPossible && handed >= settled ? { generation, settled, handed } : undefined;
}

/** Writes the cursor of a directory. */
export class CursorFile {
  readonly #file: OpenFile;
  #generation: number;

  private constructor(file: OpenFile, generation: number) {
    this.#file = file;
    this.#generation = generation;
  }

  /**
   * Opens the cursor to write it, or makes it.
   *
   * @throws LogCasterError `LC_DIRECTORY_OBSTRUCTED`
   */
  static async open(fs: FileSystem, directory: string, mode: number): Promise<CursorFile> {
    // Refuses what is no file of ours.
    const last = newest(await readSlots(fs, directory));
    const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.noFollow | OPEN_FLAGS.nonBlocking;
    const file = await fs.open(`${directory}/${CURSOR_NAME}`, flags, mode);
    try {
      const status = await file.stat();
      if ((status.mode & 0o777) !== mode) await file.chmod((status.mode & 0o7000) | mode);
      return new CursorFile(file, last?.generation ?? 0);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  }

  /** Writes it, durably if that is asked for. */
  async write({ settled, handed }: Position, durable: boolean): Promise<void> {
    // The next one goes into the other slot only if this one is whole.
    const generation = this.#generation + 1;
    const bytes = Buffer.alloc(SLOT_BYTES);
    let at = SIGNATURE.copy(bytes);
    for (const number of [generation, settled, handed]) at = bytes.writeDoubleLE(number, at);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at);
    await writeFully(this.#file, bytes, (generation % 2) * SLOT_DISTANCE);
    if (durable) await this.#file.datasync();
    this.#generation = generation;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
