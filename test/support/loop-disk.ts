/**
 * A disk whose power can be cut: an ext4 in a file, mounted over a loop device. The cut is the ioctl FS_IOC_SHUTDOWN, after which
 * nothing gets to the disk any more, not even what the kernel holds; unmounting and mounting shows what was there.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `_IOR('X', 125, __u32)`, with the flag that keeps back the journal, too. */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))
`;

function command(name: string, ...args: string[]): void {
  execFileSync(name, args, { stdio: 'pipe' });
}

export class LoopDisk {
  readonly path: string;
  readonly #home: string;
  readonly #image: string;
  #isMounted = false;

  /** Makes a disk of so many MiB and mounts it. */
  constructor(mebibytes = 96) {
    this.#home = mkdtempSync(join(tmpdir(), 'logcaster-disk-'));
    this.#image = join(this.#home, 'image');
    this.path = join(this.#home, 'mount');
    try {
      mkdirSync(this.path);
      command('truncate', '-s', `${mebibytes}M`, this.#image);
      command('mkfs.ext4', '-q', this.#image);
      this.mount();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  mount(): void {
    command('mount', '-o', 'loop', this.#image, this.path);
    this.#isMounted = true;
  }

  /** Cuts the power. Whoever has files open there can only close them. */
  cut(): void {
    command('python3', '-c', CUT, this.path);
    try {
      writeFileSync(join(this.path, 'after-the-cut'), '');
    } catch {
      return;
    }
    throw new Error('the power is still on');
  }

  unmount(): void {
    command('umount', this.path);
    this.#isMounted = false;
  }

  [Symbol.dispose](): void {
    if (this.#isMounted) command('umount', '-l', this.path);
    this.#isMounted = false;
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** Why there can be no such disk here; `undefined` if there can. */
  static problem(): string | undefined {
    try {
      using disk = new LoopDisk(8);
      disk.cut();
      return undefined;
    } catch (error) {
      return (error as Error).message.split('\n')[0];
    }
  }
}
