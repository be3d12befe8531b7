/** The time from a sender's write to the line being in the ring, at a steady rate. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector } from '../../src/index.ts';
import { quantile } from './statistics.ts';

const RATE = 100_000;
const SECONDS = 10;

export interface Latency {
  /** Lines a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export async function measureLatency(say: (text: string) => void): Promise<Latency> {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
    sinks: {
      ring: { type: 'ring', maxLines: 1_000_000 },
      files: { type: 'file', directory, maxSize: '64MiB' },
    },
  });
  try {
    const times: number[] = [];
    // Watchers are told after the sinks: a line that is seen here is in the ring.
    collector.batches$().subscribe((batch) => {
      const now = Number(process.hrtime.bigint());
      for (let index = 0; index < batch.length; index++)
        times.push((now - Number(batch.text(index).slice(0, 20))) / 1e6);
    });
    const port = collector.addresses['tcp']!.split(':').at(-1)!;
    const sender = spawn(
      process.execPath,
      [join(import.meta.dirname, 'paced-sender.ts'), port, String(RATE), String(SECONDS)],
      { stdio: 'inherit' },
    );
    await once(sender, 'exit');
    while (times.length < RATE * SECONDS) await new Promise((resolve) => setTimeout(resolve, 10));
    // The first second warms up.
    const steady = times.slice(RATE);
    const result = {
      rate: RATE,
      seconds: SECONDS,
      p50: quantile(steady, 0.5),
      p99: quantile(steady, 0.99),
      max: steady.reduce((most, time) => Math.max(most, time), 0),
    };
    say(`latency: p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms`);
    return result;
  } finally {
    await collector.stop();
    rmSync(directory, { recursive: true });
  }
}
