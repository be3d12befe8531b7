/**
 * What operators that look at lines one by one, and encodings, cost a line: `node test/bench/micro/transforms.ts`. CPU time
 * in ns per line of about 120 bytes.
 */
import type { Batch } from '../../../src/core/batch.ts';
import type { OperatorDefinition, StreamOperatorContext } from '../../../src/core/component.ts';
import { toEncoder } from '../../../src/core/encoding.ts';
import type { Line } from '../../../src/framing/lines.ts';
import { js } from '../../../src/operators/js.ts';
import { set } from '../../../src/operators/set.ts';
import { DEFAULT_TEMPLATE, SyntheticLines } from '../../../src/sources/generate/synthetic-lines.ts';
import { checkedOptions, componentContext } from '../../support/definitions.ts';
import { makeBatches, measure, row } from './log-batches.ts';

const context: StreamOperatorContext = {
  ...componentContext,
  filtered: () => {},
  dropped: () => {},
  failed: () => {},
  merged: () => {},
  created: () => {},
};

function toWork(definition: OperatorDefinition, options: unknown): (batch: Batch) => unknown {
  const operator = definition.create(checkedOptions(definition, options), context);
  if (!('transform' in operator)) throw new Error(`${definition.type} is a transform`);
  return (batch) => operator.transform(batch);
}

const lines = new SyntheticLines(DEFAULT_TEMPLATE, 1);
const works: Readonly<Record<string, (batch: Batch) => unknown>> = {
  'set, fixed values': toWork(set, { fields: { a: 1, b: 'two' } }),
  'set, {source} {peer}': toWork(set, { fields: { a: '{source} {peer}' } }),
  'set, {message}': toWork(set, { fields: { a: '{message}' } }),
  'js, () => true': toWork(js, { run: () => true }),
  'js, line.text.includes': toWork(js, { run: (line: Line) => line.text.includes('ERROR') }),
  'js, a new text': toWork(js, { run: (line: Line) => `> ${line.text}` }),
  'js, fields': toWork(js, { run: (line: Line) => ({ fields: { length: line.bytes.length } }) }),
  'encoding json': (batch) => toEncoder('json').encode(batch),
  'encoding template': (batch) => toEncoder({ template: '{time} {source} {message}' }).encode(batch),
  generate: (batch) => lines.next(batch.length, batch.receivedAt),
};

const batches = makeBatches(0.1);
for (const [name, work] of Object.entries(works)) console.log(row(name, measure(batches, work)));
