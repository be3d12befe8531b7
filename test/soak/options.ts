/** The arguments of `npm run soak`. */
import { parseArgs } from 'node:util';
import { FAULTS, type Fault } from './faults.ts';

export interface SoakOptions {
  /** A configuration; the built-in one by default. */
  readonly config: string | undefined;
  readonly minutes: number;
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly connections: number;
  /** Lines a second. */
  readonly rate: number;
  /** Whether files are left for a look at them. */
  readonly keep: boolean;
}

export const USAGE = `npm run soak -- [--config FILE] [--minutes M] [--faults ${FAULTS.join(',')}] [--seed S]
                [--connections N] [--rate LINES_A_SECOND] [--keep]`;

/** @throws Error with what is wrong */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      minutes: { type: 'string', default: '1' },
      faults: { type: 'string', default: FAULTS.join(',') },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      connections: { type: 'string', default: '20' },
      rate: { type: 'string', default: '4000' },
      keep: { type: 'boolean', default: false },
    },
  });
  const faults = values.faults.split(',').filter((name) => name !== '' && name !== 'none');
  for (const name of faults) {
    if (!(FAULTS as readonly string[]).includes(name)) throw new Error(`there is no fault "${name}"`);
  }
  const number = (name: 'minutes' | 'seed' | 'connections' | 'rate'): number => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number`);
    return value;
  };
  return {
    config: values.config,
    minutes: number('minutes'),
    faults: faults as Fault[],
    seed: number('seed'),
    connections: number('connections'),
    rate: number('rate'),
    keep: values.keep,
  };
}
