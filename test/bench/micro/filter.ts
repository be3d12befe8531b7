/**
 * What `filter` costs a line: `node test/bench/micro/filter.ts`. CPU time in ns per line of about 120 bytes, for different
 * parts of lines that hold the word. A word is to stay under 40 ns: the rest of a pipeline takes 150 to 200.
 */

import type { Batch } from '../../../src/core/batch.ts';
import type { StreamOperatorContext } from '../../../src/core/component.ts';
import { filter } from '../../../src/operators/filter.ts';
import { checkedOptions, componentContext } from '../../support/definitions.ts';
import { makeBatches, measure, row, WORD } from './log-batches.ts';

const RATES = [0, 0.01, 0.1, 0.5, 1];

const context: StreamOperatorContext = {
  ...componentContext,
  filtered: () => {},
  dropped: () => {},
  failed: () => {},
  merged: () => {},
  created: () => {},
};

function toWork(options: unknown): (batch: Batch) => unknown {
  const operator = filter.create(checkedOptions(filter, options) as never, context);
  if (!('transform' in operator)) throw new Error('filter is a transform');
  return (batch) => operator.transform(batch);
}

/** What one would write without thinking: a search and a decision line by line. */
const word = Buffer.from(WORD);
const byLine = (batch: Batch): unknown => batch.select((index) => batch.line(index).includes(word));
const v8 = /ERROR|FATAL/;
const v8ByLine = (batch: Batch): unknown => batch.select((index) => v8.test(batch.text(index)));

const works: readonly (readonly [string, (batch: Batch) => unknown])[] = [
  ['word', toWork({ word: WORD })],
  ['not: word', toWork({ not: { word: WORD } })],
  ['(a search a line)', byLine],
  ['regex ERROR|FATAL', toWork({ regex: 'ERROR|FATAL' })],
  ['(V8 a line) ERROR|FATAL', v8ByLine],
  ['regex error|fatal, i', toWork({ regex: 'error|fatal', flags: 'i' })],
  ['regex status=5\\d\\d', toWork({ regex: 'status=5\\d\\d' })],
  ['regex host-1[0-5] app\\[\\d+\\] (re2js)', toWork({ regex: 'host-1[0-5] app\\[\\d+\\]' })],
  ['regex timeout.*closed (re2js)', toWork({ regex: 'timeout.*closed' })],
  ['regex ^\\S+ (ERROR|WARN) (re2js)', toWork({ regex: '^\\S+ (ERROR|WARN) ' })],
];

console.log('ns per line'.padEnd(44) + RATES.map((rate) => `${rate * 100} %`.padStart(8)).join(''));
const batches = RATES.map(makeBatches);
for (const [name, work] of works) console.log(row(name, ...batches.map((each) => measure(each, work))));
