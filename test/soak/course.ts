/** What happens during a soak, and around it: faults, looks at everything, and a quiet end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CollectorProcess, PATIENCE } from './collector-process.ts';
import { type Fault, type Fired, fire, type Scene } from './faults.ts';
import { between, pick, type Random } from './random.ts';
import type { Witness } from './witness.ts';

/** Lets faults happen, one after the other, until it is over. */
export async function happen(
  faults: readonly Fault[],
  scene: Scene,
  fired: Fired,
  { random, isOver, isLost }: { random: Random; isOver: () => boolean; isLost: () => boolean },
): Promise<void> {
  if (faults.length === 0) {
    while (!isOver() && !isLost()) await sleep(100);
    return;
  }
  // Each kind once, however long that takes, before chance decides.
  const first = faults.toSorted(() => random() - 0.5);
  while (!isLost() && (!isOver() || first.length > 0)) {
    await sleep(between(random, 300, 2500));
    if (isOver() && first.length === 0) return;
    const fault = first.shift() ?? pick(random, faults);
    try {
      const what = await fire(fault, scene, random);
      if (what !== undefined) fired.set(what, (fired.get(what) ?? 0) + 1);
    } catch (error) {
      scene.breach(`${fault}: ${(error as Error).stack ?? String(error)}`);
    }
  }
}

/** Looks at everything once in a while. */
export async function watch(
  collector: CollectorProcess,
  witnesses: ReadonlyMap<string, Witness>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await collector.poll();
    collector.sample();
    for (const witness of witnesses.values()) witness.observe();
    await sleep(500, undefined, { signal }).catch(() => {});
  }
}

/** The sender comes to a clean end, and then nothing is in flight any more. */
export async function endQuietly(scene: {
  sender: ChildProcess;
  collector: CollectorProcess;
  breaches: string[];
}): Promise<void> {
  const { sender, collector, breaches } = scene;
  // The breach that ended it is told already.
  if (!collector.isRunning) return;
  const done = once(sender, 'close');
  sender.stdin!.end('finish\n');
  const tooLong = sleep(2 * PATIENCE, 'too long', { ref: false });
  if ((await Promise.race([done, tooLong])) === 'too long') {
    breaches.push(`after the faults the lines of the sender do not get through: ${await collector.stack()}`);
    return;
  }
  const until = Date.now() + PATIENCE;
  for (;;) {
    const ledger = await collector.poll();
    if (ledger) {
      const parts = [ledger.sources, ledger.pipelines, ledger.sinks].flatMap((section) =>
        Object.values(section),
      );
      if (parts.every(({ inFlight }) => inFlight === 0)) return;
    }
    if (Date.now() > until) {
      breaches.push(`after the faults lines stay in flight: ${await collector.stack()}`);
      return;
    }
    await sleep(100);
  }
}
