import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  defineOperator,
  defineSink,
  defineSource,
  type Operator,
  type OperatorDefinition,
} from '../../src/core/component.ts';
import { Runtime } from '../../src/pipeline/runtime.ts';
import { DEFAULT_CREDIT, DEFAULT_QUEUE, DEFAULT_RETRY, type Topology } from '../../src/pipeline/topology.ts';
import { componentContext } from '../support/definitions.ts';

const { log, clock, fs } = componentContext;
const none = z.strictObject({});

/** A source of one line, the operators, and a sink; everything says when it does something. */
function toTopology(operators: readonly Operator[], events: string[]): Topology {
  const source = defineSource({
    type: 'one-line',
    summary: 'Gives one line.',
    options: none,
    examples: [],
    create: () => ({
      start: () => void events.push('source starts'),
      async *lines() {
        yield 'line';
      },
    }),
  });
  const sink = defineSink({
    type: 'events',
    summary: 'Says what comes.',
    options: none,
    examples: [],
    create: () => ({
      start: () => void events.push('sink starts'),
      write: (batch) => void events.push(`sink gets ${batch.texts().join()}`),
    }),
  });
  const through = operators.map((operator, index) => {
    const definition: OperatorDefinition = defineOperator({
      type: 'given',
      summary: 'Is given.',
      options: none,
      examples: [],
      create: () => operator,
    });
    return { name: `given-${index}`, definition, options: {}, key: `${index}` };
  });
  return {
    sources: new Map([['in', { definition: source, options: {}, credit: DEFAULT_CREDIT, key: '' }]]),
    pipelines: new Map([['main', { from: ['in'], through, to: ['out'] }]]),
    sinks: new Map([
      ['out', { definition: sink, options: {}, queue: DEFAULT_QUEUE, retry: DEFAULT_RETRY, key: '' }],
    ]),
  };
}

test('operators are started before anything is opened, and before any line', async () => {
  const events: string[] = [];
  const operator: Operator = {
    async start() {
      events.push('operator starts');
      await new Promise((resolve) => setImmediate(resolve));
      events.push('operator has started');
    },
    transform(batch) {
      events.push('operator gets a line');
      return batch;
    },
  };
  const runtime = new Runtime({ log, clock, fs });
  await runtime.change(toTopology([operator], events));
  await runtime.sourcesEnded;
  await runtime.stop();
  expect(events).toEqual([
    'operator starts',
    'operator has started',
    'source starts',
    'sink starts',
    'operator gets a line',
    'sink gets line',
  ]);
});

test('an operator that cannot start stops the start: nothing is opened, all are disposed', async () => {
  const events: string[] = [];
  const disposable = (name: string, start?: () => Promise<void>): Operator => ({
    ...(start && { start }),
    transform: (batch) => batch,
    [Symbol.asyncDispose]: async () => void events.push(`${name} is disposed`),
  });
  const broken = disposable('broken', () => Promise.reject(new Error('no such module')));
  const runtime = new Runtime({ log, clock, fs });
  await expect(runtime.change(toTopology([disposable('good'), broken], events))).rejects.toThrow(
    'no such module',
  );
  expect(events.toSorted()).toEqual(['broken is disposed', 'good is disposed']);
  await runtime.stop();
});

test('one that cannot start at a reload leaves the old ones running', async () => {
  const events: string[] = [];
  const runtime = new Runtime({ log, clock, fs });
  const before = toTopology([{ transform: (batch) => batch }], events);
  await runtime.change(before);
  const broken: Operator = { start: () => Promise.reject(new Error('no')), transform: (batch) => batch };
  const after = toTopology([{ transform: (batch) => batch }, broken], events);
  await expect(runtime.change({ ...before, pipelines: after.pipelines })).rejects.toThrow('no');
  expect(runtime.topology).toBe(before);
  await runtime.stop();
  expect(events.filter((event) => event.endsWith('starts'))).toEqual(['source starts', 'sink starts']);
});
