/**
 * The time from a sender's write to the line being searchable, while one search after the other sweeps over a ring of 1,000,000 lines.
 * The searches come over the query port, as a client asks them, and their answers are read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startCollector } from '../../src/index.ts';
import { median, quantile } from './statistics.ts';

const RING = 1_000_000;
const RATE = 200_000;
const SECONDS = 10;
const QUESTIONS = [
  'COUNT u1008',
  'COUNT payment',
  'SEARCH limit=100000 accepted',
  'COUNT /took=9\\d\\d/',
  'COUNT /[tT]ook=.9[0-9]/',
  'COUNT status:>=500',
  'COUNT BY level status:[200 TO 399]',
  'TOP 10 user',
];

export interface Searching {
  /** Lines a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Lines that were lost or not accounted for. */
  readonly lost: number;
  /** Searches that were done meanwhile. */
  readonly searches: number;
  /** Milliseconds, with and without searches. */
  readonly latency: Quantiles;
  readonly idle: Quantiles;
  /** The median of each question, in ms. */
  readonly questions: readonly { readonly command: string; readonly times: number; readonly ms: number }[];
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export async function measureSearching(say: (text: string) => void): Promise<Searching> {
  const idle = await measure(false);
  const busy = await measure(true);
  say(
    `searching: p99 ${idle.latency.p99.toFixed(1)} ms without, ${busy.latency.p99.toFixed(1)} ms with searches`,
  );
  return {
    rate: RATE,
    seconds: SECONDS,
    lost: busy.lost,
    searches: busy.questions.reduce((sum, { times }) => sum + times, 0),
    latency: busy.latency,
    idle: idle.latency,
    questions: busy.questions,
  };
}

async function measure(isSearched: boolean): Promise<Pick<Searching, 'latency' | 'lost' | 'questions'>> {
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: 'ring' } },
    sinks: { ring: { type: 'ring', maxLines: RING, maxBytes: '256MiB' } },
    query: { port: 0 },
  });
  try {
    const times: number[] = [];
    const count = { seen: 0 };
    // Watchers are told after the sinks: a line that is seen here is in the ring.
    collector.batches$().subscribe((batch) => {
      const now = Number(process.hrtime.bigint());
      const first = count.seen;
      count.seen += batch.length;
      if (first < RING) return;
      // The first line of a batch has waited longest.
      for (let index = 0; index < batch.length; index += 50) {
        times.push((now - Number(batch.text(index).slice(0, 20))) / 1e6);
      }
    });
    const [port, queryPort] = ['tcp', 'query'].map((name) =>
      Number(collector.addresses[name]!.split(':').at(-1)),
    ) as [number, number];
    const sender = spawn(
      process.execPath,
      [join(import.meta.dirname, 'varied-sender.ts'), ...[port, RING, RATE, SECONDS].map(String)],
      { stdio: 'inherit' },
    );
    const exited = once(sender, 'exit');
    while (count.seen < RING) await new Promise((resolve) => setTimeout(resolve, 10));
    const asked = QUESTIONS.map((command) => ({ command, times: [] as number[] }));
    const all = RING + RATE * SECONDS;
    for (let turn = 0; count.seen < all; turn++) {
      if (!isSearched) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        continue;
      }
      const question = asked[turn % asked.length]!;
      const begin = performance.now();
      await ask(queryPort, question.command);
      question.times.push(performance.now() - begin);
    }
    await exited;
    const ledger = collector.ledger();
    // The first second warms up.
    const steady = times.slice(Math.floor(times.length / SECONDS));
    return {
      lost: all - (ledger.sinks['ring']?.stored ?? 0) + ledger.unaccounted,
      latency: {
        p50: quantile(steady, 0.5),
        p99: quantile(steady, 0.99),
        max: steady.reduce((most, time) => Math.max(most, time), 0),
      },
      questions: asked.map(({ command, times: own }) => ({ command, times: own.length, ms: median(own) })),
    };
  } finally {
    await collector.stop();
  }
}

async function ask(port: number, command: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  let end = '';
  socket.on('data', (chunk: Buffer) => {
    // The last line may come in two chunks.
    end = (end + chunk.toString('latin1', Math.max(0, chunk.length - 200))).slice(-200);
  });
  socket.end(`${command}\n`);
  await once(socket, 'end');
  if (!end.includes('# matched=')) throw new Error(`${command}: ${end}`);
}
