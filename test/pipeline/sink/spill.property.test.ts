/**
 * A queue that spills against a plain list: whatever comes, whenever the sink stores, however the disk fails, and however often it is
 * stopped, killed and started again, lines come in order, none is lost but those that memory held at a kill, and the books add up.
 */
import { expect } from 'vitest';
import { temporaryDirectory } from '../../core/log-directory/temporary-directory.ts';
import { FakeSink, Manual } from '../../support/fake-sink.ts';
import { fc, test } from '../../support/properties.ts';
import { eventually, SpillRig } from './spill-rig.ts';

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      batches: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('store' as const), writes: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      fault: fc.constantFrom('EIO', 'ENOSPC', 'short', 'short-error'),
      at: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rest' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
);

/** One collector after the other on one directory. */
class World {
  readonly directory: string;
  readonly options: { maxBytes: number; spill: { maxBytes: number; durability: 'none' | 'always' } };
  rig!: SpillRig;
  manual!: Manual;
  pushed = 0;
  /** What may be missing: the numbers that a kill took from memory. */
  readonly mayMiss = new Set<number>();
  readonly stored: number[] = [];
  possibleDuplicates = 0;

  constructor(directory: string, options: World['options']) {
    this.directory = directory;
    this.options = options;
  }

  async start(): Promise<void> {
    this.manual = new Manual();
    const sink = new FakeSink(this.manual.conduct);
    this.rig = await eventually(() => SpillRig.start({ ...this.options, directory: this.directory, sink }));
    this.possibleDuplicates += this.rig.spill.possibleDuplicates;
  }

  push(batches: readonly number[]): void {
    for (const lines of batches) {
      this.rig.source.push(...Array.from({ length: lines }, () => String(this.pushed++)));
    }
  }

  async store(writes: number): Promise<void> {
    for (let write = 0; write < writes; write++) {
      if (this.manual.pending > 0) this.manual.finish();
      await this.rig.fs.quiet();
    }
  }

  /** Ends this collector; a kill takes what is not on the disk, and a stop what it could not write in time. */
  async end(isKill: boolean): Promise<void> {
    const { inFlight } = this.rig.account;
    const onDisk = this.rig.spill.lines;
    const lost = isKill ? inFlight - onDisk : await this.rig.runtime.stop(400);
    this.rig.runtime.abort();
    this.rig.fs.disarm();
    this.rig.expectBalance();
    const stored = this.rig.sink.stored.map(Number);
    const kept = new Set([...this.stored, ...stored]);
    if (lost > 0) for (let line = 0; line < this.pushed; line++) if (!kept.has(line)) this.mayMiss.add(line);
    this.stored.push(...stored);
  }
}

test.prop(
  [
    fc.array(step, { maxLength: 25 }),
    fc.record({
      maxBytes: fc.constantFrom(1, 12, 60),
      spill: fc.record({
        maxBytes: fc.constantFrom(1200, 1e6),
        durability: fc.constantFrom('none' as const, 'always' as const),
      }),
    }),
  ],
  { numRuns: 25 },
)('an unbounded queue', async (steps, options) => {
  const world = new World(`${await temporaryDirectory()}/spill`, options);
  await world.start();
  for (const each of steps) {
    if (each.kind === 'push') world.push(each.batches);
    else if (each.kind === 'store') await world.store(each.writes);
    else if (each.kind === 'fail')
      world.rig.fs.arm(each.fault, each.at, { only: ({ name }) => name.startsWith('file.') });
    else if (each.kind === 'rest') await world.rig.fs.quiet();
    else {
      if (each.kind === 'stop') world.rig.fs.disarm();
      await world.end(each.kind === 'kill');
      await world.start();
    }
    world.rig.expectBalance();
  }
  world.rig.fs.disarm();
  await eventually(() => {
    while (world.manual.pending > 0) world.manual.finish();
    expect(world.rig.account.inFlight).toBe(0);
    expect(world.rig.source.waiting).toBe(0);
  });
  await world.end(false);

  const seen = new Set(world.stored);
  let highest = -1;
  let repeated = 0;
  for (const line of world.stored) {
    if (line <= highest) repeated++;
    // What comes again comes in order, too: a step back is the beginning of a repetition, not more.
    highest = Math.max(highest, line);
  }
  expect(repeated).toBeLessThanOrEqual(world.possibleDuplicates);
  const missing = Array.from({ length: world.pushed }, (_, line) => line).filter((line) => !seen.has(line));
  expect(missing.filter((line) => !world.mayMiss.has(line))).toEqual([]);
  // Without a repetition, the order is that of the list.
  expect([...seen]).toEqual([...seen].toSorted((a, b) => a - b));
});
