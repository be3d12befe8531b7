/** Garbage collection at a test's request. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settle } from './turns.ts';

/** Collects garbage until `isGone` says so, or it has had every chance. */
export async function collectGarbage(isGone: () => boolean): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 20 && !isGone(); turn++) {
    await settle();
    collect();
  }
}
