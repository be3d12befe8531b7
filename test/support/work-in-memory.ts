/** For tests that make thousands of directories, and no use of a disk: what they sync costs nothing in memory. */
import { accessSync, constants } from 'node:fs';

const MEMORY = '/dev/shm';

/** Temporary directories are in memory from now on, where the system has a place for that. */
export function workInMemory(): void {
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
  } catch {
    return;
  }
  process.env['TMPDIR'] = MEMORY;
}
