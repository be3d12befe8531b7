/** What is asked of every operator. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { OperatorDefinition } from '../core/component.ts';
import type { PipelineStatement } from '../core/ledger.ts';
import type { Bench } from './bench.ts';
import type { CommonSetup, ConformanceCase } from './conformance-case.ts';
import { difficultLines } from './difficult-lines.ts';
import { staysBounded } from './growth.ts';
import { lifeCases, onBench } from './on-bench.ts';
import { KEEPS_BOUNDED, pushUnknown } from './unknown-lines.ts';

/**
 * How an operator is put to the test.
 *
 * @remarks Since 0.1.0
 */
export interface OperatorSetup extends CommonSetup {
  /** Options as they are written in a configuration. @defaultValue `{}` */
  readonly options?: unknown;
  /** Lines that make it do what it is for, beside the difficult ones of the kit. */
  readonly lines?: readonly (string | Uint8Array)[];
  /**
   * It lets go of deliveries before the lines are stored, as an operator made with `eachLine()` does: a source that
   * acknowledges lines then does so too early. @defaultValue false
   */
  readonly settlesEarly?: boolean;
}

/** So many batches may wait for others in an operator that holds lines over time. */
const HELD_BATCHES = 2000;

function ignore(): void {}

export function operatorCases(definition: OperatorDefinition, setup: OperatorSetup): ConformanceCase[] {
  const options = setup.options ?? {};
  const own = (setup.lines ?? []).map((line) => Buffer.from(line));
  const lines = [...difficultLines(), ...own, ...difficultLines()];
  const lives = { world: () => ({ options }), patience: setup.patience };

  const withOperator = (work: (bench: Bench) => Promise<void>): (() => Promise<void>) =>
    onBench(lives, async (_, bench) => {
      await bench.operator(definition, options);
      await work(bench);
    });

  return [
    ...lifeCases(lives, definition, (bench, checked) =>
      definition.create(checked, {
        ...bench.context,
        filtered: ignore,
        dropped: ignore,
        failed: ignore,
        merged: ignore,
        created: ignore,
      }),
    ),
    {
      name: 'every line has an account, and every delivery is settled',
      run: withOperator(async (bench) => {
        for (let round = 0; round < 5; round++) await bench.push(lines);
        for (const line of lines) await bench.push([line]);
        bench.balance();
        await end(bench);
        checkSettled(bench);
      }),
    },
    {
      name: 'it fails on no line, whatever its bytes are',
      run: withOperator(async (bench) => {
        await bench.push(lines);
        for (const line of lines) await bench.push([line]);
        await end(bench);
        const { failed } = accountOf(bench);
        const errors = bench.log.entries.map(({ message }) => message).join('; ');
        assert.deepEqual(Object.keys(failed), [], `it failed on lines: ${errors}`);
      }),
    },
    {
      name: 'it keeps the order of lines',
      run: withOperator(async (bench) => {
        const numbered = [...lines, ...lines].map((line, index) =>
          Buffer.concat([line, Buffer.from(` #${index}`)]),
        );
        await bench.push(numbered.slice(0, lines.length));
        for (const line of numbered.slice(lines.length)) await bench.push([line]);
        await end(bench);
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
      run: withOperator(async (bench) => {
        await bench.push(lines);
        await bench.push(lines);
        await end(bench);
        bench.checkBytes();
      }),
    },
    {
      name: 'it goes on when the sinks are slow, and no line is settled before it is stored',
      run: withOperator(async (bench) => {
        bench.hold();
        for (const line of lines) await bench.push([line]);
        if (!setup.settlesEarly) {
          const ended = endedLines(accountOf(bench));
          assert.ok(bench.settled <= ended, 'it let go of lines that are not stored yet');
        }
        bench.release();
        await end(bench);
        checkSettled(bench);
      }),
    },
    {
      name: KEEPS_BOUNDED,
      run: withOperator((bench) =>
        staysBounded(async (round) => {
          await pushUnknown(bench, round);
          await bench.until(() => bench.pushed - bench.settled < HELD_BATCHES, 'the lines are let go of');
          bench.forget();
        }),
      ),
    },
    {
      name: 'a stop at once leaves nothing behind',
      run: withOperator(async (bench) => {
        bench.hold();
        await bench.push(lines);
        bench.runtime.abort();
        bench.balance();
      }),
    },
  ];
}

/** Ends the input, so that what it holds comes out. */
async function end(bench: Bench): Promise<void> {
  bench.complete();
  await bench.stop();
  bench.balance();
}

/** What an operator never lets go of is let go for it when it ends, as not stored. */
function checkSettled(bench: Bench): void {
  assert.equal(bench.settled, bench.pushed, 'the credit of some lines never comes back');
  if (Object.keys(accountOf(bench).failed).length > 0) return;
  assert.equal(bench.lost, 0, `${bench.lost} deliveries are never released`);
}

function accountOf(bench: Bench): PipelineStatement {
  return bench.runtime.ledger.toJSON().pipelines['main']!;
}

/** Lines that went no further than to the operator. */
function endedLines({ filtered, dropped, failed, merged }: PipelineStatement): number {
  const discards = [filtered, dropped, failed].flatMap((reasons) => Object.values(reasons));
  return discards.reduce((sum, { lines }) => sum + lines, merged);
}
