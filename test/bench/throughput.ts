/** Works through the receivers in turn, so that what disturbs the machine disturbs all of them, and takes medians. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cost } from './receivers/receiver.ts';
import { median } from './statistics.ts';
import { sizeOf, verify } from './verify.ts';
import { totalLines, type Work } from './works.ts';

const RECEIVERS = ['floor', 'logcaster', 'split2'] as const;
export type ReceiverName = (typeof RECEIVERS)[number];

/** Medians over the runs of one receiver on one work. */
export interface Throughput {
  readonly work: Work;
  readonly receiver: ReceiverName;
  readonly linesPerSecond: number;
  /** In units of 1,000,000 bytes. */
  readonly megabytesPerSecond: number;
  /** CPU seconds of the receiving process per million lines. */
  readonly cpuPerMillion: number;
  /** Peak resident memory in bytes. */
  readonly peak: number;
}

interface Run extends Cost {
  readonly seconds: number;
  readonly bytes: number;
}

export async function measureThroughput(
  works: readonly Work[],
  runs: number,
  say: (text: string) => void,
): Promise<Throughput[]> {
  const results: Throughput[] = [];
  for (const work of works) {
    const all = new Map<ReceiverName, Run[]>(RECEIVERS.map((name) => [name, []]));
    for (let run = 1; run <= runs; run++) {
      for (const [name, list] of all) {
        const result = await runOnce(name, work);
        list.push(result);
        say(
          `${work.name} run ${run} of ${runs}: ${name}: ${result.cpu.toFixed(2)} CPU s, ${result.seconds.toFixed(2)} s`,
        );
      }
    }
    for (const [receiver, list] of all) {
      const millions = totalLines(work) / 1e6;
      results.push({
        work,
        receiver,
        linesPerSecond: median(list.map(({ seconds }) => totalLines(work) / seconds)),
        megabytesPerSecond: median(list.map(({ seconds, bytes }) => bytes / 1e6 / seconds)),
        cpuPerMillion: median(list.map(({ cpu }) => cpu / millions)),
        peak: median(list.map(({ peak }) => peak)),
      });
    }
  }
  return results;
}

async function runOnce(name: ReceiverName, work: Work): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  try {
    const run = await measureReceiver(name, work, [directory]);
    verify(directory, work);
    return { ...run, bytes: sizeOf(directory) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Sends a work to one of the programs in `receivers`, from a process of its own. */
export async function measureReceiver(
  name: string,
  work: Work,
  args: readonly string[],
): Promise<Cost & { readonly seconds: number }> {
  const here = import.meta.dirname;
  const receiver = fork(join(here, 'receivers', `${name}.ts`), args, { stdio: 'inherit' });
  try {
    const { port } = await message<{ port: number }>(receiver);
    const sender = spawn(process.execPath, [join(here, 'sender.ts'), String(port), work.name], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(sender.stdout, 'data');
    const begin = performance.now();
    const sent = once(sender, 'exit');
    sender.stdin.end('go\n');
    await sent;
    receiver.send('finish');
    const cost = await message<Cost>(receiver);
    return { ...cost, seconds: (performance.now() - begin) / 1000 };
  } finally {
    receiver.kill('SIGKILL');
  }
}

async function message<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const early = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the receiver ended with code ${String(code)}`);
  });
  early.catch(() => {});
  const [value] = (await Promise.race([once(child, 'message', { signal: ended.signal }), early])) as [T];
  ended.abort();
  return value;
}
