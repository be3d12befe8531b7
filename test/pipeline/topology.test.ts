import { describe, expect, test } from 'vitest';
import { checkNames, fedBy, inFlowOrder, upstreamOf } from '../../src/pipeline/topology.ts';
import { FakeSink } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { Running } from '../support/running.ts';
import { topologyOf } from '../support/topology.ts';

const { pipelines } = topologyOf({
  pipelines: {
    last: { from: ['middle', 'b'], to: ['out'] },
    middle: { from: ['first'] },
    first: { from: ['a'], to: ['log'] },
    alone: { from: ['b'], to: ['log'] },
  },
});

test('in the order of the flow each pipeline is behind those that it takes lines from', () => {
  expect(inFlowOrder(pipelines)).toEqual(['first', 'middle', 'last', 'alone']);
});

test('a source and a pipeline feed pipelines', () => {
  expect(fedBy(pipelines, 'b')).toEqual(['last', 'alone']);
  expect(fedBy(pipelines, 'middle')).toEqual(['last']);
  expect(fedBy(pipelines, 'last')).toEqual([]);
});

test('upstream of a sink is all whose lines reach it', () => {
  expect([...upstreamOf(pipelines, 'out')].toSorted()).toEqual(['a', 'b', 'first', 'last', 'middle']);
  expect([...upstreamOf(pipelines, 'log')].toSorted()).toEqual(['a', 'alone', 'b', 'first']);
  expect(upstreamOf(pipelines, 'nowhere').size).toBe(0);
});

describe('a topology in which a name leads nowhere, or in a circle,', () => {
  const sources = { in: new FakeSource() };
  const sinks = { out: new FakeSink() };
  test.each([
    [{ main: { from: ['nowhere'] } }, 'the pipeline main takes lines from nowhere, which there is not'],
    [{ main: { to: ['nowhere'] } }, 'the pipeline main leads to nowhere, which there is not'],
    [{ main: { from: ['out'] } }, 'the pipeline main takes lines from out, which there is not'],
    [{ main: { from: ['main'] } }, 'the pipeline main takes lines from itself, by way of main'],
    [{ one: { from: ['two'] }, two: { from: ['one', 'in'] } }, 'takes lines from itself, by way of'],
  ])('is refused before anything happens: %j', async (bad, message) => {
    expect(() => checkNames(topologyOf({ sources, pipelines: bad, sinks }))).toThrow(message);
    const running = new Running();
    await expect(running.change({ sources, pipelines: bad, sinks })).rejects.toThrow(message);
    expect(sources.in.events).toEqual([]);
  });

  test('and one in which all is well is not', () => {
    checkNames(topologyOf({ sources, sinks, pipelines: { main: { from: ['in'], to: ['out'] } } }));
    expect(() => checkNames(topologyOf({}))).not.toThrow();
  });
});
