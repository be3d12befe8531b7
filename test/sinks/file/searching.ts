/** Searching the files of a sink. */
import type { FoundLines } from '../../../src/core/search.ts';
import { parseExpression } from '../../../src/expression/expression.ts';
import type { FileRig } from './rig.ts';

/** The lines that are found. */
export async function textsIn(scan: AsyncIterable<FoundLines>): Promise<string[]> {
  const found: string[] = [];
  for await (const { bytes, bounds } of scan) {
    for (let at = 0; at < bounds.length; at += 2)
      found.push(bytes.toString('latin1', bounds[at], bounds[at + 1]));
  }
  return found;
}

/** The condition and the times of an expression. */
export const where = (text: string, rig: FileRig) => {
  const { condition, since, until } = parseExpression(text, { now: rig.clock.now() });
  return { where: condition, ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
};

/** The archives and current files that are opened meanwhile, by the number in their name. */
export async function openedBy(rig: FileRig, work: () => Promise<unknown>): Promise<string[]> {
  const before = rig.fs.operations.length;
  await work();
  const opened = rig.fs.operations
    .slice(before)
    .filter(({ name, path }) => name === 'open' && !path.includes('index'));
  return opened.map(({ path }) => /-0*(\d+)\.log/.exec(path)?.[1] ?? 'current');
}
