/**
 * Runs a scenario again and again: in the first run the first operation on the file system goes wrong, in the second the
 * second, and so on until a run meets no fault any more. After each, all that was stored must be in the files: once, whole
 * and in order. After a crash a new sink starts first, and more is written.
 */
import type { Fault, FaultyFileSystem, Operation } from '../../support/faulty-file-system.ts';
import { FileRig, type RigKind, type RigOptions } from './rig.ts';

export interface Scenario {
  readonly options: RigOptions;
  /** @defaultValue the file sink */
  readonly kind?: RigKind;
  /** What happens before anything goes wrong. */
  readonly prepare?: ((rig: FileRig) => Promise<void>) | undefined;
  readonly run: (rig: FileRig) => Promise<void>;
}

/** Which operations a fault can hit. */
export type Filter = (operation: Operation) => boolean;

/** Answers at how many operations the fault fired. */
export async function failEveryOperation(
  scenario: Scenario,
  fault: Fault,
  only: Filter = () => true,
): Promise<number> {
  for (let at = 1; ; at++) {
    const rig = await FileRig.make(scenario.options, scenario.kind);
    try {
      await scenario.prepare?.(rig);
      const { fs } = rig;
      const before = fs.fired.length;
      fs.arm(fault, at, { only });
      const releasing = fault === 'slow' ? setInterval(() => fs.release(), 1) : undefined;
      try {
        await run(scenario, rig, fs);
      } finally {
        clearInterval(releasing);
      }
      await rig.fs.quiet();
      await rig.check();
      if (fs.fired.length === before) return at - 1;
    } catch (error) {
      const { name, path } = rig.fs.fired.at(-1) ?? { name: 'none', path: '' };
      throw new Error(`${fault} at operation ${at}, ${name} ${path}`, { cause: error });
    } finally {
      await rig.remove();
    }
  }
}

async function run(scenario: Scenario, rig: FileRig, fs: FaultyFileSystem): Promise<void> {
  try {
    await scenario.run(rig);
  } catch (error) {
    if (!fs.crashed) throw error;
    await rig.restart();
    await rig.takeOver();
    await rig.write(33, 44, 55, 66);
    await rig.stop();
  }
}

/** Start, writes, syncs, rotation, looking after the file, flush, stop, and the same once more on what is there. */
export async function wholeLife(rig: FileRig): Promise<void> {
  await rig.start();
  await rig.writeBatches([[10, 20], [30]]);
  await rig.advance(500);
  // The second line does not fit any more: a rotation within the group.
  await rig.writeBatches([[35, 30, 20], [60]]);
  await rig.advance(1000);
  await rig.write(200, 5);
  await rig.stop();
  await rig.restart();
  await rig.write(80, 80);
  await rig.stop();
}

/** The same with archives that are compressed meanwhile; what failed is tried again. */
export async function compressedLife(rig: FileRig): Promise<void> {
  await rig.start();
  await rig.write(80, 80);
  await rig.compressed();
  await rig.writeBatches([[35, 30, 20], [60]]);
  await rig.compressed();
  await rig.advance(20_000);
  await rig.compressed();
  await rig.write(90);
  await rig.stop();
  await rig.restart();
  await rig.compressed();
  await rig.write(9);
  await rig.stop();
}

/** Only the start of a sink that goes on compressing, and a line to see that it works. */
export async function startCompressing(rig: FileRig): Promise<void> {
  await rig.restart();
  await rig.takeOver();
  await rig.compressed();
  await rig.write(9);
  await rig.stop();
}

/** Only the start of a sink, and a line to see that it works. */
export async function startOnly(rig: FileRig): Promise<void> {
  await rig.restart();
  await rig.takeOver();
  await rig.write(9);
  await rig.stop();
}

/** Ways in which a process can leave archives that it compresses, each by a crash after a certain operation. */
export const LEFT_COMPRESSING: Record<string, Filter> = {
  'a copy that is being compressed': ({ name, path }) =>
    name === 'file.sync' && path.includes('.logcaster-compress'),
  'an archive with two names': ({ name, path }) => name === 'link' && path.endsWith('.gz'),
  'an archive whose plain file is gone': ({ name, path }) => name === 'unlink' && path.endsWith('.log'),
};

/** Brings a directory into one of these states. */
export function leaveCompressing(kind: string): Scenario['prepare'] {
  return async (rig) => {
    await rig.start();
    const { fs } = rig;
    fs.arm('crash-after', 1, { only: LEFT_COMPRESSING[kind]! });
    try {
      await rig.write(80, 80);
      await rig.compressed();
    } catch (error) {
      if (!fs.crashed) throw error;
    }
    if (!fs.crashed) throw new Error('the crash did not happen');
    await rig.bury();
  };
}

/** Ways in which a process can leave a directory, each by a crash at a certain operation. */
export const LEFT_BEHIND: Record<
  string,
  { readonly faults: readonly [Fault, Filter][]; readonly durability: 'none' | 'interval' }
> = {
  'a rotation that was not finished': {
    durability: 'interval',
    faults: [['crash-after', ({ name, path }) => name === 'link' && path.includes('/log-')]],
  },
  'a torn tail': {
    durability: 'none',
    faults: [['crash-within', ({ name, path }) => name === 'file.writev' && path.includes('/current.log')]],
  },
  'a rewrite of what a sync left uncertain': {
    durability: 'interval',
    faults: [
      ['EIO', ({ name }) => name === 'file.datasync'],
      ['crash-after', ({ name, path }) => name === 'link' && path.includes('rewrite')],
    ],
  },
  'a rewrite whose old file is cut': {
    durability: 'interval',
    faults: [
      ['EIO', ({ name }) => name === 'file.datasync'],
      ['crash-after', ({ name }) => name === 'file.truncate'],
    ],
  },
  'a rewrite that is the current file already': {
    durability: 'interval',
    faults: [
      ['EIO', ({ name }) => name === 'file.datasync'],
      ['crash-after', ({ name, path }) => name === 'link' && path.includes('/current.log')],
    ],
  },
};

/** Brings a directory into one of these states. */
export function leaveBehind(kind: string): Scenario['prepare'] {
  const { faults } = LEFT_BEHIND[kind]!;
  return async (rig) => {
    await rig.start();
    await rig.write(20, 30);
    await rig.advance(500);
    for (const [fault, only] of faults) rig.fs.arm(fault, 1, { only });
    const { fs } = rig;
    try {
      await rig.write(21);
      await rig.advance(500);
      await rig.write(31, 90);
    } catch (error) {
      if (!fs.crashed) throw error;
    }
    if (!fs.crashed) throw new Error('the crash did not happen');
    await rig.bury();
  };
}
