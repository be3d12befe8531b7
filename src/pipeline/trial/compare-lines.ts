/** Compares the lines that a test expects with those that a sink got, as a diff does. */
import { isDeepStrictEqual } from 'node:util';
import { type Fields, toFields } from '../../core/batch.ts';
import type { TrialOutput } from './result.ts';
import type { ExpectedLine } from './tests-section.ts';

/** A line that is expected, that is there, or both. */
export type DiffRow =
  | { readonly kind: 'same'; readonly actual: TrialOutput }
  | { readonly kind: 'missing'; readonly expected: ExpectedLine }
  | { readonly kind: 'extra'; readonly actual: TrialOutput };

/** Above this many comparisons lines are compared place by place. */
const MOST_CELLS = 4_000_000;

/** The rows of the shortest diff. */
export function diffLines(expected: readonly ExpectedLine[], actual: readonly TrialOutput[]): DiffRow[] {
  let start = 0;
  while (start < expected.length && start < actual.length && matches(expected[start]!, actual[start]!))
    start++;
  const wanted = expected.slice(start);
  const got = actual.slice(start);
  const common = wanted.length * got.length > MOST_CELLS ? [] : longestCommon(wanted, got);
  const rows: DiffRow[] = actual.slice(0, start).map((line) => ({ kind: 'same', actual: line }));
  let i = 0;
  let j = 0;
  for (const [nextI, nextJ] of [...common, [wanted.length, got.length] as const]) {
    while (i < nextI) rows.push({ kind: 'missing', expected: wanted[i++]! });
    while (j < nextJ) rows.push({ kind: 'extra', actual: got[j++]! });
    if (i < wanted.length && j < got.length) rows.push({ kind: 'same', actual: got[j]! });
    i++;
    j++;
  }
  return rows;
}

/** Whether a line is as expected. */
export function matches(expected: ExpectedLine, { bytes, fields }: TrialOutput): boolean {
  const content = contentOf(expected);
  if (content !== undefined && !content.equals(bytes)) return false;
  if (typeof expected === 'string' || expected.fields === undefined) return true;
  return isDeepStrictEqual(toComparable(fields ?? toFields([])), toComparable(expected.fields));
}

/** The bytes of an expected line, if it says anything of them. */
export function contentOf(expected: ExpectedLine): Buffer | undefined {
  if (typeof expected === 'string') return Buffer.from(expected);
  if (expected.text !== undefined) return Buffer.from(expected.text);
  return expected.base64 === undefined ? undefined : Buffer.from(expected.base64, 'base64');
}

/** JSON that was read has other prototypes than fields have. */
function toComparable(fields: Fields | Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(fields));
}

/** The pairs of indexes of a longest common part. */
function longestCommon(wanted: readonly ExpectedLine[], got: readonly TrialOutput[]): [number, number][] {
  const width = got.length + 1;
  const lengths = new Uint32Array((wanted.length + 1) * width);
  for (let i = wanted.length - 1; i >= 0; i--) {
    for (let j = got.length - 1; j >= 0; j--) {
      lengths[i * width + j] = matches(wanted[i]!, got[j]!)
        ? lengths[(i + 1) * width + j + 1]! + 1
        : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < wanted.length && j < got.length; ) {
    if (matches(wanted[i]!, got[j]!)) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
