import { describe, expect, test } from 'vitest';
import { planChange } from '../../../src/pipeline/change/change-plan.ts';
import { EMPTY_TOPOLOGY } from '../../../src/pipeline/topology.ts';
import { FakeSink } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { type OperatorSpec, type TopologySpec, topologyOf } from '../../support/topology.ts';

const source = (key = '', claims: string[] = []) => ({ create: new FakeSource().create, key, claims });
const sink = (key = '', claims: string[] = []) => ({ sink: new FakeSink(), key, claims });
const operator = (key: string): OperatorSpec => ({
  name: 'op',
  key,
  create: () => ({ transform: (batch) => batch }),
});

function namesOf(nodes: Iterable<string>): string {
  return [...nodes].join();
}

function plan(before: TopologySpec, next: TopologySpec) {
  const { sources, sinks, pipelines, exchangedSinks, held, ...names } = planChange(
    topologyOf(before),
    topologyOf(next),
  );
  return {
    early: namesOf([...sources.early.keys(), ...sinks.early.keys()]),
    late: namesOf([...sources.late.keys(), ...sinks.late.keys()]),
    pipelines: namesOf(pipelines.keys()),
    exchanged: namesOf(exchangedSinks),
    held: namesOf(held),
    gone: namesOf([...names.goneSources, ...names.goneSinks]),
    drained: namesOf(names.drainedPipelines),
  };
}

const nothing = { early: '', late: '', pipelines: '', exchanged: '', held: '', gone: '', drained: '' };

test('a start makes everything, and ends nothing', () => {
  const spec = {
    sources: { a: source() },
    pipelines: { p: { from: ['a'], to: ['k'] } },
    sinks: { k: sink() },
  };
  expect(plan({}, spec)).toEqual({ ...nothing, early: 'a,k', pipelines: 'p' });
  expect(planChange(EMPTY_TOPOLOGY, EMPTY_TOPOLOGY).drainedPipelines).toEqual([]);
});

describe('a change', () => {
  const base = {
    sources: { a: source('', ['port 1']), b: source() },
    pipelines: {
      behind: { from: ['p'], to: ['k'] },
      p: { from: ['a', 'b'], through: [operator('1')], to: ['k', 'l'] },
    },
    sinks: { k: sink('', ['directory k']), l: sink() },
  };

  test('to the same does nothing', () => {
    expect(plan(base, base)).toEqual(nothing);
  });

  test('of the wiring only makes and ends nothing', () => {
    const next = {
      ...base,
      pipelines: { ...base.pipelines, p: { ...base.pipelines.p, from: ['a'], to: ['l'] } },
    };
    expect(plan(base, next)).toEqual(nothing);
  });

  test('of operators holds back what feeds them', () => {
    const next = {
      ...base,
      pipelines: { ...base.pipelines, p: { ...base.pipelines.p, through: [operator('2')] } },
    };
    expect(plan(base, next)).toEqual({ ...nothing, pipelines: 'p', drained: 'p', held: 'a,b' });
  });

  test('of a sink that claims the same exchanges it, and holds back what leads to it', () => {
    const next = { ...base, sinks: { ...base.sinks, k: sink('2', ['directory k']) } };
    expect(plan(base, next)).toEqual({ ...nothing, late: 'k', gone: 'k', exchanged: 'k', held: 'behind,p' });
  });

  test('of a sink that claims something else lets both run for a while', () => {
    const next = { ...base, sinks: { ...base.sinks, k: sink('2', ['directory other']) } };
    expect(plan(base, next)).toEqual({ ...nothing, early: 'k', gone: 'k' });
  });

  test('that removes a sink with a claim that nobody wants lets it drain', () => {
    const next = {
      sources: base.sources,
      pipelines: { behind: { from: ['p'] }, p: { ...base.pipelines.p, to: ['l'] } },
      sinks: { l: base.sinks.l },
    };
    expect(plan(base, next)).toEqual({ ...nothing, gone: 'k' });
  });

  test('that removes pipelines drains them in the order of the flow', () => {
    const next = { sources: base.sources, sinks: base.sinks };
    expect(plan(base, next)).toEqual({ ...nothing, drained: 'p,behind', held: 'a,b' });
  });

  test('of a source that claims the same waits until the old one has ended', () => {
    const next = { ...base, sources: { ...base.sources, a: source('2', ['port 1']) } };
    expect(plan(base, next)).toEqual({ ...nothing, late: 'a', gone: 'a' });
  });
});
