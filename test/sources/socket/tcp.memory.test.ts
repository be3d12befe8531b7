/** What all connections together hold in memory: `maxBufferedBytes`. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { collect, connectForTest, rounds, startTcp, until, write } from './harness.ts';

const KIB = 1024;

type Started = Awaited<ReturnType<typeof startTcp>>;

function connectMany({ port }: Started, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => connectForTest({ port, host: '127.0.0.1' })));
}

const bufferedBy = ({ source }: Started): number => source.inspect!()['buffered'] as number;

test('the longest unfinished lines are cut when all of them together are too much', async () => {
  const running = await startTcp({ maxBufferedBytes: '2MiB', maxLineBytes: '64KiB' });
  const { source, context } = running;
  const collected = collect(source);
  const clients = await connectMany(running, 40);
  await write(clients[0]!, 'short ');
  await until(() => bufferedBy(running) > 0);
  // 40 lines of 60 KiB, and there is room for 16.
  for (const client of clients.slice(1)) {
    await write(client, 'x'.repeat(60 * KIB));
    await rounds(3);
    expect(bufferedBy(running)).toBeLessThanOrEqual(KIB * KIB);
  }
  await until(() => (context.notes.get('cutLines') ?? 0) >= 20);
  expect(context.logged.filter(({ level, data }) => level === 'warn' && 'cut' in data)).toHaveLength(1);

  // Cut is what was too long: its beginning is a line already, and the rest of it is let go.
  for (const client of clients) await write(client, 'end\n');
  await until(() => collected.lines === 40);
  await rounds();
  expect(collected.lines).toBe(40);
  const texts = collected.texts();
  expect(texts).toContain('short end');
  const cut = context.notes.get('cutLines')!;
  expect(texts.filter((text) => /^x+$/.test(text))).toHaveLength(cut);
  expect(texts.filter((text) => /^x+end$/.test(text))).toHaveLength(39 - cut);
  expect(context.notes.get('truncated')).toBe(cut);
  expect([...context.discards]).toEqual([]);
});

test.each([
  { oversize: 'split', lines: 7, bytes: 4 * (40 * KIB + 3) },
  { oversize: 'drop', lines: 1, bytes: 40 * KIB + 3 },
] as const)('what is cut is handled as oversize: $oversize', async ({ oversize, lines, bytes }) => {
  const running = await startTcp({ maxBufferedBytes: '128KiB', maxLineBytes: '64KiB', oversize });
  const { source, context } = running;
  const collected = collect(source);
  const clients = await connectMany(running, 4);
  for (const client of clients) await write(client, 'y'.repeat(40 * KIB));
  await until(() => context.notes.get('cutLines') === 3);
  for (const client of clients) await write(client, 'end\n');
  await until(() => collected.texts().join('').length === bytes);
  expect(collected.lines).toBe(lines);
  const dropped = (): number => context.discards.get('oversize')?.lines ?? 0;
  await until(() => dropped() + (context.notes.get('split') ?? 0) === 3);
});

test('one line of the greatest length fits, however small the limit', async () => {
  const running = await startTcp({ maxBufferedBytes: '128KiB', maxLineBytes: '4MiB' });
  const collected = collect(running.source);
  const [client] = await connectMany(running, 1);
  await write(client!, `${'z'.repeat(4096 * KIB)}\n`);
  await until(() => collected.lines === 1);
  expect(collected.batches[0]!.end(0)).toBe(4096 * KIB);
  expect(running.context.notes.get('cutLines')).toBeUndefined();
});

test('when what waits for credit is too much, nobody is read, and later everybody in turn', async () => {
  const CLIENTS = 100;
  const LINES = 40;
  // Room for eight chunks.
  const running = await startTcp({ maxBufferedBytes: '1MiB' }, { credit: 256 * KIB });
  const { source, context } = running;
  const collected = collect(source, { settle: false });
  const clients = await connectMany(running, CLIENTS);
  await until(() => source.clients!() === CLIENTS);
  const line = (client: number): Buffer => Buffer.from(`${String(client).padEnd(8 * KIB, '.')}\n`);
  const sent = clients.map((client, index) =>
    write(client, Buffer.concat(Array.from({ length: LINES }, () => line(index)))),
  );
  await until(() => context.notes.get('heldBack') === 1);
  await rounds(50);
  expect(bufferedBy(running)).toBeLessThanOrEqual(512 * KIB + 64 * KIB + CLIENTS * 16 * KIB);
  expect(source.inspect!()['waiting']).toBeGreaterThan(CLIENTS / 2);

  let most = 0;
  while (collected.lines < CLIENTS * LINES) {
    most = Math.max(most, bufferedBy(running));
    collected.settle();
    await rounds(2);
  }
  await Promise.all(sent);
  // What waits and a chunk, and unfinished lines.
  expect(most).toBeLessThanOrEqual(512 * KIB + 64 * KIB + 1024 * KIB);
  const byPeer = collected.textsByPeer();
  expect(byPeer.size).toBe(CLIENTS);
  for (const texts of byPeer.values()) expect(texts).toHaveLength(LINES);
  await until(() => source.inspect!()['waiting'] === 0);

  // And who had nothing to say is read as before.
  await write(clients[7]!, 'fresh\n');
  await until(() => collected.texts().at(-1) === 'fresh');
});

test('a stop while all are held back ends with everything that had arrived', async () => {
  const running = await startTcp({ maxBufferedBytes: '128KiB' }, { credit: 64 * KIB });
  const { source, context } = running;
  const collected = collect(source, { settle: false });
  const clients = await connectMany(running, 20);
  await until(() => source.clients!() === 20);
  for (const client of clients) await write(client, `${'a'.repeat(30 * KIB)}\n`);
  await until(() => (context.notes.get('heldBack') ?? 0) > 0);
  const stopped = source.stop!();
  for (const client of clients) client.end();
  await until(() => {
    collected.settle();
    return collected.completed;
  });
  await stopped;
  expect(collected.lines).toBe(20);
});
