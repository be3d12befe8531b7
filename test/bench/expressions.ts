/**
 * Expressions over a full ring, counted as `grep -c` counts, against `grep` and `jq` on the same bytes in a file. Compared are
 * CPU milliseconds, which other work on the machine hardly changes.
 *
 *     node test/bench/expressions.ts [runs]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseExpression } from '../../src/expression/expression.ts';
import type { RingSink } from '../../src/sinks/ring/ring.ts';
import { fullRing } from './full-ring.ts';
import { median } from './statistics.ts';
import { TimedShell } from './timed-shell.ts';
import { bytesOf, type Work } from './works.ts';

const WORK: Work = { name: 'search', connections: 1, linesEach: 1_000_000, lineBytes: 120 };

interface Contest {
  readonly title: string;
  readonly expression: string;
  /** A command that prints how many lines of `$FILE` match. */
  readonly rival: string;
  readonly isSlow?: boolean;
}

const OVER_TEXT: readonly Contest[] = [
  { title: 'a rare word', expression: 's=0777777', rival: 'grep -cF s=0777777' },
  {
    title: 'a word that is not there',
    expression: '"not there at all"',
    rival: "grep -cF 'not there at all'",
  },
  {
    title: 'a word in a fifth of the lines',
    expression: '"payment accepted"',
    rival: "grep -cF 'payment accepted'",
  },
  { title: 'a letter in every line', expression: 'e', rival: 'grep -cF e' },
  {
    title: 'two words',
    expression: 'ERROR s=0777777',
    rival: "grep -cE 'ERROR.*s=0777777|s=0777777.*ERROR'",
  },
  { title: 'without a word', expression: '-"payment accepted"', rival: "grep -cvF 'payment accepted'" },
  { title: 'one of two words', expression: 'WARN OR ERROR', rival: 'grep -cF -e WARN -e ERROR' },
  {
    title: 'a regular expression with a rare literal',
    expression: '/s=07777[0-9]+ /',
    rival: "grep -cE 's=07777[0-9]+ '",
  },
  { title: 'with a frequent literal', expression: '/payment.*today/', rival: "grep -cE 'payment.*today'" },
  { title: 'with alternatives', expression: '/ERROR|WARN/', rival: "grep -cE 'ERROR|WARN'" },
  {
    title: 'without a literal, bounded',
    expression: '/[0-9]{3}[a-f]{3}/',
    rival: "grep -cE '[0-9]{3}[a-f]{3}'",
  },
  {
    title: 'without a literal, unbounded',
    expression: '/[0-9]+[a-f]+[0-9]+$/',
    rival: "grep -cE '[0-9]+[a-f]+[0-9]+$'",
  },
  { title: 'ignoring case', expression: '/error/i', rival: 'grep -ciE error' },
  { title: 'a level in text', expression: 'level:error', rival: 'grep -cw ERROR' },
];

const OVER_JSON: readonly Contest[] = [
  {
    title: 'a field, compared',
    expression: 'status:>=500',
    rival: 'jq -c "select(.status>=500)|1"',
    isSlow: true,
  },
  {
    title: 'a field, equal',
    expression: 'user:user-4711',
    rival: 'jq -c "select(.user==\\"user-4711\\")|1"',
    isSlow: true,
  },
  {
    title: 'a nested field, in a range',
    expression: 'http.took:[100 TO 200}',
    rival: 'jq -c "select(.http.took>=100 and .http.took<200)|1"',
    isSlow: true,
  },
  {
    title: 'a word and a field',
    expression: 'user-4711 status:>=500',
    rival: 'grep -F user-4711 | jq -c "select(.status>=500)|1"',
    isSlow: true,
  },
  { title: 'a level', expression: 'level:>=error', rival: 'jq -c "select(.level>=50)|1"', isSlow: true },
];

export interface ExpressionTime {
  readonly title: string;
  readonly expression: string;
  readonly rival: string;
  readonly matches: number;
  /** CPU ms. */
  readonly own: number;
  readonly others: number;
}

export async function measureExpressions(
  runs: number,
  say: (text: string) => void,
): Promise<ExpressionTime[]> {
  return [
    ...(await measure(OVER_TEXT, bytesOf(WORK, 0), runs, say)),
    ...(await measure(OVER_JSON, jsonLines(1_000_000), runs, say)),
  ];
}

async function measure(
  contests: readonly Contest[],
  bytes: Buffer,
  runs: number,
  say: (text: string) => void,
): Promise<ExpressionTime[]> {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-bench-'));
  const file = join(directory, 'lines');
  const shell = new TimedShell();
  try {
    writeFileSync(file, bytes);
    const sink = fullRing(bytes, WORK.linesEach);
    const results: ExpressionTime[] = [];
    for (const { title, expression, rival, isSlow } of contests) {
      const own: number[] = [];
      const others: number[] = [];
      // A collector that has run for a while has compiled what it runs.
      let matches = await count(sink, expression);
      for (let run = 0; run < runs; run++) {
        const before = process.cpuUsage();
        matches = await count(sink, expression);
        const { user, system } = process.cpuUsage(before);
        own.push((user + system) / 1000);
        if (run > 0 && isSlow) continue;
        const command = rival.includes('jq') ? `${rival} | wc -l` : rival;
        const [counted, ms] = await shell.run(`< '${file}' ${command}`);
        if (counted !== matches) throw new Error(`${rival} found ${counted}, ${expression} ${matches}`);
        others.push(ms);
      }
      const result = { title, expression, rival, matches, own: median(own), others: median(others) };
      say(
        `${expression}: ${result.own.toFixed(0)} ms, ${rival}: ${result.others.toFixed(0)} ms, ${(result.own / result.others).toFixed(2)} ×; ${matches} lines`,
      );
      results.push(result);
    }
    return results;
  } finally {
    shell.end();
    rmSync(directory, { recursive: true });
  }
}

async function count(sink: RingSink, text: string): Promise<number> {
  const tally = { lines: 0, bytes: 0, matched: 0 };
  const { condition: where } = parseExpression(text);
  for await (const _ of sink.scan({ where, countOnly: true }, tally))
    throw new Error('a count hands over lines');
  return tally.matched;
}

/** JSON as pino writes it, about 120 bytes a line. */
export function jsonLines(lines: number): Buffer {
  const parts: string[] = [];
  const blocks: Buffer[] = [];
  for (let index = 0; index < lines; index++) {
    const mixed = (index * 2_654_435_761) >>> 0;
    const level = [20, 30, 30, 30, 40, 50][mixed % 6];
    const status = [200, 200, 200, 204, 301, 404, 500, 503, 200, 200][mixed % 10];
    parts.push(
      `{"level":${level},"time":${1_764_100_000_000 + index},"user":"user-${mixed % 10_000}","http":{"path":"/api/${mixed % 97}","took":${mixed % 999}},"status":${status}}`,
    );
    if (parts.length === 10_000) blocks.push(Buffer.from(`${parts.splice(0).join('\n')}\n`, 'latin1'));
  }
  return Buffer.concat(blocks);
}

if (import.meta.main) {
  await measureExpressions(Number(process.argv[2] ?? 5), (text) => {
    console.log(text);
  });
}
