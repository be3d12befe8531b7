/**
 * What became of a line, for people:
 *
 *     GET /cart 200
 *       pipeline main, from tcp
 *         ✓ no-health (filter not: { word: GET /health })
 *         ✓ set (fields: { service: checkout })
 *             + service="checkout"
 *         → sink ring
 */
import { escapeText } from '../../core/escape.ts';
import type { OperatorEvent, TrialEvent, TrialOutput } from '../../pipeline/trial/result.ts';
import { paint, type Writer } from '../context.ts';
import { formatCount } from '../format-count.ts';
import { showChanges, showLine } from './show-line.ts';

export interface TraceContext {
  readonly out: Writer;
  readonly source: string;
  /** An operator with its condition. */
  describe(event: OperatorEvent): string;
}

/** Writes what became of a line; ends with a line feed. */
export function showTrace(
  content: string | Uint8Array,
  trace: readonly TrialEvent[],
  context: TraceContext,
): string {
  const { out } = context;
  const lines = [paint(out, 'bold', showLine(content))];
  let isFirst = true;
  trace.forEach((event, index) => {
    if (event.kind === 'pipeline') {
      if (!isFirst && index > 0) lines.push(`    → pipeline ${event.pipeline}`);
      const from = isFirst ? paint(out, 'dim', `, from ${context.source}`) : '';
      lines.push(`  pipeline ${paint(out, 'bold', event.pipeline)}${from}`);
      isFirst = false;
    } else if (event.kind === 'sink') {
      const next = trace[index + 1];
      if (next?.kind === 'sink' && next.sink === event.sink) return;
      const count = trace.filter((each) => each.kind === 'sink' && each.sink === event.sink).length;
      const several = count > 1 ? `: ${formatCount(count, 'line')}` : '';
      lines.push(`    → sink ${paint(out, 'cyan', event.sink)}${several}`);
    } else lines.push(...showOperator(event, context));
  });
  if (!trace.some(({ kind }) => kind === 'sink')) lines.push(paint(out, 'yellow', '  It comes to no sink.'));
  return `${lines.join('\n')}\n`;
}

function showOperator(event: OperatorEvent, context: TraceContext): string[] {
  const { out } = context;
  const { inputs, outputs } = event;
  const mark = outputs.length > 0 ? paint(out, 'green', '✓') : paint(out, 'red', '✗');
  const head = `    ${event.held > 0 && outputs.length === 0 ? '…' : mark} ${context.describe(event)}`;
  const [input] = inputs;
  const [output] = outputs;
  const changes =
    inputs.length === 1 && outputs.length === 1
      ? changesOf(input!, output!)
      : outputs.length > 1
        ? outputs.flatMap((each) => [`= ${showLine(each.bytes)}`, ...showChanges(undefined, each.fields)])
        : [];
  const reasons = event.reasons.map((reason) => escapeText(reason));
  const details = [...changes, ...whatHappened(event), ...reasons];
  return [head, ...details.map((detail) => `        ${detail}`)];
}

function changesOf(before: TrialOutput, after: TrialOutput): string[] {
  const text = before.bytes.equals(after.bytes) ? [] : [`= ${showLine(after.bytes)}`];
  return [...text, ...showChanges(before.fields, after.fields), ...(after.late ? ['it came out later'] : [])];
}

/** What it let go of, or made. */
function whatHappened({ counts, held, errors, outputs }: OperatorEvent): string[] {
  const { filtered, failed, dropped, merged, created } = counts;
  return [
    ...(filtered > 0
      ? [
          outputs.length === 0
            ? 'let go here (counted as filtered)'
            : `${formatCount(filtered, 'line')} let go`,
        ]
      : []),
    ...(failed > 0 ? [`failed: ${escapeText(errors[0] ?? 'no reason is known')}`] : []),
    ...Object.keys(dropped).map((policy) => `dropped by the policy ${escapeText(policy)}`),
    ...(merged > 0 ? ['it became part of another line'] : []),
    ...(created > 0 ? [`${formatCount(created, 'line')} made beside it`] : []),
    ...(held > 0 && outputs.length === 0 ? ['held, and never given away'] : []),
  ];
}
