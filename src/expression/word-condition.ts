/** The simplest of conditions: lines that contain some bytes. */
import type { LineCondition } from '../core/line-condition.ts';
import { LineFinder } from './line-finder.ts';
import { Word } from './parts.ts';

/** Met by lines that contain these bytes, wherever they stand; at least one. */
export function wordCondition(bytes: Uint8Array): LineCondition {
  return new LineFinder(new Word(bytes));
}
