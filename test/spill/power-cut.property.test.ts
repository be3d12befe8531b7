/**
 * A spill on a disk that loses its power at any moment and keeps only what was synced, and any part of the rest (see
 * test/support/crash-disk.ts). What is promised: with `always` each line whose append has succeeded and that is not settled comes
 * after the next start; with `interval`, if a sync was since; with any durability lines come whole, in order, and none that was
 * never appended. After a cut lines that were settled may come again. A start always succeeds, also when it is cut off itself.
 */
import { expect } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { spillOptions } from '../../src/spill/options.ts';
import { SpillLog } from '../../src/spill/spill-log.ts';
import { chooseBy } from '../sinks/file/power-cut-rig.ts';
import { CrashDisk } from '../support/crash-disk.ts';
import { FaultyFileSystem } from '../support/faulty-file-system.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryLogger } from '../support/memory-logger.ts';
import { fc, test } from '../support/properties.ts';

type Durability = 'none' | 'interval' | 'always';

type Action =
  | { readonly do: 'append'; readonly lengths: readonly number[] }
  | { readonly do: 'read'; readonly bytes: number }
  | { readonly do: 'settle'; readonly batches: number }
  | { readonly do: 'advance' }
  | { readonly do: 'restart' }
  | { readonly do: 'cut'; readonly seed: number; readonly again: number }
  | { readonly do: 'dieLater'; readonly fault: string; readonly at: number };

const seeds = fc.oneof(fc.constantFrom(0, 1), fc.nat());

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      lengths: fc.array(fc.nat(200), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('read' as const), bytes: fc.integer({ min: 1, max: 800 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('settle' as const), batches: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'advance' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), seed: seeds, again: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('dieLater' as const),
      fault: fc.constantFrom('crash-before', 'crash-within', 'crash-after'),
      at: fc.integer({ min: 1, max: 30 }),
    }),
  },
);

class Rig {
  readonly disk = new CrashDisk();
  readonly clock = new ManualClock();
  fs = new FaultyFileSystem(this.disk);
  spill!: SpillLog;
  readonly #durability: Durability;
  #written = 0;
  /** Numbers that were appended and that no power cut may take, unless they are settled. */
  #promised = new Set<number>();
  /** Numbers that were appended since the last sync. */
  #exposed: number[] = [];
  readonly #settled = new Set<number>();
  #handed: number[][] = [];
  #latest = -1;

  constructor(durability: Durability) {
    this.#durability = durability;
  }

  async start(): Promise<void> {
    const settings = {
      ...spillOptions.parse({ durability: this.#durability, maxBytes: 16_000 }),
      directory: '/var/spill',
    };
    const context = { name: 'out', fs: this.fs, clock: this.clock, log: new MemoryLogger() };
    this.spill = await SpillLog.open(settings, context);
  }

  async append(lengths: readonly number[]): Promise<void> {
    const numbers = lengths.map((_, index) => this.#written + index);
    const texts = lengths.map((length, index) => text(numbers[index]!, length));
    const entry = this.spill.toEntry([Batch.fromTexts(texts, { origin: { source: 'test' }, receivedAt: 0 })]);
    if (!this.spill.hasRoom(entry)) return;
    this.#written += lengths.length;
    await this.spill.append(entry);
    if (this.#durability === 'always') for (const number of numbers) this.#promised.add(number);
    this.#exposed.push(...numbers);
  }

  async read(bytes: number): Promise<void> {
    const { batches } = await this.spill.read(bytes);
    for (const batch of batches) {
      const numbers = batch.texts().map(numberOf);
      for (const number of numbers) {
        expect(number).toBeGreaterThan(this.#latest);
        this.#latest = number;
      }
      this.#handed.push(numbers);
    }
  }

  async settle(batches: number): Promise<void> {
    const gone = this.#handed.splice(0, Math.min(batches, this.#handed.length));
    for (const number of gone.flat()) this.#settled.add(number);
    this.spill.settle(gone.length);
    await this.fs.quiet();
  }

  async advance(): Promise<void> {
    const fired = this.fs.fired.length;
    this.clock.advance(500);
    await this.fs.quiet();
    if (this.#durability === 'interval' && this.fs.fired.length === fired) {
      for (const number of this.#exposed.splice(0)) this.#promised.add(number);
    }
  }

  async restart(): Promise<void> {
    await this.spill.close(0);
    this.#forgetHanded();
    await this.start();
  }

  async cut(seed: number, again = 0): Promise<void> {
    this.fs.crash();
    this.disk.cut(chooseBy(seed));
    await this.spill?.close(0).catch(() => {});
    await this.fs.closeAll();
    this.fs = new FaultyFileSystem(this.disk);
    if (again > 0) {
      this.fs.arm('crash-before', again);
      try {
        await this.start();
        await this.fs.quiet();
      } catch (error) {
        if (!this.fs.crashed) throw error;
      }
      this.fs.disarm();
      return this.cut(seed + 1);
    }
    await this.start();
    this.#forgetHanded();
    this.#exposed = [];
  }

  /** Reads all that is there, and compares it with what was promised. */
  async judge(): Promise<void> {
    this.fs.disarm();
    const found = new Set<number>(this.#handed.flat());
    while (this.spill.unread > 0) {
      const before = this.#handed.length;
      await this.read(1000);
      for (const number of this.#handed.slice(before).flat()) found.add(number);
    }
    const missing = [...this.#promised].filter((number) => !found.has(number) && !this.#settled.has(number));
    expect(missing).toEqual([]);
  }

  async remove(): Promise<void> {
    this.fs.disarm();
    await this.spill?.close(0).catch(() => {});
    await this.fs.closeAll();
  }

  /** What was handed out comes again. */
  #forgetHanded(): void {
    this.#handed = [];
    this.#latest = -1;
  }
}

function text(number: number, length: number): string {
  return `${number}:${length}:`.padEnd(length + 10, 'abc');
}

function numberOf(line: string): number {
  const [number, length] = line.split(':').map(Number) as [number, number];
  if (line !== text(number, length)) throw new Error(`nobody appended ${JSON.stringify(line)}`);
  return number;
}

async function perform(rig: Rig, next: Action): Promise<void> {
  switch (next.do) {
    case 'append':
      return rig.append(next.lengths);
    case 'read':
      return rig.read(next.bytes);
    case 'settle':
      return rig.settle(next.batches);
    case 'advance':
      return rig.advance();
    case 'restart':
      return rig.restart();
    case 'cut':
      return rig.cut(next.seed, next.again);
    case 'dieLater':
      rig.fs.disarm();
      return rig.fs.arm(next.fault, next.at);
  }
}

test.prop(
  [fc.constantFrom<Durability>('none', 'interval', 'always'), fc.array(action, { maxLength: 25 }), seeds],
  {
    numRuns: Number(process.env['POWER_CUTS'] ?? 150),
  },
)(
  'a power cut takes no more of a spill than the durability allows',
  async (durability, actions, lastSeed) => {
    const rig = new Rig(durability);
    try {
      await rig.start();
      for (const next of actions) {
        try {
          await perform(rig, next);
          await rig.fs.quiet();
        } catch (error) {
          if (!rig.fs.crashed) throw error;
        }
        if (rig.fs.crashed) await rig.cut(lastSeed);
      }
      await rig.cut(lastSeed);
      await rig.judge();
      expect(rig.disk.cuts).toBeGreaterThan(0);
    } finally {
      await rig.remove();
    }
  },
);
