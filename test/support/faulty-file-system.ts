/**
 * The real file system with one fault in it. It numbers all operations, of the file system and of the files that it opened,
 * and lets the n-th that it is told of go wrong:
 *
 *     EIO ENOSPC EMFILE …  the operation fails with this error and changes nothing (a close closes all the same)
 *     short                a write writes half and reports half: the system's error is hidden
 *     short-error          a write writes half and then fails with EIO
 *     slow                 the operation waits until `release`
 *     slow-error           the operation waits until `release`, and then fails with EIO
 *     crash-before         the process "dies": this and every later operation throws a Crash and changes nothing
 *     crash-within         a write writes half of its bytes first; any other operation as crash-before
 *     crash-after          the operation is done first
 *
 * After a crash the files on the disk are what a new process would find; `closeAll` closes the handles of the dead one.
 */
import type { DirectoryEntry, FileStatus, FileSystem, OpenFile } from '../../src/core/file-system.ts';
import { systemFileSystem } from '../../src/core/file-system.ts';

/** What can go wrong. */
export type Fault = string;

/** What the dead process gets. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** One operation, as it is kept in the log. */
export interface Operation {
  /** `open`, `link` …; operations of files begin with `file.`: `file.writev`. */
  readonly name: string;
  /** The path, or the path that the file was opened with. */
  readonly path: string;
}

export interface ArmOptions {
  /** Counts and fails only these operations. */
  readonly only?: (operation: Operation) => boolean;
  /** How many operations go wrong, one after the other. @defaultValue 1 */
  readonly times?: number;
}

interface Armed extends Required<ArmOptions> {
  readonly fault: Fault;
  left: number;
}

export class FaultyFileSystem implements FileSystem {
  /** All operations so far. */
  readonly operations: Operation[] = [];
  /** The operations that went wrong. */
  readonly fired: Operation[] = [];
  readonly #real: FileSystem;
  readonly #files = new Set<OpenFile>();
  #armed: Armed[] = [];
  #crashed = false;
  #pending = 0;
  #waiting: (() => void)[] = [];

  constructor(real: FileSystem = systemFileSystem) {
    this.#real = real;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** How many operations wait for `release`. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many files are open. */
  get openFiles(): number {
    return this.#files.size;
  }

  /** Lets the `at`-th operation from now on (the first is 1) go wrong, beside what is armed already. */
  arm(fault: Fault, at: number, { only = () => true, times = 1 }: ArmOptions = {}): void {
    this.#armed.push({ fault, only, times, left: at });
  }

  /** Lets nothing go wrong any more. */
  disarm(): void {
    this.#armed = [];
    this.release();
  }

  /** Lets the operations that wait go on. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** The process dies now, between two operations. */
  crash(): void {
    this.#crashed = true;
    this.release();
  }

  /** Resolves when nothing has gone on for a while, but for operations that wait for `release`. */
  async quiet(): Promise<void> {
    for (let turns = 0, seen = -1; turns < 5; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#pending > this.#waiting.length || this.operations.length !== seen) turns = 0;
      seen = this.operations.length;
    }
  }

  /** Closes what the dead process had open. */
  async closeAll(): Promise<void> {
    this.release();
    for (const file of this.#files) await file.close().catch(() => {});
    this.#files.clear();
  }

  async open(path: string, flags: number, mode?: number): Promise<OpenFile> {
    const file = await this.#perform('open', path, async () => {
      const opened = await this.#real.open(path, flags, mode);
      this.#files.add(opened);
      return opened;
    });
    return this.#wrap(file, path);
  }

  mkdir(path: string, options: { recursive: boolean; mode: number }): Promise<string | undefined> {
    return this.#perform('mkdir', path, () => this.#real.mkdir(path, options));
  }

  readdir(path: string): Promise<string[]> {
    return this.#perform('readdir', path, () => this.#real.readdir(path));
  }

  readEntries(path: string): Promise<DirectoryEntry[]> {
    return this.#perform('readEntries', path, () => this.#real.readEntries(path));
  }

  stat(path: string): Promise<FileStatus> {
    return this.#perform('stat', path, () => this.#real.stat(path));
  }

  lstat(path: string): Promise<FileStatus> {
    return this.#perform('lstat', path, () => this.#real.lstat(path));
  }

  realpath(path: string): Promise<string> {
    return this.#perform('realpath', path, () => this.#real.realpath(path));
  }

  link(existing: string, path: string): Promise<void> {
    return this.#perform('link', path, () => this.#real.link(existing, path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#perform('rename', to, () => this.#real.rename(from, to));
  }

  unlink(path: string): Promise<void> {
    return this.#perform('unlink', path, () => this.#real.unlink(path));
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#perform('chmod', path, () => this.#real.chmod(path, mode));
  }

  #wrap(file: OpenFile, path: string): OpenFile {
    const perform = <T>(name: string, action: () => Promise<T>): Promise<T> =>
      this.#perform(`file.${name}`, path, action);
    return {
      writev: (buffers, position) =>
        this.#perform(
          'file.writev',
          path,
          () => file.writev(buffers, position),
          () => file.writev(firstHalf(buffers), position),
        ),
      read: (buffer, offset, length, position) =>
        perform('read', () => file.read(buffer, offset, length, position)),
      truncate: (size) => perform('truncate', () => file.truncate(size)),
      sync: () => perform('sync', () => file.sync()),
      datasync: () => perform('datasync', () => file.datasync()),
      stat: () => perform('stat', () => file.stat()),
      chmod: (mode) => perform('chmod', () => file.chmod(mode)),
      close: async () => {
        this.#pending++;
        try {
          await perform('close', async () => {});
        } finally {
          if (!this.#crashed && this.#files.delete(file)) await file.close();
          this.#pending--;
        }
      },
    };
  }

  async #perform<T>(
    name: string,
    path: string,
    action: () => Promise<T>,
    half?: () => Promise<T>,
  ): Promise<T> {
    this.#pending++;
    try {
      return await this.#try(name, path, action, half);
    } finally {
      this.#pending--;
    }
  }

  async #try<T>(name: string, path: string, action: () => Promise<T>, half?: () => Promise<T>): Promise<T> {
    if (this.#crashed) throw new Crash('the process is dead');
    const operation = { name, path };
    this.operations.push(operation);
    const fault = this.#nextFault(operation, half !== undefined);
    if (fault === undefined) return action();
    this.fired.push(operation);
    switch (fault) {
      case 'short':
        return half!();
      case 'short-error':
        await half!();
        throw systemError('EIO', operation);
      case 'slow':
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (this.#crashed) throw new Crash('the process is dead');
        return action();
      case 'slow-error':
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        throw systemError('EIO', operation);
      case 'crash-before':
        this.#crashed = true;
        throw new Crash(`died before ${name} ${path}`);
      case 'crash-within':
        await half?.();
        this.#crashed = true;
        throw new Crash(`died within ${name} ${path}`);
      case 'crash-after':
        // What others do meanwhile is done too; what they do next is not.
        await action();
        this.#crashed = true;
        throw new Crash(`died after ${name} ${path}`);
      default:
        throw systemError(fault, operation);
    }
  }

  #nextFault(operation: Operation, canFallShort: boolean): Fault | undefined {
    let next: Armed | undefined;
    for (const armed of this.#armed) {
      if (!armed.only(operation)) continue;
      if (armed.fault.startsWith('short') && !canFallShort) continue;
      if (--armed.left <= 0) next ??= armed;
    }
    if (next && next.left <= 1 - next.times) this.#armed = this.#armed.filter((armed) => armed !== next);
    return next?.fault;
  }
}

function systemError(code: string, { name, path }: Operation): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${name} '${path}'`), { code, path, syscall: name });
}

/** The first half of the bytes, at least one less than all. */
function firstHalf(buffers: readonly Uint8Array[]): Uint8Array[] {
  let left = Math.floor(buffers.reduce((sum, buffer) => sum + buffer.length, 0) / 2);
  const half: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (left === 0) break;
    half.push(buffer.subarray(0, left));
    left -= Math.min(left, buffer.length);
  }
  return half;
}
