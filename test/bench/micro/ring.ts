/**
 * What the ring costs: `node test/bench/micro/ring.ts [write|search|large]`.
 *
 * - write: ns a line of about 120 bytes, by size of batch, beside copying the same bytes to the same memory.
 * - search: ms for a keyword in 1,000,000 lines, with its results copied, beside `grep -cF` on the same bytes in a file;
 *   how long the longest slice kept the event loop; and which part of the search that is. Interleaved; medians.
 * - large: memory and times of a ring of 10,000,000 lines.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Batch, joinLines } from '../../../src/core/batch.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { RingSink } from '../../../src/sinks/ring/ring.ts';
import { median } from '../statistics.ts';

const MiB = 2 ** 20;
const RUNS = 9;
const origin = { source: 'bench' };
const context = { name: 'ring', log: silentLogger, clock: systemClock, fs: systemFileSystem };

function newRing(maxLines: number, maxBytes: number): RingSink {
  return new RingSink({ maxLines, maxBytes }, context);
}

/** Log lines of 90 to 150 bytes: `MARK` stands in one of two, `one%` in one of a hundred, `ten-needles` in ten. */
function makeLines(count: number): string[] {
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const services = ['api-gateway', 'billing', 'session-store', 'worker', 'auth', 'scheduler'];
  const messages = [
    () => `GET /api/v1/users/${random(1e5)} 200 ${random(300)}ms bytes=${random(1e5)} agent=curl/8.5.0`,
    () => `connection from 10.0.${random(255)}.${random(255)} accepted, session ${random(1e4)} opened`,
    () => `cache refresh completed in ${random(900)} ms, ${random(5000)} entries, generation ${random(1e6)}`,
    () => `request failed: upstream timeout after ${random(30_000)} ms while reading response header`,
  ];
  return Array.from({ length: count }, (_, index) => {
    const level = random(2) === 0 ? 'MARK ' : 'DEBUG';
    const rare = `${random(100) === 0 ? ' one%' : ''}${index % (count / 10) === 7 ? ' ten-needles' : ''}`;
    const time = new Date(1.7e12 + index).toISOString();
    return `${time} ${level} [${services[random(6)]}] ${messages[random(4)]!()}${rare} `.padEnd(
      90 + random(60),
      '-',
    );
  });
}

function batchesOf(lines: readonly string[], size: number): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at < lines.length; at += size) {
    batches.push(new Batch(joinLines(lines.slice(at, at + size)), { origin, receivedAt: at }));
  }
  return batches;
}

function timeOf(action: () => void): number {
  const begin = performance.now();
  action();
  return performance.now() - begin;
}

function benchWrite(): void {
  console.log('write: ns a line; "copy" only copies the same bytes, batch by batch');
  const lines = makeLines(200_000);
  const rings = [
    { title: '10,000 lines, 64 MiB', maxLines: 10_000, maxBytes: 64 * MiB, span: 2 * MiB },
    { title: '10,000,000 lines, 64 MiB', maxLines: 10_000_000, maxBytes: 64 * MiB, span: 64 * MiB },
  ];
  for (const { title, maxLines, maxBytes, span } of rings) {
    for (const size of [1, 10, 500, 5000]) {
      const batches = batchesOf(lines, size);
      const sink = newRing(maxLines, maxBytes);
      const memory = Buffer.alloc(span + MiB);
      let at = 0;
      const write = () => batches.forEach((batch) => void sink.write(batch));
      const copy = () =>
        batches.forEach((batch) => {
          memory.set(batch.bytes.subarray(0, batch.byteLength), at);
          at = at + batch.byteLength < span ? at + batch.byteLength : 0;
        });
      const times: [number[], number[]] = [[], []];
      for (let run = 0; run < 4 * RUNS; run++) {
        times[0].push(timeOf(write));
        times[1].push(timeOf(copy));
      }
      const [writes, copies] = times.map((all) => (median(all.slice(RUNS)) * 1e6) / lines.length);
      const more = (writes! - copies!).toFixed(1);
      console.log(
        `  ring of ${title}; batches of ${size}: ${writes!.toFixed(1)}, copy ${copies!.toFixed(1)}: ${more} more`,
      );
    }
  }
}

/** Searches; answers matches, ms, and the longest time in ms that the event loop had to wait for a slice. */
async function search(
  sink: RingSink,
  keyword: string,
): Promise<[matches: number, ms: number, longest: number]> {
  let searching = true;
  let longest = 0;
  let turn = performance.now();
  const begin = turn;
  const watch = () => {
    longest = Math.max(longest, performance.now() - turn);
    turn = performance.now();
    if (searching) setImmediate(watch);
  };
  setImmediate(watch);
  const { matches } = await sink.search({ keyword });
  searching = false;
  return [matches, performance.now() - begin, longest];
}

/** Fills a ring and answers its bytes. Nothing else stays behind: a large heap would make each garbage collection long. */
function fill(sink: RingSink): Buffer {
  const batches = batchesOf(makeLines(1_000_000), 500);
  for (const batch of batches) void sink.write(batch);
  return Buffer.concat(batches.map((batch) => batch.bytes));
}

/**
 * Starts a shell that runs `grep -cF` when asked. Starting a process from this one before each search would make all its
 * memory copy-on-write, and so each search far slower than it is.
 */
function startGrep(file: string): { count(keyword: string): Promise<number>; stop(): void } {
  const shell = spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LC_ALL: 'C' } });
  const answers = createInterface(shell.stdout)[Symbol.asyncIterator]();
  return {
    async count(keyword) {
      shell.stdin.write(`grep -cF -- '${keyword}' '${file}'\n`);
      return Number((await answers.next()).value);
    },
    stop: () => shell.stdin.end(),
  };
}

async function benchSearch(): Promise<void> {
  console.log('search: ms, medians; 1,000,000 lines');
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  try {
    const file = join(directory, 'lines');
    const sink = newRing(1_000_000, 256 * MiB);
    writeFileSync(file, fill(sink));
    const grep = startGrep(file);
    const keywords = [
      'not there',
      'ten-needles',
      'one%',
      'MARK',
      '20',
      'e',
      '  a',
      'error',
      'session 4711',
      'zzz',
      '',
    ];
    for (const keyword of keywords) {
      const rows: number[][] = [[], [], []];
      let found = 0;
      for (let run = 0; run < RUNS; run++) {
        const [matches, ms, longest] = await search(sink, keyword);
        found = matches;
        rows[0]!.push(ms);
        rows[1]!.push(longest);
        const begin = performance.now();
        const counted = await grep.count(keyword);
        rows[2]!.push(performance.now() - begin);
        if (counted !== matches) throw new Error(`grep found ${counted}, the ring ${matches}`);
      }
      const [ms, longest, grepMs] = rows.map(median);
      console.log(
        `  ${JSON.stringify(keyword)}: ${found} lines; ring ${ms!.toFixed(1)}, grep ${grepMs!.toFixed(1)}, ` +
          `ratio ${(ms! / grepMs!).toFixed(2)}; longest slice ${longest!.toFixed(1)}`,
      );
    }
    grep.stop();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function benchLarge(): Promise<void> {
  const memory = () => `${(process.memoryUsage.rss() / MiB).toFixed(0)} MiB resident`;
  const batches = batchesOf(makeLines(100_000), 500);
  console.log(`large: ${memory()} before`);
  const sink = newRing(10_000_000, 2048 * MiB);
  console.log(`  empty ring of 10,000,000 lines, 2 GiB: ${memory()}`);
  for (let round = 0; round < 3; round++) {
    const ms = timeOf(() => {
      for (let time = 0; time < 100; time++) for (const batch of batches) void sink.write(batch);
    });
    const { resident, residentBytes } = sink.inspect();
    const size = (Number(residentBytes) / MiB).toFixed(0);
    console.log(
      `  10,000,000 lines written, ${(ms / 10).toFixed(1)} ns a line; ${String(resident)} kept, ${size} MiB: ${memory()}`,
    );
  }
  for (const keyword of ['not there', 'one%']) {
    const [matches, ms, longest] = await search(sink, keyword);
    console.log(
      `  ${JSON.stringify(keyword)}: ${matches} lines in ${ms.toFixed(0)} ms, longest slice ${longest.toFixed(1)} ms; ${memory()}`,
    );
  }
}

const works: Record<string, () => void | Promise<void>> = {
  write: benchWrite,
  search: benchSearch,
  large: benchLarge,
};
const chosen = process.argv[2];
for (const [name, work] of Object.entries(works)) {
  if (chosen === undefined || chosen === name) await work();
}
