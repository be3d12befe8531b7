/** The file side of the floor and of the split2 pipeline: buffers in, `writev` out, a new file every 64 MiB. */
import type { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

export const ROTATE_AT = 64 * 2 ** 20;
const MAX_BEHIND = 8 * 2 ** 20;

export class RotatingWriter {
  /** Bytes that wait. */
  behind = 0;
  readonly #directory: string;
  #onRoom: () => void = () => {};
  #waiting: Buffer[] = [];
  #writing = false;
  #file: FileHandle | undefined;
  #size = 0;
  #sequence = 0;
  #idle: (() => void) | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get full(): boolean {
    return this.behind > MAX_BEHIND;
  }

  onRoom(listener: () => void): void {
    this.#onRoom = listener;
  }

  write(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.behind += bytes.length;
    if (!this.#writing) void this.#drain();
  }

  async idle(): Promise<void> {
    if (this.#writing) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, 1024);
      const bytes = group.reduce((sum, each) => sum + each.length, 0);
      if (!this.#file || this.#size + bytes > ROTATE_AT) await this.#rotate();
      await this.#file!.writev(group);
      this.#size += bytes;
      this.behind -= bytes;
      if (!this.full) this.#onRoom();
    }
    this.#writing = false;
    this.#idle?.();
  }

  async #rotate(): Promise<void> {
    await this.#file?.close();
    this.#file = await open(
      join(this.#directory, `floor-${String(++this.#sequence).padStart(6, '0')}.log`),
      'ax',
    );
    this.#size = 0;
  }
}
