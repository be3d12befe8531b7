/**
 * Searches in ring and files together while lines come, files rotate, are compressed and (in the second test) removed: each line
 * once, of each connection in order, and none missing that was there.
 */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../src/index.ts';
import { pump } from '../support/judged-lines.ts';
import { eventually, temporaryDirectory } from '../support/logcaster-process.ts';

type Retention = { readonly maxFiles: number } | undefined;

async function begin(retention: Retention) {
  const directory = temporaryDirectory();
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0, host: '127.0.0.1' } },
    pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
    sinks: {
      // So small that what is in it is overwritten many times during one search.
      ring: { type: 'ring', maxLines: 2000, refillFrom: 'files' },
      files: {
        type: 'file',
        directory,
        maxSize: '32KiB',
        compress: 'gzip',
        durability: 'none',
        ...(retention && { retention }),
      },
    },
  });
  onTestFinished(async () => void (await collector.stop()));
  const port = Number(/:(\d+)$/.exec(collector.addresses['tcp']!)![1]);
  const sending = new AbortController();
  const pumps = [0, 1].map((connection) => {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    return pump(socket, { run: 1, connection, signal: sending.signal, pause: 60 }).finally(() =>
      socket.end(),
    );
  });
  const stop = async () => {
    sending.abort();
    const sent = await Promise.all(pumps);
    const total = sent.reduce((sum, each) => sum + each, 0);
    await eventually(() => expect(collector.ledger().sinks['files']).toMatchObject({ stored: total }));
    return sent;
  };
  const rotations = () => Number(collector.ledger().sinks['files']!['rotations']);
  return { collector, stop, rotations };
}

type Collector = Awaited<ReturnType<typeof begin>>['collector'];

/** The numbers of the lines of each connection, as they were found. */
async function numbers(collector: Collector, order: 'oldest' | 'newest'): Promise<number[][]> {
  const found: number[][] = [[], []];
  for await (const { bytes, bounds } of collector.scan({
    from: 'all',
    order,
    limit: 10_000_000,
    timeout: 600_000,
  })) {
    for (let at = 0; at < bounds.length; at += 2) {
      const [, connection, seq] = bytes.toString('latin1', bounds[at], bounds[at + 1]).split(' ');
      found[Number(connection)]!.push(Number(seq));
    }
  }
  return order === 'newest' ? found.map((each) => each.toReversed()) : found;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('each line once, while files rotate and are compressed', async () => {
  const { collector, stop, rotations } = await begin(undefined);
  await eventually(() => expect(rotations()).toBeGreaterThan(3));
  const least = [0, 0];
  for (let round = 0; round < 6; round++) {
    const found = await numbers(collector, round % 2 === 0 ? 'oldest' : 'newest');
    for (const [connection, seqs] of found.entries()) {
      const odd = seqs.findIndex((seq, index) => seq !== index);
      expect(odd < 0 ? [] : seqs.slice(Math.max(0, odd - 3), odd + 3)).toEqual([]);
      // Nothing that was found is missing later.
      expect(seqs.length).toBeGreaterThanOrEqual(least[connection]!);
      least[connection] = seqs.length;
    }
  }
  const sent = await stop();
  for (const order of ['oldest', 'newest'] as const) {
    expect((await numbers(collector, order)).map(({ length }) => length)).toEqual(sent);
  }
  const compression = collector.ledger().sinks['files']!['compression'] as Record<string, number>;
  expect(compression['compressed']).toBeGreaterThan(3);
  expect(rotations()).toBeGreaterThan(8);
});

test('what is removed meanwhile is missing at the beginning, and nothing else', async () => {
  const { collector, stop, rotations } = await begin({ maxFiles: 3 });
  await eventually(() => expect(rotations()).toBeGreaterThan(6));
  for (let round = 0; round < 6; round++) {
    for (const seqs of await numbers(collector, round % 2 === 0 ? 'oldest' : 'newest')) {
      // Archives may go between two that are read: what was found of each is whole, in order and there once.
      expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
    }
  }
  const sent = await stop();
  const last = await numbers(collector, 'oldest');
  // The three archives that are left may be of one connection.
  expect(Math.max(...last.map((seqs, connection) => (seqs.at(-1) ?? -1) + 1 - sent[connection]!))).toBe(0);
  for (const seqs of last) expect(seqs).toEqual(upTo(seqs.length).map((index) => index + seqs[0]!));
});
