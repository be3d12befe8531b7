/** LogCaster, with a ring of 64 MiB and 1,000,000 lines, files that rotate at 64 MiB, and the ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tuneMemory } from '../../../src/cli/tune-memory.ts';
import { runReceiver } from './receiver.ts';
import { ROTATE_AT } from './rotating-writer.ts';

// As the command does it: what is large is loaded afterwards.
tuneMemory();
const { startCollector } = await import('../../../src/index.ts');

await runReceiver(async (directory) => {
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
    sinks: {
      ring: { type: 'ring', maxLines: 1_000_000, maxBytes: '64MiB' },
      files: { type: 'file', directory, maxSize: ROTATE_AT },
    },
  });
  const stored = async (): Promise<void> => {
    // The senders have closed their connections; what is left is on its way.
    for (;;) {
      const { sinks, unaccounted } = collector.ledger();
      const waiting = Object.values(sinks).reduce((sum, sink) => sum + sink.inFlight, 0);
      if (collector.clients() === 0 && waiting === 0) {
        if (unaccounted !== 0) throw new Error(`${unaccounted} lines are unaccounted for`);
        return;
      }
      await sleep(2);
    }
  };
  return { port: Number(collector.addresses['tcp']!.split(':').at(-1)), stored };
});
