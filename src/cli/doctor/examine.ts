/** All that `doctor` looks at. */
import type { CollectorSettings } from '../../collector/collector.ts';
import type { ShownFinding } from '../show-findings.ts';
import { checkDirectories } from './directories.ts';
import { checkListeners } from './listeners.ts';
import type { Machine } from './machine.ts';
import { type MemoryPrediction, predictMemory } from './memory.ts';
import { toPlan } from './plan.ts';
import { checkClock, checkDescriptors, checkKernel, checkMemory, checkNode } from './system.ts';

export interface Patient {
  readonly settings: Pick<CollectorSettings, 'topology' | 'query'>;
  /** What relative paths begin at. */
  readonly cwd: string;
  /** The versions of Node that will do: `>=22.18`. */
  readonly neededNode: string;
}

export interface Examination {
  readonly findings: readonly ShownFinding[];
  /** What the configuration may take. */
  readonly memory: MemoryPrediction;
}

/** Looks whether a machine suits a configuration. */
export async function examine(
  { settings, cwd, neededNode }: Patient,
  machine: Machine,
): Promise<Examination> {
  const descriptorLimit = await machine.descriptorLimit();
  const plan = toPlan(settings.topology, settings.query, { cwd, descriptorLimit });
  const findings = [
    ...checkNode(machine, neededNode),
    ...checkClock(machine),
    ...checkDescriptors(plan, descriptorLimit),
    ...checkMemory(plan, machine),
    ...(await checkKernel(plan, machine)),
    ...(await checkListeners(plan, machine)),
    ...(await checkDirectories(plan, machine)),
  ];
  return { findings, memory: predictMemory(plan) };
}
