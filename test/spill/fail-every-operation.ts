/**
 * A spill that is opened, written, read, settled and closed, while its n-th operation goes wrong, for every n until none does.
 * What was appended comes out once and in order; after a crash everything that was appended and not settled is there, and what
 * comes again is no more than the start said.
 */
import { expect } from 'vitest';
import type { SpillLog } from '../../src/spill/spill-log.ts';
import { temporaryDirectory } from '../core/log-directory/temporary-directory.ts';
import { Crash, type Fault, FaultyFileSystem, type Operation } from '../support/faulty-file-system.ts';
import { batchOf, drain, type OpenOptions, openSpill } from './rig.ts';

export type Filter = (operation: Operation) => boolean;

/** What happened, as somebody knows who was told that it was done. */
class Life {
  readonly appended: string[] = [];
  readonly settled: string[] = [];
  /** Read and not settled. */
  handed: { lines: readonly string[] }[] = [];
  readonly fs = new FaultyFileSystem();
  readonly #directory: string;
  readonly #options: OpenOptions;
  spill: SpillLog | undefined;

  constructor(directory: string, options: OpenOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** The whole life. Errors are answered by trying again, as the queue does; only a crash ends it. */
  async run(): Promise<void> {
    this.spill = await this.#insist(() => openSpill(this.#directory, { ...this.#options, fs: this.fs }));
    let line = 0;
    for (const [writes, reads] of [
      [2, 1],
      [2, 9],
      [2, 0],
    ] as const) {
      for (let each = 0; each < writes; each++)
        await this.#append([`l${line++}`, `l${line++}`], [`l${line++}`]);
      for (let each = 0; each < reads; each++) await this.#read();
    }
    await this.#insist(() => this.spill!.close(this.handed.length));
  }

  async #append(...batches: readonly string[][]): Promise<void> {
    const entry = this.spill!.toEntry(batches.map((lines) => batchOf(...lines)));
    await this.#insist(() => this.spill!.append(entry));
    this.appended.push(...batches.flat());
  }

  async #read(): Promise<void> {
    const { batches, lost } = await this.#insist(() => this.spill!.read(100));
    expect(lost).toBe(0);
    this.handed.push(...batches.map((batch) => ({ lines: batch.texts() })));
    const settled = this.handed.splice(0, Math.max(0, this.handed.length - 1));
    this.spill!.settle(settled.length);
    this.settled.push(...settled.flatMap(({ lines }) => lines));
    await this.fs.quiet();
  }

  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const state = { hasEnded: false };
        const done = work().finally(() => {
          state.hasEnded = true;
        });
        done.catch(() => {});
        // What hangs goes on when everything else has come to rest.
        while (!state.hasEnded) {
          await this.fs.quiet();
          this.fs.release();
        }
        return await done;
      } catch (error) {
        if (error instanceof Crash || this.fs.crashed || attempt === 5) throw error;
      }
    }
  }
}

/** Answers how many operations there were. */
export async function failEveryOperation(fault: Fault, only: Filter, options: OpenOptions): Promise<number> {
  for (let at = 1; ; at++) {
    const directory = `${await temporaryDirectory()}/spill`;
    const life = new Life(directory, options);
    life.fs.arm(fault, at, { only });
    try {
      await life.run();
    } catch (error) {
      if (!life.fs.crashed) throw error;
    }
    const hasFired = life.fs.fired.length > 0;
    life.fs.disarm();
    await life.spill?.close(life.handed.length).catch(() => {});
    await life.fs.quiet();
    await life.fs.closeAll();
    await expectRest(directory, life, options);
    if (!hasFired) return at - 1;
  }
}

async function expectRest(directory: string, life: Life, options: OpenOptions): Promise<void> {
  const { appended, settled, fs } = life;
  const next = await openSpill(directory, options);
  const { lines, lost } = await drain(next);
  await next.close(0);
  const where = `${fs.fired[0]?.name} ${fs.fired[0]?.path}`;
  expect([where, lost]).toEqual([where, 0]);
  // Behind what is known to be appended may be what was on its way.
  const all = [...appended, ...lines.filter((line) => !appended.includes(line))];
  const from = lines.length === 0 ? all.length : all.indexOf(lines[0]!);
  expect([where, lines]).toEqual([where, all.slice(from)]);
  expect(from).toBeLessThanOrEqual(settled.length);
  expect([where, settled.length - from <= next.possibleDuplicates]).toEqual([where, true]);
  if (!fs.crashed && fs.fired.length === 0) expect(from).toBe(settled.length);
}
