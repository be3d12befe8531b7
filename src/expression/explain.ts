/** Which parts of an expression decided whether it holds for a line, and what the line has where they look. */
import type { Buffer } from 'node:buffer';
import type { Batch } from '../core/batch.ts';
import { escapeText } from '../core/escape.ts';
import { compile } from './compile.ts';
import { type FieldValues, fieldValues } from './fields/field-values.ts';
import { LineFinder } from './line-finder.ts';
import type { Node } from './syntax.ts';

/**
 * A part of an expression that decided.
 *
 * @remarks Since 0.1.0
 */
export interface DecidingPart {
  /** As it was written. */
  readonly text: string;
  /** Where in the expression it begins, in UTF-16 units from 0 on. */
  readonly offset: number;
  /** Whether it holds for the line, by itself: behind NOT, that is the opposite of what the expression asks for. */
  readonly holds: boolean;
  /** What the line has instead, or so that it holds: `status is 404`. Absent where the part says it all. */
  readonly because?: string;
}

/**
 * Why an expression holds for a line, or does not.
 *
 * @remarks Since 0.1.0
 */
export interface ExpressionTrace {
  /** Whether the expression holds. */
  readonly matches: boolean;
  /**
   * The parts without which it would be otherwise, as far as the first that is enough: of `a AND b`, the first that does not
   * hold, or both; of `a OR b`, the first that holds, or both.
   */
  readonly parts: readonly DecidingPart[];
}

/** Explains what a node says of the only line of a batch. */
export function explain(node: Node, text: string, line: Batch): ExpressionTrace {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const stop = node.kind === 'or';
      const traces: ExpressionTrace[] = [];
      for (const part of node.parts) {
        const trace = explain(part, text, line);
        if (trace.matches === stop) return trace;
        traces.push(trace);
      }
      return { matches: !stop, parts: traces.flatMap(({ parts }) => parts) };
    }
    case 'not': {
      const { matches, parts } = explain(node.part, text, line);
      return { matches: !matches, parts };
    }
    default: {
      const matches = new LineFinder(compile(node)).mark(line, new Uint8Array(1)) === 1;
      const because = whatThereIs(node, line);
      const written = node.label ?? text.slice(node.from, node.to);
      const part = {
        text: written,
        offset: node.from,
        holds: matches,
        ...(because !== undefined && { because }),
      };
      return { matches, parts: [part] };
    }
  }
}

function whatThereIs(node: Node, line: Batch): string | undefined {
  if (node.kind === 'field') return describe(node.name.toString(), fieldValues(line, node.name));
  if (node.kind === 'level') return describe('level', fieldValues(line, undefined));
  if (node.kind === 'fact') {
    const value = line.origin[node.fact];
    return value === undefined ? `its ${node.fact} is not known` : `its ${node.fact} is ${escapeText(value)}`;
  }
  return node.kind === 'time' ? `it was received at ${new Date(line.receivedAt).toISOString()}` : undefined;
}

function describe(name: string, { values, more }: FieldValues): string {
  const shown = escapeText(name);
  if (values.length === 0) return `the line has no ${shown}`;
  return `${shown} is ${values.map((value: Buffer) => escapeText(value.toString())).join(', ')}${more ? ', …' : ''}`;
}
