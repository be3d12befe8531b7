import { describe, expect, test } from 'vitest';
import type { InputOf, OperatorDefinition } from '../../../src/core/component.ts';
import { filter } from '../../../src/operators/filter.ts';
import { set } from '../../../src/operators/set.ts';
import { runTest } from '../../../src/pipeline/trial/run-test.ts';
import { testsSection } from '../../../src/pipeline/trial/tests-section.ts';
import { checkedOptions } from '../../support/definitions.ts';
import { type OperatorSpec, topologyOf } from '../../support/topology.ts';

type WrittenTest = InputOf<typeof testsSection>[number];

const nothing = () => {
  throw new Error('not made');
};

/** An operator as a configuration makes it. */
function operatorSpec(definition: OperatorDefinition, options: unknown): OperatorSpec {
  return {
    name: definition.type,
    create: (context) => definition.create(checkedOptions(definition, options), context),
  };
}

/** `main` keeps lines with an `a` and gives them a field; `behind` keeps those with a `b`. */
const topology = topologyOf({
  sources: { in: { create: nothing } },
  pipelines: {
    main: {
      from: ['in'],
      through: [
        operatorSpec(filter, { word: 'a' }),
        operatorSpec(set, { fields: { seen: '{time}', via: '{peer}' } }),
      ],
      to: ['first'],
    },
    behind: { from: ['main'], through: [operatorSpec(filter, { word: 'b' })], to: ['second'] },
  },
  sinks: { first: { sink: nothing }, second: { sink: nothing }, unreached: { sink: nothing } },
});

function run(written: Omit<WrittenTest, 'name'>) {
  return runTest(topology, testsSection.parse([{ name: 'test', ...written }])[0]!);
}

describe('passes', () => {
  test.each<[string, Omit<WrittenTest, 'name'>]>([
    ['lines', { input: ['a', 'ab', 'x'], expect: { sinks: { first: ['a', 'ab'], second: ['ab'] } } }],
    [
      'fields and a time that stands still',
      {
        receivedAt: '2026-01-31T12:00:00Z',
        input: [{ text: 'a', peer: 'me' }],
        expect: {
          sinks: { first: [{ text: 'a', fields: { seen: '2026-01-31T12:00:00.000Z', via: 'me' } }] },
        },
      },
    ],
    [
      'bytes',
      { input: [{ base64: 'Yf8=' }], expect: { sinks: { first: [{ base64: 'Yf8=' }], second: [] } } },
    ],
    ['accounts', { input: ['a', 'x', 'y'], expect: { filtered: { 'main.filter': 2, 'behind.filter': 1 } } }],
    [
      'a pipeline',
      {
        pipeline: 'behind',
        input: ['b', 'a'],
        expect: { sinks: { second: ['b'] }, filtered: { filter: 1 } },
      },
    ],
    ['nothing but that no line fails', { input: ['a'], expect: {} }],
  ])('%s', async (_, written) => {
    expect(await run(written)).toMatchObject({ passed: true, sinks: [], accounts: [] });
  });
});

describe('fails', () => {
  test('on a line that is missing, with what became of it', async () => {
    const { passed, sinks, fates } = await run({
      input: ['a', 'x'],
      expect: { sinks: { first: ['a', 'x'], second: ['a'] } },
    });
    expect(passed).toBe(false);
    expect(sinks.map(({ sink, rows }) => [sink, ...rows.map(({ kind }) => kind)])).toEqual([
      ['first', 'same', 'missing'],
      ['second', 'missing'],
    ]);
    expect(
      fates.map(({ line, event }) => `${String(line.content)} ${event.pipeline} ${event.operator}`),
    ).toEqual(['x main filter', 'a behind filter']);
  });

  test('on a line that was not expected, and on the order', async () => {
    const extra = await run({ input: ['a', 'aa'], expect: { sinks: { first: ['a'] } } });
    expect(extra.sinks[0]!.rows.map(({ kind }) => kind)).toEqual(['same', 'extra']);
    expect((await run({ input: ['a', 'aa'], expect: { sinks: { first: ['aa', 'a'] } } })).passed).toBe(false);
  });

  test('on accounts: other numbers, operators that are not named, or that there are not', async () => {
    const { accounts } = await run({
      input: ['a', 'x', 'y'],
      expect: { filtered: { 'main.filter': 1, fitler: 1 }, created: { set: 1 } },
    });
    expect(
      accounts.map(({ account, operator, expected, actual, exists }) => [
        account,
        operator,
        expected,
        actual,
        exists,
      ]),
    ).toEqual([
      ['filtered', 'fitler', 1, 0, false],
      ['filtered', 'main.filter', 1, 2, true],
      ['filtered', 'behind.filter', 0, 1, true],
      ['created', 'set', 1, 0, true],
    ]);
  });

  test('on a sink that its lines can never come to', async () => {
    const { passed, problem } = await run({ input: ['a'], expect: { sinks: { unreached: [] } } });
    expect({ passed, problem }).toEqual({
      passed: false,
      problem: 'lines of `main` never come to sink `unreached`',
    });
  });
});

describe('the section refuses', () => {
  test.each([
    [{ input: [], expect: {} }],
    [{ input: [1], expect: {} }],
    [{ input: [{ text: 'a', base64: 'YQ==' }], expect: {} }],
    [{ input: [{}], expect: {} }],
    [{ input: ['a'] }],
    [{ input: ['a'], expect: { sinks: { first: [{}] } } }],
    [{ input: ['a'], expect: { filtered: { filter: -1 } } }],
    [{ input: ['a'], expect: {}, receivedAt: 'today' }],
    [{ input: ['a'], expect: {}, more: 1 }],
  ])('%j', (written) => {
    expect(testsSection.safeParse([{ name: 'test', ...written }]).success).toBe(false);
  });
});
