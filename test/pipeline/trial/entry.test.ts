import { describe, expect, test } from 'vitest';
import { type EntryRequest, findEntry } from '../../../src/pipeline/trial/entry.ts';
import { type PipelineSpec, topologyOf } from '../../support/topology.ts';

const nothing = () => {
  throw new Error('not made');
};

function entryOf(pipelines: Record<string, PipelineSpec>, request: EntryRequest = {}, sources = ['a', 'b']) {
  const topology = topologyOf({
    sources: Object.fromEntries(sources.map((name) => [name, { create: nothing }])),
    pipelines,
  });
  return findEntry(topology, request);
}

const chain = { main: { from: ['a', 'b'] }, behind: { from: ['main'] } };
const apart = { left: { from: ['a'] }, right: { from: ['b'] }, both: { from: ['a', 'b'] } };

describe('the way in', () => {
  test('is the only pipeline that sources feed', () => {
    expect(entryOf(chain)).toEqual({ pipelines: ['main'], source: 'a' });
  });

  test('is what the only source feeds', () => {
    expect(entryOf({ left: { from: ['a'] }, right: { from: ['a'] } }, {}, ['a'])).toEqual({
      pipelines: ['left', 'right'],
      source: 'a',
    });
  });

  test('is the pipeline that is named, from the nearest source', () => {
    expect(entryOf(chain, { pipeline: 'behind' })).toEqual({ pipelines: ['behind'], source: 'a' });
    expect(entryOf(apart, { pipeline: 'right' })).toEqual({ pipelines: ['right'], source: 'b' });
    expect(entryOf(chain, { pipeline: 'behind', source: 'b' })).toEqual({
      pipelines: ['behind'],
      source: 'b',
    });
  });

  test('is all that the source that is named feeds', () => {
    expect(entryOf(apart, { source: 'a' })).toEqual({ pipelines: ['left', 'both'], source: 'a' });
  });
});

describe('there is none', () => {
  test('where it is not clear', () => {
    expect(entryOf(apart)).toMatchObject({ problem: expect.any(String), choices: ['left', 'right', 'both'] });
  });

  test('for names that there are not', () => {
    expect(entryOf(chain, { pipeline: 'x' })).toMatchObject({ wrong: 'x', choices: ['main', 'behind'] });
    expect(entryOf(chain, { source: 'x' })).toMatchObject({ wrong: 'x', choices: ['a', 'b'] });
  });

  test('from a source to a pipeline that its lines do not come to', () => {
    expect(entryOf(apart, { pipeline: 'left', source: 'b' })).toMatchObject({
      problem: 'the lines of source `b` do not come to pipeline `left`',
      choices: ['a'],
    });
  });
});
