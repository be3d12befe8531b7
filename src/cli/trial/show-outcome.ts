/** What came of a test of a configuration, for people: a diff of each sink, the accounts, and where missing lines went. */
import { didYouMean } from '../../config/suggest.ts';
import { escapeText } from '../../core/escape.ts';
import { contentOf, type DiffRow } from '../../pipeline/trial/compare-lines.ts';
import type { AccountDifference, SinkDifference, TestOutcome } from '../../pipeline/trial/run-test.ts';
import type { AccountName } from '../../pipeline/trial/tests-section.ts';
import { type CommandContext, paint, type Writer } from '../context.ts';
import { formatCount } from '../format-count.ts';
import type { Usable } from '../load-for-command.ts';
import { describeOperator } from './condition.ts';
import { showFields, showLine } from './show-line.ts';

/** So many lines around a difference are shown. */
const AROUND = 2;

/** Writes the outcome of a test; ends with a line feed. */
export function showOutcome(outcome: TestOutcome, usable: Usable, { out }: CommandContext): string {
  const name = escapeText(outcome.name);
  if (outcome.passed) return `${paint(out, 'green', '✓')} ${name}\n`;
  const lines = [`${paint(out, 'red', '✗')} ${paint(out, 'bold', name)}`];
  if (outcome.problem !== undefined) lines.push(`    ${escapeText(outcome.problem)}`);
  for (const difference of outcome.sinks) lines.push(...showSink(difference, out));
  for (const difference of outcome.accounts) lines.push(...showAccount(difference, outcome));
  const context = { topology: usable.topology, redacted: usable.loaded.redacted };
  for (const { line, event } of outcome.fates) {
    const operator = describeOperator(context, event);
    const how = event.counts.failed > 0 ? 'failed in' : 'stopped at';
    const why = event.errors[0] ?? (event.reasons.length > 0 ? event.reasons.join('; ') : undefined);
    const reason = why === undefined ? '' : `: ${escapeText(why)}`;
    lines.push(`    "${showLine(line.content)}" ${how} ${event.pipeline} › ${operator}${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function showSink({ sink, rows }: SinkDifference, out: Writer): string[] {
  const withFields = rows.some(
    (row) => row.kind === 'missing' && typeof row.expected !== 'string' && row.expected.fields !== undefined,
  );
  const missing = rows.filter(({ kind }) => kind === 'missing').length;
  const extra = rows.filter(({ kind }) => kind === 'extra').length;
  const counts = [
    ...(missing > 0 ? [`- ${formatCount(missing, 'line')} missing`] : []),
    ...(extra > 0 ? [`+ ${formatCount(extra, 'line')} not expected`] : []),
  ];
  const lines = [`    sink ${sink}: ${counts.join(', ')}`];
  let isCut = false;
  rows.forEach((row, index) => {
    const isNear = rows
      .slice(Math.max(0, index - AROUND), index + AROUND + 1)
      .some(({ kind }) => kind !== 'same');
    if (isNear) lines.push(`      ${showRow(row, withFields, out)}`);
    else if (!isCut) lines.push('        …');
    isCut = !isNear;
  });
  return lines;
}

function showRow(row: DiffRow, withFields: boolean, out: Writer): string {
  if (row.kind === 'missing') {
    const content = contentOf(row.expected);
    const fields = typeof row.expected === 'string' ? undefined : row.expected.fields;
    return paint(
      out,
      'red',
      `- ${withFieldsOf(content === undefined ? '(any line)' : showLine(content), fields)}`,
    );
  }
  const { bytes, fields } = row.actual;
  const text = withFieldsOf(showLine(bytes), withFields ? (fields ?? {}) : undefined);
  return row.kind === 'extra' ? paint(out, 'green', `+ ${text}`) : `  ${text}`;
}

function withFieldsOf(text: string, fields: Readonly<Record<string, unknown>> | undefined): string {
  if (!fields) return text;
  return `${text}  { ${showFields(fields) || 'no fields'} }`;
}

const WORDS: Readonly<Record<AccountName, string>> = {
  filtered: 'filtered by',
  failed: 'failed in',
  dropped: 'dropped by',
  merged: 'merged by',
  created: 'made by',
};

function showAccount(difference: AccountDifference, { operators }: TestOutcome): string[] {
  const { account, operator, expected, actual, errors, exists } = difference;
  const name = escapeText(operator);
  if (!exists) {
    const hint = didYouMean(operator, operators);
    return [
      `    ${account}: there is no operator \`${name}\` on the way${hint === undefined ? '' : `; ${hint}`}`,
    ];
  }
  const reasons = [...new Set(errors)].slice(0, 3).map((error) => `      ${escapeText(error)}`);
  return [
    `    ${WORDS[account]} ${name}: expected ${formatCount(expected, 'line')}, got ${actual}`,
    ...reasons,
  ];
}
