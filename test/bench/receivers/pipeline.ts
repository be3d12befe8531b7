/** LogCaster with sinks in memory and one of several pipelines, named by the first argument. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countDecodedLines } from '../../../src/core/batch.ts';
import { type Config, startCollector } from '../../../src/index.ts';
import { runReceiver } from './receiver.ts';

const ring = { type: 'ring', maxLines: 1_000_000, maxBytes: '64MiB' } as const;
const source = { tcp: { type: 'tcp', port: 0 } } as const;

const configs = {
  plain: { sources: source, pipelines: { main: { from: 'tcp', to: 'a' } }, sinks: { a: ring } },
  'second-sink': {
    sources: source,
    pipelines: { main: { from: 'tcp', to: ['a', 'b'] } },
    sinks: { a: ring, b: ring },
  },
  filter: {
    sources: source,
    pipelines: { main: { from: 'tcp', through: [{ type: 'filter', word: 'payment' }], to: 'a' } },
    sinks: { a: ring },
  },
  js: {
    sources: source,
    pipelines: {
      main: {
        from: 'tcp',
        through: [{ type: 'js', run: (line: { readonly text: string }) => line.text.length > 0 }],
        to: 'a',
      },
    },
    sinks: { a: ring },
  },
  fan: {
    sources: source,
    pipelines: { first: { from: 'tcp', to: ['a', 'b'] }, second: { from: 'tcp', to: 'c' } },
    sinks: { a: ring, b: ring, c: ring },
  },
} as const satisfies Record<string, Config>;

await runReceiver(async () => {
  const name = process.argv[2] as keyof typeof configs;
  const collector = await startCollector(configs[name]);
  const stored = async (): Promise<void> => {
    while (collector.clients() > 0) await sleep(2);
    if (collector.ledger().unaccounted !== 0) throw new Error('the ledger does not add up');
    if (name !== 'js' && countDecodedLines() > 0) throw new Error('lines were decoded that nobody asked for');
  };
  return { port: Number(collector.addresses['tcp']!.split(':').at(-1)), stored };
});
