import { expect, test } from 'vitest';
import { FakeSink, hang, Manual } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { Running } from '../support/running.ts';
import { settle } from '../support/turns.ts';

const to = (...sinks: string[]) => ({ main: { from: ['in'], to: sinks } });

test('a batch holds credit until a blocking sink has stored it', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const running = await Running.start({
    sources: { in: source },
    pipelines: to('out'),
    sinks: { out: new FakeSink(manual.conduct) },
  });

  source.push('four');
  // Its bytes and line feed, its bounds, and what its objects take.
  running.expectBalance({ taken: 5 + 8 + 768 });
  expect(running.ledger.sinks['out']).toMatchObject({ inFlight: 1, stored: 0 });

  manual.finish();
  await settle();
  running.expectBalance();
  expect(running.ledger.sinks['out']).toMatchObject({ inFlight: 0, stored: 1, storedBytes: 5 });
});

test('a source whose credit is used up waits, and goes on when it comes back', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const running = await Running.start({
    sources: { in: { create: source.create, credit: 1600 } },
    pipelines: to('out'),
    sinks: { out: sink },
  });

  const lines = Array.from({ length: 6 }, (_, index) => `${index}`);
  for (const line of lines) source.push(line);
  expect(source.waiting).toBe(4);
  expect(running.runtime.ledger.source('in').received).toBe(2);

  for (let written = 1; written <= lines.length; written++) {
    manual.finish();
    await settle();
    expect(source.waiting).toBe(Math.max(0, 4 - written));
  }
  expect(sink.stored).toEqual(lines);
  running.expectBalance();
});

test('a batch that is larger than all credit passes alone', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const running = await Running.start({
    sources: { in: { create: source.create, credit: 1000 } },
    pipelines: to('out'),
    sinks: { out: sink },
  });

  source.push('x'.repeat(100_000));
  source.push('small');
  expect(source.waiting).toBe(1);
  running.expectBalance({ taken: 1000 });

  manual.finish();
  await settle();
  expect(source.waiting).toBe(0);
  manual.finish();
  await settle();
  expect(sink.stored.map(({ length }) => length)).toEqual([100_000, 5]);
  running.expectBalance();
});

test('small batches cost what their objects take: a stuck sink does not let a million of them in', async () => {
  const source = new FakeSource();
  await Running.start({
    sources: { in: { create: source.create, credit: 2 ** 20 } },
    pipelines: to('out'),
    sinks: { out: new FakeSink(hang) },
  });

  for (let index = 0; index < 5000; index++) source.push('');
  expect(5000 - source.waiting).toBe(Math.floor(2 ** 20 / (1 + 8 + 768)));
});

test('a full queue closes the gate for its sources, and half a queue opens it again', async () => {
  const [mine, other] = [new FakeSource(), new FakeSource()];
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const good = new FakeSink();
  const running = await Running.start({
    sources: { mine, other },
    pipelines: { slow: { from: ['mine'], to: ['slow'] }, fast: { from: ['other'], to: ['fast'] } },
    sinks: { slow: { sink, queue: { maxBytes: 100 } }, fast: good },
  });
  const { credit } = mine.context;
  const line = 'x'.repeat(39); // 40 with its line feed

  for (let index = 0; index < 4; index++) {
    expect(credit.closed).toBe(false);
    mine.push(line); // One is written, the others wait.
  }
  expect(running.ledger.sinks['slow']).toMatchObject({ queuedBytes: 120 });
  expect([credit.closed, credit.tryTake(1), other.context.credit.closed]).toEqual([true, false, false]);
  mine.push(line);
  expect(mine.waiting).toBe(1);

  other.push('passes');
  expect(good.stored).toEqual(['passes']);

  manual.finish(); // 80 wait
  await settle();
  expect([credit.closed, mine.waiting]).toEqual([true, 1]);
  manual.finish(); // 40 wait
  await settle();
  expect(credit.closed).toBe(false);
  expect(mine.waiting).toBe(0);

  for (let index = 0; index < 3; index++) {
    manual.finish();
    await settle();
  }
  expect(sink.stored.length).toBe(5);
  running.expectBalance();
});

test('two full sinks before one source both have to make room', async () => {
  const source = new FakeSource();
  const [left, right] = [new Manual(), new Manual()];
  const running = await Running.start({
    sources: { in: source },
    pipelines: to('left', 'right'),
    sinks: {
      left: { sink: new FakeSink(left.conduct), queue: { maxBytes: 1 } },
      right: { sink: new FakeSink(right.conduct), queue: { maxBytes: 1 } },
    },
  });
  const { credit } = source.context;

  source.push('a');
  source.push('b');
  expect(credit.closed).toBe(true);
  left.finish();
  await settle();
  expect(credit.closed).toBe(true);
  right.finish();
  await settle();
  expect(credit.closed).toBe(false);

  left.finish();
  right.finish();
  await settle();
  running.expectBalance();
});

test('the gate of a sink stands before sources that reach it through other pipelines, too', async () => {
  const source = new FakeSource();
  await Running.start({
    sources: { in: source },
    pipelines: {
      first: { from: ['in'] },
      second: { from: ['first'] },
      third: { from: ['second'], to: ['out'] },
    },
    sinks: { out: { sink: new FakeSink(hang), queue: { maxBytes: 1 } } },
  });
  source.push('a');
  source.push('b');
  expect(source.context.credit.closed).toBe(true);
});

test('a sink that takes several batches gets what waits, up to its size', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct).grouped(9);
  const running = await Running.start({
    sources: { in: source },
    pipelines: to('out'),
    sinks: { out: sink },
  });

  for (const line of ['a1', 'b2', 'c3', 'd4', 'e5', 'longer than a group']) source.push(line);
  for (let write = 0; write < 4; write++) {
    manual.finish();
    await settle();
  }
  expect(sink.writes).toEqual([['a1'], ['b2', 'c3', 'd4'], ['e5'], ['longer than a group']]);
  expect(sink.parallel).toBe(1);
  running.expectBalance();
});

test('no write begins before the one before has ended', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  await Running.start({ sources: { in: source }, pipelines: to('out'), sinks: { out: sink } });
  for (let index = 0; index < 20; index++) {
    source.push(`${index}`);
    if (index % 3 === 0) manual.finish();
    await settle(1);
  }
  expect(sink.parallel).toBe(1);
});

test('twenty thousand batches that wait for credit do not overflow the stack', async () => {
  const source = new FakeSource();
  const sink = new FakeSink();
  const running = await Running.start({
    sources: { in: { create: source.create, credit: 800 } },
    pipelines: to('gate', 'out'),
    sinks: { out: sink, gate: { sink: new FakeSink(), queue: { maxBytes: 1 } } },
  });
  source.context.credit.close();
  for (let index = 0; index < 20_000; index++) source.push('x');
  source.context.credit.open();
  await settle();
  expect(sink.stored.length).toBe(20_000);
  running.expectBalance();
});
