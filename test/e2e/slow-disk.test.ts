/** A disk that stands still, through the file-system seam: memory stays bounded, TCP holds up the sender, nothing is lost. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../src/collector/start-collector.ts';
import { FaultyFileSystem } from '../support/faulty-file-system.ts';
import { linesIn } from '../support/log-files.ts';
import { connectTo, eventually, temporaryDirectory } from '../support/logcaster-process.ts';

const CREDIT = 2 ** 20;
const LINES = 8000;
const LINE = 'x'.repeat(9_990);

test('a disk that stands still holds up the sender, and gets every line when it goes on', async () => {
  const directory = join(temporaryDirectory(), 'logs');
  const fs = new FaultyFileSystem();
  const collector = await startCollector(
    {
      sources: { tcp: { type: 'tcp', port: 0, credit: CREDIT } },
      pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
      sinks: { ring: { type: 'ring' }, files: { type: 'file', directory, maxSize: '16MiB' } },
    },
    { fs },
  );
  onTestFinished(async () => {
    fs.disarm();
    await collector.stop();
  });
  fs.arm('slow', 1, { only: ({ name }) => name === 'file.writev', times: Number.POSITIVE_INFINITY });

  const client = await connectTo(Number(collector.addresses['tcp']!.split(':').at(-1)));
  // More than the kernel takes for a connection that nobody reads.
  const bytes = Buffer.from(Array.from({ length: LINES }, (_, index) => `${index} ${LINE}\n`).join(''));
  client.write(bytes);

  await eventually(() => {
    expect(fs.fired.length).toBeGreaterThan(0);
    expect(collector.ledger().sources['tcp']!['waiting']).toBe(1);
  });
  const before = collector.ledger().sources['tcp']!;
  expect(client.writableLength).toBeGreaterThan(0);
  expect(Number(before['creditTaken'])).toBeLessThanOrEqual(CREDIT);
  // However long it stands still, nothing more is read.
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  const { sources, sinks, unaccounted } = collector.ledger();
  expect(sources['tcp']).toMatchObject({ received: before.received, bytes: before.bytes });
  expect(before.bytes).toBeLessThanOrEqual(CREDIT);
  expect(sinks['files']!.stored).toBe(0);
  expect(unaccounted).toBe(0);
  expect(collector.clients()).toBe(1);

  fs.disarm();
  client.end();
  await eventually(() => expect(collector.ledger().sinks['files']!.stored).toBe(LINES));
  expect(collector.ledger()).toMatchObject({ unaccounted: 0, sources: { tcp: { dropped: {} } } });
  const stored = linesIn(directory);
  expect(stored).toHaveLength(LINES);
  expect(stored.every((line, index) => line === `${index} ${LINE}`)).toBe(true);
});
