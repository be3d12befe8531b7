/** An archive sink lets few lines wait for others: not when others wait behind them. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../../src/index.ts';
import { eventually, temporaryDirectory } from '../../support/logcaster-process.ts';

test('lines do not wait for others when many stand behind them already', async () => {
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0, host: '127.0.0.1' } },
    pipelines: { main: { from: 'tcp', to: 'archive' } },
    sinks: { archive: { type: 'archive', directory: temporaryDirectory(), flushInterval: '1h' } },
  });
  onTestFinished(async () => void (await collector.stop()));
  const socket = connect(Number(collector.addresses['tcp']!.split(':').at(-1)), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const figures = () => collector.ledger().sinks['archive']!;
  // The first frame is written at once; what comes then waits for an hour, as far as it knows.
  socket.write('first\n');
  await eventually(() => expect(figures().stored).toBe(1));
  socket.write('second\n');
  await eventually(() => expect(figures()).toMatchObject({ offered: 2, inFlight: 1 }));
  socket.write(`${'x'.repeat(99)}\n`.repeat(10_000));
  await eventually(() => expect(figures().stored).toBe(10_002));
});
