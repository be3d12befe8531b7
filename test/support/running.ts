/** A runtime with a clock that stands still and a log that is kept. */
import { expect } from 'vitest';
import { systemFileSystem } from '../../src/core/file-system.ts';
import type { LedgerStatement } from '../../src/core/ledger.ts';
import { Runtime } from '../../src/pipeline/runtime.ts';
import type { Topology } from '../../src/pipeline/topology.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryLogger } from './memory-logger.ts';
import { type TopologySpec, topologyOf } from './topology.ts';
import { passUntil, settle } from './turns.ts';

export class Running {
  readonly clock: ManualClock;
  readonly log = new MemoryLogger();
  readonly runtime: Runtime;

  constructor(clock: ManualClock = new ManualClock()) {
    this.clock = clock;
    this.runtime = new Runtime({ clock, log: this.log, fs: systemFileSystem });
  }

  static async start(spec: TopologySpec | Topology): Promise<Running> {
    const running = new Running();
    await running.change(spec);
    return running;
  }

  get ledger(): LedgerStatement {
    return this.runtime.ledger.toJSON();
  }

  /** Changes to another topology, and lets time pass as long as that takes. */
  async change(spec: TopologySpec | Topology, deadline?: number): Promise<void> {
    const topology = spec.sources instanceof Map ? (spec as Topology) : topologyOf(spec as TopologySpec);
    await passUntil(this.clock, this.runtime.change(topology, deadline));
  }

  /** Stops, and lets time pass as long as that takes; answers how many lines were abandoned. */
  async stop(deadline?: number): Promise<number> {
    return await passUntil(this.clock, this.runtime.stop(deadline));
  }

  /** Lets time pass, and what has become possible happen. */
  async pass(ms: number): Promise<void> {
    await settle();
    this.clock.advance(ms);
    await settle();
  }

  /** Expects that every line is in an account, and that no credit is missing, but what is `taken`. */
  expectBalance({ taken = 0 }: { taken?: number } = {}): void {
    const { ledger } = this;
    const credit = Object.values(ledger.sources).map(({ creditTaken }) => creditTaken);
    expect({
      unaccounted: ledger.unaccounted,
      taken: credit.reduce((a: number, b) => a + Number(b ?? 0), 0),
    }).toEqual({
      unaccounted: 0,
      taken,
    });
  }
}
