import { expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import type { HistoryLimits } from '../../src/core/component.ts';
import { FakeSink } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { Running } from '../support/running.ts';

/** A sink that has stored lines before, and one that takes them up. */
function pair() {
  const asked: HistoryLimits[] = [];
  const events: string[] = [];
  const files = new FakeSink(() => void events.push('files write'));
  files.onStart = () => void events.push('files start');
  files.history = async function* history(limits) {
    asked.push(limits);
    events.push('history');
    yield Batch.fromTexts(['old 1', 'old 2'], { origin: { source: 'files' }, receivedAt: 1 });
    yield Batch.fromTexts(['old 3'], { origin: { source: 'files' }, receivedAt: 2 });
  };
  const ring = new FakeSink(() => void events.push('ring write'));
  const taken: string[] = [];
  ring.refillFrom = 'files';
  ring.refill = async (history) => {
    for await (const batch of history({ maxLines: 10, maxBytes: 100 })) taken.push(...batch.texts());
    events.push('refilled');
  };
  return { files, ring, asked, taken, events };
}

test('a sink takes up the history of another one before any line flows', async () => {
  const { files, ring, asked, taken, events } = pair();
  const source = new FakeSource();
  source.push('new');
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['ring', 'files'] } },
    sinks: { ring, files },
  });
  expect(asked).toEqual([{ maxLines: 10, maxBytes: 100 }]);
  expect(taken).toEqual(['old 1', 'old 2', 'old 3']);
  expect(events).toEqual(['files start', 'history', 'refilled', 'ring write', 'files write']);
  // They were not received and not offered.
  expect(running.ledger.sinks['ring']).toMatchObject({ offered: 1, stored: 1 });
  running.expectBalance();
});

test.each(['nobody', 'mute'])(
  'where there is no history (%s) there is none to take up',
  async (refillFrom) => {
    const { ring, taken } = pair();
    ring.refillFrom = refillFrom;
    await Running.start({ sinks: { ring, mute: new FakeSink() } });
    expect(taken).toEqual([]);
  },
);

test('a history that cannot be read to its end is said, and collecting begins', async () => {
  const { files, ring, taken } = pair();
  files.history = brokenHistory;
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['ring'] } },
    sinks: { ring, files },
  });
  source.push('new');
  expect(taken).toEqual(['old 1']);
  expect(ring.stored).toEqual(['new']);
  expect(running.log.messages()).toEqual([
    'error: ring: could not take up all of the history of files: bad archive',
  ]);
});

test('a sink that has been running is not asked for its history', async () => {
  const { files, ring, asked } = pair();
  const running = await Running.start({ sinks: { files } });
  await running.change({ sinks: { files, ring } });
  expect(asked).toEqual([]);
});

async function* brokenHistory(): AsyncGenerator<Batch> {
  yield Batch.fromTexts(['old 1'], { origin: { source: 'files' }, receivedAt: 1 });
  throw new Error('bad archive');
}
