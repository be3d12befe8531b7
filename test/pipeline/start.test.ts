import { expect, test } from 'vitest';
import { FakeSink } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { Running } from '../support/running.ts';
import type { TopologySpec } from '../support/topology.ts';
import { settle } from '../support/turns.ts';

/** Two sources, two operators and two sinks that write down in one list what happens to them. */
function recorded() {
  const events: string[] = [];
  const source = (name: string): FakeSource => {
    const it = new FakeSource();
    it.events.push = (...items) => events.push(...items.map((item) => `${name} ${item}`));
    return it;
  };
  const sink = (name: string): FakeSink => {
    const it = new FakeSink();
    it.events.push = (...items) => events.push(...items.map((item) => `${name} ${item}`));
    return it;
  };
  const operator = (name: string) => ({
    name,
    create: () => ({
      transform: <T>(batch: T) => batch,
      start: () => void events.push(`${name} start`),
      [Symbol.asyncDispose]: async () => void events.push(`${name} dispose`),
    }),
  });
  const [in1, in2, out1, out2] = [source('in1'), source('in2'), sink('out1'), sink('out2')];
  const spec: TopologySpec = {
    sinks: { out1, out2 },
    pipelines: {
      main: { from: ['in1', 'in2'], through: [operator('op1'), operator('op2')], to: ['out1', 'out2'] },
    },
    sources: { in1, in2 },
  };
  return { events, in1, in2, out1, out2, spec };
}

test('operators load, sources claim, sinks open, and only then lines flow', async () => {
  const { events, spec, in1, out1, out2 } = recorded();
  in1.push('early');
  await Running.start(spec);
  expect(events).toEqual([
    'op1 start',
    'op2 start',
    'in1 create',
    'in1 start',
    'in2 create',
    'in2 start',
    'out1 start',
    'out2 start',
    'in1 subscribe',
    'out1 write',
    'out2 write',
    'in2 subscribe',
  ]);
  expect([out1.stored, out2.stored]).toEqual([['early'], ['early']]);
});

test('a port that is taken shows before a sink makes anything, and nothing runs', async () => {
  const { events, spec, in2 } = recorded();
  in2.onStart = () => Promise.reject(new Error('port taken'));
  const running = new Running();
  await expect(running.change(spec)).rejects.toThrow('port taken');
  expect(events.filter((event) => event.startsWith('out'))).toEqual([]);
  expect(events.filter((event) => event.endsWith('subscribe'))).toEqual([]);
  for (const name of ['in1', 'in2', 'op1', 'op2']) expect(events).toContain(`${name} dispose`);
  expect(running.runtime.addresses()).toEqual({});
  expect(running.runtime.topology.sources.size).toBe(0);
});

test('a sink that cannot open takes down all that was started', async () => {
  const { events, spec, in1, out2 } = recorded();
  out2.onStart = () => {
    throw new Error('directory in use');
  };
  const running = new Running();
  await expect(running.change(spec)).rejects.toThrow('directory in use');
  for (const name of ['op1', 'op2', 'in1', 'in2', 'out1', 'out2']) {
    expect(events.filter((event) => event === `${name} dispose`)).toHaveLength(1);
  }
  expect(events.filter((event) => event.endsWith('subscribe') || event.endsWith('write'))).toEqual([]);

  // What failed can be tried again.
  out2.onStart = () => {};
  await running.change(spec);
  in1.push('a');
  expect(out2.stored).toEqual(['a']);
});

/** The components that a list of events is about. */
function names(events: readonly string[]): Set<string> {
  return new Set(events.map((event) => event.split(' ')[0]!));
}

function refuse(): never {
  throw new Error('bad options');
}

test.each(['source', 'operator', 'sink'] as const)(
  'a %s that cannot even be made starts nothing',
  async (kind) => {
    const { events, spec } = recorded();
    const running = new Running();
    await expect(
      running.change({
        sources: { ...spec.sources, ...(kind === 'source' && { bad: { create: refuse } }) },
        pipelines: { ...spec.pipelines, bad: { through: kind === 'operator' ? [{ create: refuse }] : [] } },
        sinks: { ...spec.sinks, ...(kind === 'sink' && { bad: { sink: refuse } }) },
      }),
    ).rejects.toThrow('bad options');
    const started = events.filter((event) => event.endsWith(' start'));
    const disposed = events.filter((event) => event.endsWith(' dispose'));
    expect(names(disposed)).toEqual(names(started));
    expect(disposed).toHaveLength(started.length);
    expect(events.filter((event) => event.endsWith('subscribe'))).toEqual([]);
  },
);

test('a component that hangs or fails while it is disposed of does not keep the start from failing', async () => {
  const { events, spec, in1, in2, out1 } = recorded();
  in1.onDispose = () => new Promise(() => {});
  in2.onDispose = () => Promise.reject(new Error('cannot close'));
  out1.onStart = () => Promise.reject(new Error('directory in use'));
  const running = new Running();
  await expect(running.change(spec)).rejects.toThrow('directory in use');
  expect(events).toContain('op1 dispose');
  expect(running.log.messages()).toEqual(['error: could not be closed cleanly: cannot close']);
});

test('an empty topology runs, and stops', async () => {
  const running = await Running.start({});
  await running.runtime.sourcesEnded;
  expect(running.ledger).toEqual({ unaccounted: 0, sources: {}, pipelines: {}, sinks: {} });
  expect(await running.stop()).toBe(0);
});

test('addresses and sinks are known by name', async () => {
  const source = Object.assign(new FakeSource(), { address: () => '127.0.0.1:9999' });
  const sink = Object.assign(new FakeSink(), { address: () => './logs' });
  const { runtime } = await Running.start({
    sources: { in: source },
    sinks: { out: sink, mute: new FakeSink() },
  });
  await settle();
  expect(runtime.addresses()).toEqual({ in: '127.0.0.1:9999', out: './logs' });
  expect(runtime.sink('out')).toBe(sink);
  expect(runtime.sink('in')).toBeUndefined();
});
