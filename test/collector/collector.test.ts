import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Collector, type CollectorSettings } from '../../src/collector/collector.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { ConfigError, startCollector } from '../../src/collector/start-collector.ts';
import { connectTo, eventually, freePort, readAll } from '../support/logcaster-process.ts';

async function settingsFor(extra: {
  readonly queryPort: number;
  readonly through?: readonly unknown[];
}): Promise<CollectorSettings> {
  const { settings, loaded } = await loadCollector({
    value: {
      sources: { tcp: { type: 'tcp', port: 0 } },
      pipelines: { main: { from: 'tcp', through: extra.through ?? [], to: 'ring' } },
      sinks: { ring: { type: 'ring' } },
      query: { port: extra.queryPort },
    },
  });
  expect(loaded.diagnostics).toEqual([]);
  return settings!;
}

async function startWith(settings: CollectorSettings): Promise<Collector> {
  const collector = await Collector.start(settings);
  onTestFinished(async () => void (await collector.stop()));
  return collector;
}

function portOf(address: string | undefined): number {
  return Number(address!.split(':').at(-1));
}

async function send(collector: Collector, text: string): Promise<void> {
  const client = await connectTo(portOf(collector.addresses['tcp']));
  client.end(text);
  await readAll(client);
}

async function askForEverything(port: number): Promise<string> {
  const client = await connectTo(port);
  client.end('QUERY keyword=\n');
  return (await readAll(client)).toString();
}

async function takenPort(): Promise<number> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return portOf(String((server.address() as { port: number }).port));
}

const NO_NOISE = [{ type: 'filter', not: { word: 'noise' } }];

describe('a change', () => {
  test('moves the query port', async () => {
    const collector = await startWith(await settingsFor({ queryPort: 0 }));
    const before = portOf(collector.addresses['query']);
    await send(collector, 'hello\n');
    const next = await freePort();
    await collector.change(await settingsFor({ queryPort: next }));
    expect(collector.addresses['query']).toBe(`127.0.0.1:${next}`);
    // What is in memory stays there.
    await eventually(async () => expect(await askForEverything(next)).toBe('FOUND: 1 matches\nhello\n'));
    await expect(connectTo(before)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('to a query port that is taken changes nothing', async () => {
    const queryPort = await freePort();
    const collector = await startWith(await settingsFor({ queryPort }));
    const bad = await settingsFor({ queryPort: await takenPort(), through: NO_NOISE });
    await expect(collector.change(bad)).rejects.toMatchObject({ code: 'LC_LISTEN_FAILED' });
    await send(collector, 'noise\n');
    await eventually(async () => {
      expect(await askForEverything(queryPort)).toBe('FOUND: 1 matches\nnoise\n');
    });
    // And the next one can succeed.
    await collector.change(await settingsFor({ queryPort, through: NO_NOISE }));
    await send(collector, 'noise\nsignal\n');
    await eventually(async () => {
      expect(await askForEverything(queryPort)).toBe('FOUND: 2 matches\nnoise\nsignal\n');
    });
    expect(collector.ledger().unaccounted).toBe(0);
  });
});

describe('a start', () => {
  test('opens nothing when a port is taken', async () => {
    const queryPort = await freePort();
    const { settings } = await loadCollector({
      value: {
        sources: { tcp: { type: 'tcp', port: await takenPort() } },
        pipelines: { main: { from: 'tcp', to: 'ring' } },
        sinks: { ring: { type: 'ring' } },
        query: { port: queryPort },
      },
    });
    await expect(Collector.start(settings!)).rejects.toMatchObject({ code: 'LC_LISTEN_FAILED' });
    await expect(connectTo(queryPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('with a configuration that is wrong says everything that is', async () => {
    const wrong = { sources: { tcp: { type: 'tcp', prot: 1 } }, sinks: { ring: { type: 'rign' } } };
    const started = startCollector(wrong as never);
    await expect(started).rejects.toThrow(/prot[\s\S]*rign/);
    await expect(started).rejects.toBeInstanceOf(ConfigError);
  });
});

test('what is embedded can be watched, searched, counted and stopped', async () => {
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: 'ring' } },
    sinks: { ring: { type: 'ring', maxLines: 2 } },
  });
  const seen: string[] = [];
  const watching = collector.batches$().subscribe((batch) => seen.push(...batch.texts()));
  await send(collector, 'one\ntwo\nthree\n');
  await eventually(() =>
    expect(collector.ledger().sinks['ring']).toMatchObject({ stored: 3, overwritten: 1 }),
  );
  watching.unsubscribe();
  expect(seen).toEqual(['one', 'two', 'three']);
  const { matches, pieces } = await collector.search({ keyword: 't' });
  expect({ matches, text: Buffer.concat(pieces.map(({ bytes }) => bytes)).toString() }).toEqual({
    matches: 2,
    text: 'two\nthree\n',
  });
  await eventually(() => expect(collector.clients()).toBe(0));
  await expect(collector.search({ keyword: 't' }, { sink: 'no-such' })).rejects.toThrow(
    'there is no sink "no-such" that can be searched',
  );
  expect(() => collector.batches$('no-such')).toThrow('there is no pipeline "no-such"');
  expect(await collector.stop()).toEqual({ abandoned: 0 });
  expect(await collector.stop()).toEqual({ abandoned: 0 });
  expect(collector.ledger().unaccounted).toBe(0);
});

test.each([undefined, null, 7, 'logcaster.yaml', [], () => {}])(
  'what is no configuration is refused as one: %s',
  async (given) => {
    await expect(startCollector(given as never)).rejects.toMatchObject({ code: 'LC_CONFIG_INVALID' });
  },
);
