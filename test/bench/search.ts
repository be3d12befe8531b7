/** Keyword search over a full ring, against `grep -cF` on the same bytes, alone and while lines come in. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { RingSink } from '../../src/sinks/ring/ring.ts';
import { batchesOf, fullRing, refill } from './full-ring.ts';
import { median } from './statistics.ts';
import { bytesOf, type Work } from './works.ts';

const WORK: Work = { name: 'search', connections: 1, linesEach: 1_000_000, lineBytes: 120 };
const KEYWORDS = ['s=0777777', 'not there at all', 'payment accepted', 'e', 'ERROR payment'];
/** Lines a second that come in while the ring is searched. */
const INGEST = 1_000_000;

export interface SearchTime {
  readonly keyword: string;
  readonly matches: number;
  /** Milliseconds. */
  readonly ring: number;
  readonly ringUnderIngest: number;
  readonly grep: number;
}

export async function measureSearch(runs: number, say: (text: string) => void): Promise<SearchTime[]> {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  const shell = new Shell();
  try {
    const bytes = bytesOf(WORK, 0);
    const file = join(directory, 'lines');
    writeFileSync(file, bytes);
    const sink = fullRing(bytes, WORK.linesEach);
    const results: SearchTime[] = [];
    for (const keyword of KEYWORDS) {
      const ringTimes: number[] = [];
      const grepTimes: number[] = [];
      const underIngest: number[] = [];
      let matches = 0;
      for (let run = 0; run < runs; run++) {
        const begin = performance.now();
        matches = (await sink.search({ keyword })).matches;
        ringTimes.push(performance.now() - begin);
        const grepBegin = performance.now();
        const counted = await shell.run(`grep -cF -- '${keyword}' '${file}'`);
        grepTimes.push(performance.now() - grepBegin);
        if (Number(counted) !== matches) throw new Error(`grep found ${counted}, the ring ${matches}`);
        underIngest.push(await timeUnderIngest(sink, keyword, bytes));
        refill(sink, bytes);
      }
      const time = {
        keyword,
        matches,
        ring: median(ringTimes),
        grep: median(grepTimes),
        ringUnderIngest: median(underIngest),
      };
      say(`search ${keyword}: ${time.ring.toFixed(1)} ms, grep ${time.grep.toFixed(1)} ms`);
      results.push(time);
    }
    return results;
  } finally {
    shell.end();
    rmSync(directory, { recursive: true });
  }
}

async function timeUnderIngest(sink: RingSink, keyword: string, bytes: Buffer): Promise<number> {
  const searching = new AbortController();
  const ingest = (async () => {
    const batches = [...batchesOf(bytes)];
    const begin = performance.now();
    let lines = 0;
    for (let at = 0; !searching.signal.aborted; at = (at + 1) % batches.length) {
      while (!searching.signal.aborted && lines > ((performance.now() - begin) / 1000) * INGEST)
        await breathe();
      void sink.write(batches[at]!);
      lines += batches[at]!.length;
    }
  })();
  const begin = performance.now();
  await sink.search({ keyword });
  const time = performance.now() - begin;
  searching.abort();
  await ingest;
  return time;
}

/**
 * A shell that is started once: starting a process from this one would make all its pages copy-on-write, and charge the
 * page faults of that to the ring.
 */
class Shell {
  readonly #process = spawn('sh', [], {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });

  /** Runs a command that prints one line, and answers it. */
  async run(command: string): Promise<string> {
    this.#process.stdin.write(`${command}\n`);
    const [output] = (await once(this.#process.stdout, 'data')) as [Buffer];
    return output.toString().trim();
  }

  end(): void {
    this.#process.stdin.end();
  }
}
