/** A source, a sink that the test drives, and a spill between them, on a real directory with a file system that can fail. */
import { readdir } from 'node:fs/promises';
import { expect, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { SinkStatement } from '../../../src/core/ledger.ts';
import { Runtime } from '../../../src/pipeline/runtime.ts';
import type { QueueSettings } from '../../../src/pipeline/topology.ts';
import { type SpillSettings, toSpillSettings } from '../../../src/spill/options.ts';
import { temporaryDirectory } from '../../core/log-directory/temporary-directory.ts';
import { FakeSink } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { type TopologySpec, topologyOf } from '../../support/topology.ts';

export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 2 });
}

export interface RigOptions {
  readonly directory?: string;
  readonly fs?: FaultyFileSystem;
  readonly sink?: FakeSink;
  readonly credit?: number;
  readonly maxBytes?: number;
  readonly spill?: Partial<SpillSettings>;
}

/** The settings of a queue that spills. */
export function spilling(directory: string, { maxBytes = 10, spill = {} }: RigOptions = {}): QueueSettings {
  return {
    maxBytes,
    whenFull: 'spill',
    spill: { ...toSpillSettings('out', undefined), directory, ...spill },
  };
}

export class SpillRig {
  readonly source = new FakeSource();
  readonly sink: FakeSink;
  readonly fs: FaultyFileSystem;
  readonly log = new MemoryLogger();
  readonly directory: string;
  readonly runtime: Runtime;
  readonly #options: RigOptions;

  private constructor(directory: string, options: RigOptions) {
    this.directory = directory;
    this.#options = options;
    this.sink = options.sink ?? new FakeSink();
    this.fs = options.fs ?? new FaultyFileSystem();
    this.runtime = new Runtime({ clock: systemClock, fs: this.fs, log: this.log });
    onTestFinished(async () => {
      this.fs.disarm();
      this.runtime.abort();
      await this.runtime.stop(0).catch(() => {});
    });
  }

  static async start(options: RigOptions = {}): Promise<SpillRig> {
    const directory = options.directory ?? `${await temporaryDirectory()}/spill`;
    const rig = new SpillRig(directory, options);
    await rig.change();
    return rig;
  }

  /** Changes the queue's settings, and nothing else. */
  change(options: RigOptions = {}, deadline?: number): Promise<void> {
    return this.runtime.change(topologyOf(this.#spec({ ...this.#options, ...options })), deadline);
  }

  get account(): SinkStatement {
    return this.runtime.ledger.toJSON().sinks['out']!;
  }

  get spill() {
    return this.account['spill'] as {
      lines: number;
      bytes: number;
      segments: number;
      possibleDuplicates: number;
      stuck: boolean;
    };
  }

  /** Pushes lines one by one. */
  push(...lines: readonly string[]): void {
    for (const line of lines) this.source.push(line);
  }

  /** Waits until nothing is in flight. */
  async drained(): Promise<void> {
    await eventually(() => expect(this.account.inFlight).toBe(0));
    this.expectBalance();
  }

  expectBalance(): void {
    expect(this.runtime.ledger.unaccounted).toBe(0);
  }

  /** The names of the segments that are there. */
  async segments(): Promise<string[]> {
    return (await readdir(this.directory)).filter((name) => name.endsWith('.frames'));
  }

  #spec(options: RigOptions): TopologySpec {
    return {
      sources: {
        in: { ...(options.credit !== undefined && { credit: options.credit }), create: this.source.create },
      },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: { sink: this.sink, queue: spilling(this.directory, options) } },
    };
  }
}

/** `x1`, `x2` … */
export function numbered(count: number, from = 1, prefix = 'x'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${from + index}`);
}
