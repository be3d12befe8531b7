/** Acknowledgement: when a source is told that its lines are settled, and whether they are stored. */
import { expect, test } from 'vitest';
import { joinLines } from '../../../src/core/batch.ts';
import { RetryableError } from '../../../src/core/errors.ts';
import { FakeSink, failing, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { oneBehind } from '../../support/operators.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

test('is told once, when the last of all blocking sinks has stored them', async () => {
  const source = new FakeSource();
  const sinks = [new Manual(), new Manual(), new Manual()] as const;
  await Running.start({
    sources: { in: source },
    pipelines: {
      one: { from: ['in'], to: ['a', 'b'] },
      two: { from: ['one'], to: ['c'] },
    },
    sinks: {
      a: new FakeSink(sinks[0].conduct),
      b: new FakeSink(sinks[1].conduct),
      c: new FakeSink(sinks[2].conduct),
    },
  });
  source.push('x', 'y');
  for (const index of [2, 0, 1] as const) {
    await settle();
    expect(source.settled).toEqual([]);
    sinks[index].finish();
  }
  await settle();
  expect(source.settled).toEqual([{ lines: ['x', 'y'], stored: true }]);
});

test('batches are settled in whatever order sinks get them done', async () => {
  const [left, right] = [new FakeSource(), new FakeSource()];
  const manual = new Manual();
  const running = await Running.start({
    sources: { left, right },
    pipelines: { slow: { from: ['left'], to: ['slow'] }, fast: { from: ['right'], to: ['fast'] } },
    sinks: { slow: new FakeSink(manual.conduct), fast: new FakeSink() },
  });
  left.push('l');
  right.push('r');
  await settle();
  expect([left.settled.length, right.settled.length]).toEqual([0, 1]);
  manual.finish();
  await settle();
  expect(left.settled).toEqual([{ lines: ['l'], stored: true }]);
  running.expectBalance();
});

test('lines that one sink of several refused are not stored', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['good', 'bad'] } },
    sinks: { good: new FakeSink(), bad: new FakeSink(manual.conduct) },
  });
  source.push('a');
  source.push('b');
  manual.finish({ rejected: [{ index: 0, reason: 'odd' }] });
  await settle();
  manual.finish();
  await settle();
  expect(source.settled).toEqual([
    { lines: ['a'], stored: false },
    { lines: ['b'], stored: true },
  ]);
});

test('a sink that may drop lines does not vouch for them: it is not waited for', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['careful', 'careless'] } },
    sinks: {
      careful: new FakeSink(manual.conduct),
      careless: { sink: new FakeSink(hang), queue: { maxBytes: 1, whenFull: 'dropOldest' } },
    },
  });
  source.push('a');
  await settle();
  expect(source.settled).toEqual([]);
  manual.finish();
  await settle();
  expect(source.settled).toEqual([{ lines: ['a'], stored: true }]);
});

test('a write that is tried again is settled once, in the end', async () => {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: new FakeSink(failing(3, () => new RetryableError('busy', { retryAfter: 1000 }))) },
  });
  source.push('a');
  for (let turn = 0; turn < 3; turn++) {
    expect(source.settled).toEqual([]);
    await running.pass(1000);
  }
  expect(source.settled).toEqual([{ lines: ['a'], stored: true }]);
});

test('lines that are abandoned at the end are not stored', async () => {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: new FakeSink(hang) },
  });
  source.push('a');
  source.push('b');
  expect(await running.stop()).toBe(2);
  await settle();
  expect(source.settled).toEqual([
    { lines: ['a'], stored: false },
    { lines: ['b'], stored: false },
  ]);
  running.expectBalance();
});

test('a source that fails to acknowledge is said to, and nothing is the worse for it', async () => {
  const source = new FakeSource();
  const sink = new FakeSink();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: sink },
  });
  for (const text of ['a', 'b']) {
    source.emit(source.context.admit(joinLines([text]), { onSettled: fail })!);
    await settle();
  }
  expect(sink.stored).toEqual(['a', 'b']);
  expect(running.log.messages('error')).toEqual([
    'error: in: failed to acknowledge lines: no such message',
    'error: in: failed to acknowledge lines: no such message',
  ]);
  running.expectBalance();
});

test('a source that emits when it is told overtakes nothing', async () => {
  const source = new FakeSource();
  const [left, right] = [new FakeSink(), new FakeSink()];
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['left', 'right'] } },
    sinks: { left, right },
  });
  let next = 1;
  const emit = (): void => {
    const onSettled = (): void => {
      if (next <= 5) emit();
    };
    source.emit(source.context.admit(joinLines([`${next++}`]), { onSettled })!);
  };
  emit();
  await settle();
  expect(left.stored).toEqual(['1', '2', '3', '4', '5']);
  expect(right.stored).toEqual(left.stored);
  running.expectBalance();
});

test('a source that emits when it is told does not overtake what is on its way to two sinks', async () => {
  // The operator lets go of a batch when the next one comes, which then is on its way to the second sink.
  const source = new FakeSource();
  const [left, right] = [new FakeSink(), new FakeSink()];
  const running = await Running.start({
    sources: { in: source },
    pipelines: {
      late: { from: ['in'], through: [{ create: oneBehind }], to: ['left'] },
      plain: { from: ['in'], to: ['right'] },
    },
    sinks: { left, right },
  });
  let next = 1;
  const emit = (): void => {
    const onSettled = (): void => {
      if (next <= 9) emit();
    };
    source.emit(source.context.admit(joinLines([`${next++}`]), { onSettled })!);
  };
  emit();
  emit();
  await settle(10);
  expect(right.stored).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(left.stored).toEqual(right.stored.slice(0, -1));
  await running.stop();
  running.expectBalance();
});

function fail(): never {
  throw new Error('no such message');
}
