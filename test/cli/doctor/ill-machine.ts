/** A machine on which all is well, unless told otherwise. */

import type { Machine } from '../../../src/cli/doctor/machine.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { ManualClock } from '../../support/manual-clock.ts';

export const GIB = 2 ** 30;

/** Some machine with the ills that are given. Its files are those of this machine. */
export function machineWith(ills: Partial<Machine> = {}): Machine {
  const settings: Readonly<Record<string, number[]>> = {
    'net/core/somaxconn': [4096],
    'net/ipv4/tcp_rmem': [4096, 131_072, 6 * 2 ** 20],
  };
  return {
    fs: systemFileSystem,
    clock: new ManualClock(Date.UTC(2026, 5, 1)),
    platform: 'linux',
    nodeVersion: '24.21.0',
    memory: 64 * GIB,
    descriptorLimit: () => Promise.resolve(1_048_576),
    kernelSetting: (name) => Promise.resolve(settings[name]),
    diskRoom: () => Promise.resolve({ free: 100 * GIB, total: 200 * GIB, freeFiles: 1_000_000 }),
    writeProblem: () => Promise.resolve(undefined),
    listenProblem: () => Promise.resolve(undefined),
    ...ills,
  };
}
