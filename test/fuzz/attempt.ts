/** One input under watch: how long it takes, and what stays in memory. */
import type { Target } from './target.ts';

const PATIENCE = 2000;

/** Runs an input. @throws what the target throws, or an error if it took too long */
export async function attempt(target: Target, input: Buffer): Promise<string> {
  const started = performance.now();
  const happened = await target.run(input);
  const took = performance.now() - started;
  if (took > (target.patience ?? PATIENCE))
    throw new Error(`it took ${Math.round(took)} ms for ${input.length} bytes`);
  return happened;
}
