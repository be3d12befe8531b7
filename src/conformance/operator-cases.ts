/** What is asked of every operator. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { systemClock } from '../core/clock.ts';
import type { OperatorDefinition } from '../core/component.ts';
import { systemFileSystem } from '../core/file-system.ts';
import { silentLogger } from '../core/logger.ts';
import { Bench, difficultLines, leavingNothing } from './bench.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { checkOptions } from './options.ts';

/** How an operator is put to the test. */
export interface OperatorSetup {
  /** Options as they are written in a configuration. @defaultValue `{}` */
  readonly options?: unknown;
  /** Lines that make it do what it is for, beside the difficult ones of the kit. */
  readonly lines?: readonly (string | Uint8Array)[];
}

function ignore(): void {}

export function operatorCases(definition: OperatorDefinition, setup: OperatorSetup): ConformanceCase[] {
  const options = setup.options ?? {};
  const lines = [
    ...difficultLines(),
    ...(setup.lines ?? []).map((line) => Buffer.from(line)),
    ...difficultLines(),
  ];

  const onBench =
    (work: (bench: Bench) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const bench = new Bench();
      await leavingNothing(async () => {
        try {
          await bench.operator(definition, options);
          await work(bench);
        } finally {
          await bench.stop();
        }
      });
    };

  return [
    {
      name: 'disposing is safe before any line, and twice',
      run: async () => {
        const operator = definition.create(await checkOptions(definition, options), {
          name: definition.type,
          log: silentLogger,
          clock: systemClock,
          fs: systemFileSystem,
          filtered: ignore,
          dropped: ignore,
          failed: ignore,
          merged: ignore,
          created: ignore,
        });
        await operator[Symbol.asyncDispose]?.();
        await operator[Symbol.asyncDispose]?.();
      },
    },
    {
      name: 'every line has an account, and every delivery is settled',
      run: onBench(async (bench) => {
        for (let round = 0; round < 5; round++) await bench.push(lines);
        for (const line of lines) await bench.push([line]);
        bench.balance();
        bench.complete();
        await bench.stop();
        bench.balance();
        assert.equal(bench.settled, bench.pushed, 'the credit of some lines never comes back');
        const failed = Object.keys(bench.runtime.ledger.toJSON().pipelines['main']!.failed);
        assert.deepEqual(failed, [], `it failed on lines: ${JSON.stringify(bench.log.entries)}`);
      }),
    },
    {
      name: 'it keeps the order of lines',
      run: onBench(async (bench) => {
        const numbered = lines.map((line, index) => Buffer.concat([line, Buffer.from(` #${index}`)]));
        for (const line of numbered) await bench.push([line]);
        bench.complete();
        await bench.stop();
        const numbers = bench.keptLines().flatMap((line) => {
          const number = /#(\d+)$/.exec(line.toString('latin1'))?.[1];
          return number === undefined ? [] : [Number(number)];
        });
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
          'lines overtook each other',
        );
      }),
    },
    {
      name: 'it leaves the bytes of a batch as they are',
      run: onBench(async (bench) => {
        const originals = lines.map((line) => Buffer.from(line));
        const seen: { readonly bytes: Buffer; readonly copy: Buffer }[] = [];
        const watching = bench.runtime.batches$('main')!.subscribe(({ bytes }) => {
          seen.push({ bytes, copy: Buffer.from(bytes) });
        });
        await bench.push(originals);
        await bench.push(originals);
        bench.complete();
        await bench.stop();
        watching.unsubscribe();
        for (const { bytes, copy } of seen)
          assert.ok(bytes.equals(copy), 'bytes of a batch were changed afterwards');
        lines.forEach((line, index) =>
          assert.ok(originals[index]!.equals(line), 'bytes that came in were changed'),
        );
      }),
    },
    {
      name: 'it goes on when the sinks are slow',
      run: onBench(async (bench) => {
        bench.hold();
        for (let round = 0; round < 3; round++) await bench.push(lines);
        bench.release();
        bench.complete();
        await bench.stop();
        bench.balance();
        assert.equal(bench.settled, bench.pushed);
      }),
    },
  ];
}
