/**
 * The time from a sender's write to the line being searchable, and the lag of the event loop, while one search after the other goes
 * through about 1 GB in files, to which the lines are written besides. The searches come over the query port from another process.
 *
 *     node test/bench/searching-files.ts [seconds]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Collector, startCollector } from '../../src/index.ts';
import type { Quantiles } from './searching.ts';
import { median, quantile } from './statistics.ts';

/** Lines of 120 bytes that are in the files before. */
const LINES = 8_500_000;
const RATE = 100_000;
const SECONDS = 20;
const RING = 100_000;
const QUESTIONS = [
  'COUNT from=files u1008nowhere',
  'COUNT from=files status:>=500',
  'SEARCH from=files limit=100000 refused',
  'SEARCH from=files last=1000 accepted',
  'COUNT from=all BY level status:503',
  'SEARCH limit=100000 accepted',
];

/** The sinks that are searched. */
const FILES = {
  file: { type: 'file', maxSize: '64MiB' },
  archive: { type: 'archive', maxSize: '16MiB' },
} as const;

type Kind = keyof typeof FILES;

export interface SearchingFiles {
  readonly kind: Kind;
  /** Lines that were there before. */
  readonly lines: number;
  /** Lines a second, and for how long. */
  readonly rate: number;
  readonly seconds: number;
  readonly lost: number;
  readonly idle: Sample;
  readonly busy: Sample;
}

interface Sample {
  /** From send to searchable, in ms. */
  readonly latency: Quantiles;
  /** As the collector tells it, in ms. */
  readonly lag: Quantiles;
  /** Processor time of the collector, in seconds a second. */
  readonly cpu: number;
  readonly questions: readonly { readonly command: string; readonly times: number; readonly ms: number }[];
}

export async function measureSearchingFiles(
  say: (text: string) => void,
  seconds = SECONDS,
): Promise<SearchingFiles[]> {
  const results: SearchingFiles[] = [];
  for (const kind of Object.keys(FILES) as Kind[]) {
    const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
    try {
      await fill(kind, directory);
      const idle = await measure(kind, directory, seconds, []);
      const busy = await measure(kind, directory, seconds, QUESTIONS);
      const show = ({ latency, lag }: Sample) =>
        `p99 ${latency.p99.toFixed(1)} ms, lag p99 ${lag.p99.toFixed(1)} ms, greatest ${lag.max.toFixed(1)} ms`;
      say(`searching 1 GB of ${kind}: ${show(idle)} without; ${show(busy)} with searches`);
      const lost = idle.lost + busy.lost;
      results.push({ kind, lines: LINES, rate: RATE, seconds, lost, idle, busy });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
  return results;
}

function start(kind: Kind, directory: string): Promise<Collector> {
  return startCollector({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
    sinks: {
      ring: { type: 'ring', maxLines: RING },
      files: { ...FILES[kind], directory, durability: 'none' },
    },
    query: { port: 0 },
  });
}

const portOf = (collector: Collector, name: string): string => collector.addresses[name]!.split(':').at(-1)!;

function send(collector: Collector, ...numbers: number[]): ChildProcess {
  const args = [
    join(import.meta.dirname, 'varied-sender.ts'),
    portOf(collector, 'tcp'),
    ...numbers.map(String),
  ];
  return spawn(process.execPath, args, { stdio: 'inherit' });
}

async function fill(kind: Kind, directory: string): Promise<void> {
  const collector = await start(kind, directory);
  await once(send(collector, LINES, 1, 0), 'exit');
  await stored(collector, LINES);
  await collector.stop();
}

async function stored(collector: Collector, lines: number): Promise<void> {
  while ((collector.ledger().sinks['files']?.stored ?? 0) < lines) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function measure(
  kind: Kind,
  directory: string,
  seconds: number,
  questions: readonly string[],
): Promise<Sample & { readonly lost: number }> {
  const collector = await start(kind, directory);
  try {
    const times: number[] = [];
    // Watchers are told after the sinks: a line that is seen here is in the ring.
    collector.batches$().subscribe((batch) => {
      const now = Number(process.hrtime.bigint());
      // The first line of a batch has waited longest.
      for (let index = 0; index < batch.length; index += 50) {
        times.push((now - Number(batch.text(index).slice(0, 20))) / 1e6);
      }
    });
    const before = process.cpuUsage();
    const sender = send(collector, 0, RATE, seconds);
    const asked = questions.length > 0 ? ask(collector, questions) : undefined;
    await once(sender, 'exit');
    const { user, system } = process.cpuUsage(before);
    const { lag } = collector.ledger().process!.loop;
    const answers = (await asked?.end()) ?? [];
    await stored(collector, RATE * seconds);
    const { sinks, unaccounted } = collector.ledger();
    // The first second warms up.
    const steady = times.slice(Math.floor(times.length / seconds));
    return {
      lost: RATE * seconds - sinks['files']!.stored + unaccounted,
      latency: {
        p50: quantile(steady, 0.5),
        p99: quantile(steady, 0.99),
        max: steady.reduce((most, time) => Math.max(most, time), 0),
      },
      lag,
      cpu: (user + system) / 1e6 / seconds,
      questions: questions.map((command) => {
        const own = answers.filter((each) => each.command === command).map(({ ms }) => ms);
        return { command, times: own.length, ms: median(own) };
      }),
    };
  } finally {
    await collector.stop();
  }
}

interface Answer {
  readonly command: string;
  readonly ms: number;
}

/** Asks until it is told to end; then answers how long everything took. */
function ask(collector: Collector, questions: readonly string[]): { end(): Promise<Answer[]> } {
  const args = [join(import.meta.dirname, 'asker.ts'), portOf(collector, 'query'), ...questions];
  const asker = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: Answer[] = [];
  createInterface(asker.stdout).on('line', (line) => answers.push(JSON.parse(line) as Answer));
  const exited = once(asker, 'exit');
  return {
    async end() {
      asker.stdin.end();
      const [code] = (await exited) as [number];
      if (code !== 0) throw new Error('the questions have failed');
      return answers;
    },
  };
}

if (import.meta.main) {
  const results = await measureSearchingFiles(
    (text) => {
      console.log(text);
    },
    Number(process.argv[2] ?? SECONDS),
  );
  console.log(JSON.stringify(results, null, 1));
}
