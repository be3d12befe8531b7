/** An operator that blocks the event loop, with the machine's clock. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { Runtime } from '../../../src/pipeline/runtime.ts';
import { FakeSink } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { topologyOf } from '../../support/topology.ts';

test('costs time, and no line', async () => {
  const source = new FakeSource();
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
  let blocked = 0;
  const block = {
    create: () => ({
      transform: <T>(batch: T): T => {
        if (blocked === 0)
          for (const start = performance.now(); blocked < 500; ) blocked = performance.now() - start;
        return batch;
      },
    }),
  };
  const later = new FakeSink(() => new Promise((resolve) => void setTimeout(resolve, 1)));
  const busy = new FakeSink((_, attempt) => {
    if (attempt % 2 === 1) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
  });
  const runtime = new Runtime({ clock: systemClock, fs: systemFileSystem, log: silentLogger });
  await runtime.change(
    topologyOf({
      sources: { in: { create: source.create, credit: 20_000 } },
      pipelines: { main: { from: ['in'], through: [block], to: ['later', 'busy'] } },
      sinks: { later, busy: { sink: busy, retry: { initial: 1, max: 1 } } },
    }),
  );
  for (const line of lines) source.push(line);
  expect(blocked).toBeGreaterThanOrEqual(500);
  expect(await runtime.stop(20_000)).toBe(0);
  expect(later.stored).toEqual(lines);
  expect(busy.stored).toEqual(lines);
  expect(runtime.ledger.unaccounted).toBe(0);
});
