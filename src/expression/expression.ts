/**
 * Expressions: what lines are searched and filtered with. The language and its meaning: docs/search.md.
 */
import type { Batch } from '../core/batch.ts';
import { systemClock } from '../core/clock.ts';
import type { LineCondition } from '../core/line-condition.ts';
import { compile } from './compile.ts';
import { type ExpressionTrace, explain } from './explain.ts';
import { LineFinder } from './line-finder.ts';
import { DEFAULT_LIMITS, type ExpressionLimits, Parser } from './parse.ts';
import { boundsOf } from './time-bounds.ts';

/**
 * What an expression is read with.
 *
 * @remarks Since 0.1.0
 */
export interface ExpressionOptions extends Partial<ExpressionLimits> {
  /** What durations such as `since:5m` count back from, in ms since the epoch; `null` refuses them. @defaultValue now */
  readonly now?: number | null;
}

/**
 * An expression, read and ready: it never changes and can be used again and again.
 *
 * @remarks Since 0.1.0
 */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** Only lines received at this time or later can match, in ms since the epoch; absent: any time. */
  readonly since?: number;
  /** Only lines received before this time can match, in ms since the epoch; absent: any time. */
  readonly until?: number;
  /** What lines must meet. */
  readonly condition: LineCondition;
  /** Says which parts decide whether it holds for a line: the only one of a batch. For people, not for many lines. */
  explain(line: Batch): ExpressionTrace;
}

/**
 * Reads an expression.
 *
 * @remarks Since 0.1.0
 * @throws ExpressionError `LC_EXPRESSION_INVALID`, with the column, what was expected, and what to write instead
 * @example
 * ```ts
 * const expression = parseExpression('timeout AND -healthcheck');
 * const batch = Batch.fromTexts(['a timeout', 'fine'], { origin: { source: 'example' }, receivedAt: 0 });
 * expression.condition.mark(batch, new Uint8Array(batch.length)); // 1: so many lines match
 * ```
 */
export function parseExpression(text: string, options: ExpressionOptions = {}): Expression {
  const { now = systemClock.now(), ...given } = options;
  const limits = { ...DEFAULT_LIMITS, ...given };
  const node = new Parser(text, now ?? Number.NaN, limits).parse();
  return {
    text,
    ...boundsOf(node),
    condition: new LineFinder(compile(node), undefined, { text, now, limits }),
    explain: (line) => explain(node, text, line),
  };
}
