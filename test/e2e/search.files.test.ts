/**
 * Searches in ring and files together while lines come, files rotate, are compressed and (in the second test) removed: each line
 * once, of each connection in order, and none missing that was there. With a file sink, and with an archive sink, whose lines wait
 * longer than the ring has them.
 */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../src/index.ts';
import { pump } from '../support/judged-lines.ts';
import { eventually, temporaryDirectory } from '../support/logcaster-process.ts';

type Retention = { readonly maxFiles: number } | undefined;

const KINDS = {
  'file, compressed': { type: 'file', compress: 'gzip', maxSize: '32KiB' },
  'archive of zstd': { type: 'archive', maxSize: '6KiB' },
  'archive of gzip': { type: 'archive', compression: 'gzip', maxSize: '6KiB' },
} as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

async function begin(kind: Kind, retention: Retention) {
  const directory = temporaryDirectory();
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0, host: '127.0.0.1' } },
    pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
    sinks: {
      // So small that what is in it is overwritten many times during one search.
      ring: { type: 'ring', maxLines: 2000, refillFrom: 'files' },
      files: {
        ...KINDS[kind],
        directory,
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

test.each(kinds)('each line once, while files rotate and are compressed (%s)', async (kind) => {
  const { collector, stop, rotations } = await begin(kind, undefined);
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
  const { compression } = collector.ledger().sinks['files'] as { compression?: Record<string, number> };
  expect(compression?.['compressed'] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(3);
  expect(rotations()).toBeGreaterThan(8);
});

test.each(kinds)(
  'what is removed meanwhile is missing at the beginning, and nothing else (%s)',
  async (kind) => {
    const { collector, stop, rotations } = await begin(kind, { maxFiles: 3 });
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
  },
);

test('lines that wait in an archive sink for others are found in files, too: a search ends their wait', async () => {
  const directory = temporaryDirectory();
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port: 0, host: '127.0.0.1' } },
    pipelines: { main: { from: 'tcp', to: ['ring', 'archive'] } },
    sinks: {
      ring: { type: 'ring', maxLines: 3 },
      archive: { type: 'archive', directory, flushInterval: '1h' },
    },
  });
  onTestFinished(async () => void (await collector.stop()));
  const port = Number(/:(\d+)$/.exec(collector.addresses['tcp']!)![1]);
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const texts: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (let line = 0; line < 5; line++) {
      texts.push(`line ${texts.length}`);
      socket.write(`${texts.at(-1)}\n`);
    }
    await eventually(() => expect(collector.ledger().sinks['ring']).toMatchObject({ stored: texts.length }));
    // The first is written at once, those behind it wait.
    for (const from of round % 2 === 0 ? (['files', 'all'] as const) : (['all', 'files'] as const)) {
      const found: string[] = [];
      for await (const { bytes, bounds } of collector.scan({ from })) {
        for (let at = 0; at < bounds.length; at += 2)
          found.push(bytes.toString('latin1', bounds[at], bounds[at + 1]));
      }
      expect(found).toEqual(texts);
    }
  }
});
