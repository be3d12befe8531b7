/** Runs a test of a configuration and says how what came differs from what was expected. */
import { toFields } from '../../core/batch.ts';
import { type Topology, upstreamOf } from '../topology.ts';
import { contentOf, type DiffRow, diffLines } from './compare-lines.ts';
import { findEntry } from './entry.ts';
import type { OperatorEvent, OperatorTotals, TrialEvent, TrialLine, TrialResult } from './result.ts';
import { ACCOUNTS, type AccountName, type TestCase } from './tests-section.ts';
import { runTrial } from './trial.ts';

/** A sink whose lines are not those expected. */
export interface SinkDifference {
  readonly sink: string;
  readonly rows: readonly DiffRow[];
}

/** An account that is not as expected. */
export interface AccountDifference {
  readonly account: AccountName;
  /** As short as it is clear: `filter`, or `main.filter`. */
  readonly operator: string;
  readonly expected: number;
  readonly actual: number;
  /** What went wrong in it, if it failed. */
  readonly errors: readonly string[];
  /** Whether there is such an operator. */
  readonly exists: boolean;
}

/** Where a line that is missing went. */
export interface Fate {
  readonly line: TrialLine;
  /** The operator that let it go. */
  readonly event: OperatorEvent;
}

/** What came of a test. */
export interface TestOutcome {
  readonly name: string;
  readonly passed: boolean;
  /** Why it could not be run. */
  readonly problem?: string;
  readonly sinks: readonly SinkDifference[];
  readonly accounts: readonly AccountDifference[];
  /** Of the lines that went in and are missing at a sink. */
  readonly fates: readonly Fate[];
  /** The operators that lines came by, for suggestions. */
  readonly operators: readonly string[];
}

/**
 * Runs a test.
 *
 * @throws what an operator throws when it is made or started
 */
export async function runTest(topology: Topology, test: TestCase): Promise<TestOutcome> {
  const { name, expect } = test;
  const nothing = { name, sinks: [], accounts: [], fates: [], operators: [] };
  const entry = findEntry(topology, test);
  if (entry.problem !== undefined) {
    const choices = entry.choices.map((choice) => `\`${choice}\``).join(', ');
    return { ...nothing, passed: false, problem: `${entry.problem}: there is ${choices}` };
  }
  const lines = test.input.map(toLine);
  const result = await runTrial(
    { topology, pipelines: entry.pipelines, source: entry.source, receivedAt: Date.parse(test.receivedAt) },
    lines,
  );
  const [unfinished] = result.unfinished;
  if (unfinished !== undefined) {
    return { ...nothing, passed: false, problem: `${unfinished} did not give away what it holds in time` };
  }
  const unreached = Object.keys(expect.sinks).find((sink) => !result.sinks.has(sink));
  if (unreached !== undefined) {
    const from = entry.pipelines.map((pipeline) => `\`${pipeline}\``).join(', ');
    return { ...nothing, passed: false, problem: `lines of ${from} never come to sink \`${unreached}\`` };
  }
  const sinks = Object.entries(expect.sinks)
    .map(([sink, expected]) => ({ sink, rows: diffLines(expected, result.sinks.get(sink)!) }))
    .filter(({ rows }) => rows.some(({ kind }) => kind !== 'same'));
  const accounts = ACCOUNTS.flatMap((account) => compareAccount(account, expect[account], result.operators));
  return {
    name,
    passed: sinks.length === 0 && accounts.length === 0,
    sinks,
    accounts,
    fates: findFates(topology, lines, sinks, result),
    operators: result.operators.map((totals) => nameIn(totals, result.operators)),
  };
}

function toLine(line: TestCase['input'][number]): TrialLine {
  if (typeof line === 'string') return { content: line };
  const { text, base64, fields, peer } = line;
  const content = text ?? Buffer.from(base64!, 'base64');
  return { content, peer, fields: fields && toFields(Object.entries(fields)) };
}

function compareAccount(
  account: AccountName,
  expected: Readonly<Record<string, number>> | undefined,
  operators: readonly OperatorTotals[],
): AccountDifference[] {
  if (!expected) return [];
  const wanted = new Map<string, number>();
  const differences: AccountDifference[] = [];
  for (const [key, lines] of Object.entries(expected)) {
    const operator = operators.find((each) => nameIn(each, operators) === key || fullName(each) === key);
    if (operator) wanted.set(fullName(operator), lines);
    else differences.push({ account, operator: key, expected: lines, actual: 0, errors: [], exists: false });
  }
  for (const totals of operators) {
    const actual = linesIn(totals, account);
    const lines = wanted.get(fullName(totals)) ?? 0;
    if (actual === lines) continue;
    const errors = account === 'failed' ? totals.errors : [];
    const operator = nameIn(totals, operators);
    differences.push({ account, operator, expected: lines, actual, errors, exists: true });
  }
  return differences;
}

function linesIn(totals: OperatorTotals, account: AccountName): number {
  if (account !== 'dropped') return totals[account];
  return Object.values(totals.dropped).reduce((sum, lines) => sum + lines, 0);
}

function fullName({ pipeline, operator }: OperatorTotals): string {
  return `${pipeline}.${operator}`;
}

/** The name of an operator, with its pipeline's where others have the same. */
function nameIn(totals: OperatorTotals, all: readonly OperatorTotals[]): string {
  const isUnique = all.filter(({ operator }) => operator === totals.operator).length === 1;
  return isUnique ? totals.operator : fullName(totals);
}

/** Looks for lines that went in as they are missing at a sink, and stopped on the way to it. */
function findFates(
  topology: Topology,
  lines: readonly TrialLine[],
  sinks: readonly SinkDifference[],
  { traces }: TrialResult,
): Fate[] {
  const fates = new Map<OperatorEvent, Fate>();
  for (const { sink, rows } of sinks) {
    const missing = rows.flatMap((row) => (row.kind === 'missing' ? [contentOf(row.expected)] : []));
    const extra = rows.flatMap((row) => (row.kind === 'extra' ? [row.actual.bytes] : []));
    const way = upstreamOf(topology.pipelines, sink);
    lines.forEach((line, index) => {
      const content = Buffer.from(line.content);
      const isMissing = missing.some((each) => each?.equals(content));
      if (!isMissing || extra.some((each) => each.equals(content))) return;
      const event = lastStop(traces[index]!, way);
      if (event) fates.set(event, { line, event });
    });
  }
  return [...fates.values()];
}

/** The operator on the way that a line did not come out of. */
function lastStop(trace: readonly TrialEvent[], way: ReadonlySet<string>): OperatorEvent | undefined {
  return trace.findLast(
    (event): event is OperatorEvent =>
      event.kind === 'operator' && way.has(event.pipeline) && event.outputs.length === 0,
  );
}
