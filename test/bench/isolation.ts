/**
 * The latency of a good sink beside three others: once they are well, once one is slow, one fails and one hangs. The two are
 * measured in turns, each with a collector of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Batch, type LedgerStatement, startCollector, untyped } from '../../src/index.ts';
import { defineSink, RetryableError, type Sink } from '../../src/plugin.ts';
import { median, quantile } from './statistics.ts';

const RATE = 50_000;
const SECONDS = 4;
const QUEUE_BYTES = 2 ** 20;

export interface Isolation {
  /** Lines a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly runs: number;
  /** Milliseconds; medians over the runs. */
  readonly healthy: { readonly p50: number; readonly p99: number };
  readonly broken: { readonly p50: number; readonly p99: number };
  /** The median of the ratios of the 99th percentiles, run by run. */
  readonly ratio: number;
  /** What became of the lines of each sink in the last run with broken ones. */
  readonly fates: readonly { readonly sink: string; readonly fate: string }[];
}

type Conduct = 'well' | 'slow' | 'failing' | 'hanging';

function neighbour(type: string, conduct: Conduct) {
  const write: Record<Conduct, Sink['write']> = {
    well: () => {},
    slow: () => sleep(100),
    failing: () => Promise.reject(new RetryableError('not now')),
    hanging: () => new Promise(() => {}),
  };
  return define(type, { write: write[conduct] });
}

function define(type: string, sink: Sink) {
  return defineSink({
    type,
    summary: 'For the bench.',
    options: z.strictObject({}),
    examples: [],
    create: () => sink,
  });
}

export async function measureIsolation(runs: number, say: (text: string) => void): Promise<Isolation> {
  const all = { healthy: [] as Sample[], broken: [] as Sample[] };
  for (let run = 1; run <= runs; run++) {
    for (const state of run % 2 === 0 ? (['broken', 'healthy'] as const) : (['healthy', 'broken'] as const)) {
      const sample = await measure(state === 'broken');
      all[state].push(sample);
      say(`isolation run ${run} of ${runs}: neighbours ${state}: p99 ${sample.p99.toFixed(2)} ms`);
    }
  }
  const middle = (samples: readonly Sample[]) => ({
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
  });
  return {
    rate: RATE,
    seconds: SECONDS,
    runs,
    healthy: middle(all.healthy),
    broken: middle(all.broken),
    ratio: median(all.broken.map(({ p99 }, run) => p99 / all.healthy[run]!.p99)),
    fates: fatesOf(all.broken.at(-1)!.ledger),
  };
}

interface Sample {
  readonly p50: number;
  readonly p99: number;
  readonly ledger: LedgerStatement;
}

async function measure(isBroken: boolean): Promise<Sample> {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  const times: number[] = [];
  const good = define('good', { write: (batch) => note(batch, times) });
  const collector = await startCollector({
    plugins: [
      good,
      neighbour('slow', isBroken ? 'slow' : 'well'),
      neighbour('failing', isBroken ? 'failing' : 'well'),
      neighbour('hanging', isBroken ? 'hanging' : 'well'),
    ],
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: ['good', 'slow', 'failing', 'hanging'] } },
    sinks: {
      good: { type: untyped('good') },
      slow: { type: untyped('slow'), queue: { maxBytes: QUEUE_BYTES, whenFull: 'dropOldest' } },
      failing: {
        type: untyped('failing'),
        queue: { maxBytes: QUEUE_BYTES, whenFull: 'dropNewest' },
        breaker: {},
      },
      hanging: {
        type: untyped('hanging'),
        retry: { writeTimeout: '1s' },
        queue: {
          maxBytes: QUEUE_BYTES,
          whenFull: 'spill',
          spill: { directory, maxBytes: '1GiB', whenFull: 'dropNewest' },
        },
      },
    },
    shutdown: { timeout: '1s' },
  });
  try {
    const port = collector.addresses['tcp']!.split(':').at(-1)!;
    const sender = spawn(
      process.execPath,
      [join(import.meta.dirname, 'paced-sender.ts'), port, String(RATE), String(SECONDS)],
      { stdio: 'inherit' },
    );
    await once(sender, 'exit');
    while (collector.ledger().sinks['good']!.stored < RATE * SECONDS) await sleep(10);
    const ledger = collector.ledger();
    if (ledger.unaccounted !== 0) throw new Error('the ledger does not add up');
    // The first second warms up.
    const steady = times.slice(Math.floor(times.length / SECONDS));
    return { p50: quantile(steady, 0.5), p99: quantile(steady, 0.99), ledger };
  } finally {
    await collector.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Notes the latency of every tenth line. */
function note(batch: Batch, times: number[]): void {
  const now = Number(process.hrtime.bigint());
  for (let index = 0; index < batch.length; index += 10) {
    times.push((now - Number(batch.text(index).slice(0, 20))) / 1e6);
  }
}

function fatesOf({ sinks }: LedgerStatement): Isolation['fates'] {
  return Object.entries(sinks).map(([sink, { stored, dropped, inFlight }]) => {
    const drops = Object.entries(dropped).map(([policy, { lines }]) => `${count(lines)} dropped (${policy})`);
    return { sink, fate: [`${count(stored)} stored`, ...drops, `${count(inFlight)} in flight`].join(', ') };
  });
}

function count(lines: number): string {
  return lines.toLocaleString('en');
}
