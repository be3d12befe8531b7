/**
 * Search in files, counted as `grep -c` counts, against `grep` and `zgrep` on the same files: here, as the command does it, and in a
 * thread of its own, as a collector does it. All are in the page cache. Runs are interleaved; the thread was started before.
 *
 *     node test/bench/files.ts [runs]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { systemFileSystem } from '../../src/core/file-system.ts';
import { parseExpression } from '../../src/expression/expression.ts';
import type { ScanWarning } from '../../src/file-search/file-to-scan.ts';
import { archiveToScan } from '../../src/file-search/log-files.ts';
import { scanFiles } from '../../src/file-search/scan-files.ts';
import { median } from './statistics.ts';
import { TimedShell } from './timed-shell.ts';
import { bytesOf, type Work } from './works.ts';

const WORK: Work = { name: 'files', connections: 1, linesEach: 1_000_000, lineBytes: 120 };
const LITERAL = 's=0777777';
const ARCHIVE = 'log-20260101-000000-000001.log';

const CONTESTS = [
  { title: 'a plain file', name: ARCHIVE, rival: `grep -cF ${LITERAL}` },
  { title: 'a plain file', name: ARCHIVE, rival: `grep -cE ${LITERAL}` },
  { title: 'a gzip archive', name: `${ARCHIVE}.gz`, rival: `zgrep -cF ${LITERAL}` },
] as const;

/** What something cost, in ms. */
export interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

export interface FilesTime {
  readonly title: string;
  readonly rival: string;
  readonly here: Cost;
  readonly inThread: Cost;
  readonly others: Cost;
}

export async function measureFiles(runs: number, say: (text: string) => void): Promise<FilesTime[]> {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  const shell = new TimedShell();
  try {
    const bytes = bytesOf(WORK, 0);
    writeFileSync(join(directory, ARCHIVE), bytes);
    writeFileSync(join(directory, `${ARCHIVE}.gz`), gzipSync(bytes));
    const results: FilesTime[] = [];
    for (const { title, name, rival } of CONTESTS) {
      const costs = { here: [] as Cost[], inThread: [] as Cost[], others: [] as Cost[] };
      // What runs has been compiled.
      await count(directory, name, false);
      for (let run = 0; run < runs; run++) {
        costs.here.push(await count(directory, name, false));
        costs.inThread.push(await count(directory, name, true));
        const before = performance.now();
        const [counted, cpu] = await shell.run(`${rival} '${join(directory, name)}'`);
        if (counted !== 1) throw new Error(`${rival} found ${counted}`);
        costs.others.push({ cpu, wall: performance.now() - before });
      }
      const [here, inThread, others] = [middle(costs.here), middle(costs.inThread), middle(costs.others)];
      say(`${title}: ${show(here)} here, ${show(inThread)} in a thread, ${rival}: ${show(others)}`);
      results.push({ title, rival, here, inThread, others });
    }
    return results;
  } finally {
    shell.end();
    rmSync(directory, { recursive: true });
  }
}

function fail({ message }: ScanWarning): never {
  throw new Error(message);
}

/** Searches once; the thread of a search counts, too. */
async function count(directory: string, name: string, inThread: boolean): Promise<Cost> {
  const place = {
    fs: systemFileSystem,
    pathOf: (each: string) => join(directory, each),
    indexOf: () => Promise.resolve(undefined),
  };
  const file = archiveToScan(place, { name, sealedAt: 0 }, undefined);
  const tally = { lines: 0, bytes: 0, matched: 0 };
  const { condition: where } = parseExpression(LITERAL);
  const before = process.cpuUsage();
  const start = performance.now();
  for await (const _ of scanFiles([file], { where, countOnly: true }, tally, { inThread, warn: fail }))
    throw new Error('a count hands over lines');
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  if (tally.matched !== 1) throw new Error(`found ${tally.matched} lines`);
  return { cpu: (user + system) / 1000, wall };
}

function middle(costs: readonly Cost[]): Cost {
  return { cpu: median(costs.map(({ cpu }) => cpu)), wall: median(costs.map(({ wall }) => wall)) };
}

function show({ cpu, wall }: Cost): string {
  return `${cpu.toFixed(0)} ms CPU, ${wall.toFixed(0)} ms`;
}

if (import.meta.main) {
  await measureFiles(Number(process.argv[2] ?? 5), (text) => {
    console.log(text);
  });
}
