import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { type FileSystem, type OpenFile, systemFileSystem } from '../../../src/core/file-system.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { closed, collect, connectForTest, rounds, startTcp, until, write } from './harness.ts';

test('connections over the limit are refused and counted, and said once in a while', async () => {
  const clock = new ManualClock();
  const { source, context, port, connect } = await startTcp({ maxConnections: 2 }, { clock });
  const collected = collect(source);
  const [first, second] = [await connect(), await connect()];
  await until(() => source.clients!() === 2);

  const refuse = async (): Promise<void> => closed(await connectForTest({ port, host: '127.0.0.1' }));
  for (let turn = 0; turn < 3; turn++) await refuse();
  await until(() => context.notes.get('refusedConnections') === 3);
  expect(source.clients!()).toBe(2);
  const warnings = (): unknown[] =>
    context.logged.filter(({ level }) => level === 'warn').map(({ data }) => data['refused']);
  expect(warnings()).toEqual([1]);
  clock.advance(60_000);
  await refuse();
  await until(() => context.notes.get('refusedConnections') === 4);
  expect(warnings()).toEqual([1, 3]);

  // Those who were there are not disturbed, and a place that becomes free is given away.
  await write(first, 'still here\n');
  await until(() => collected.lines === 1);
  second.destroy();
  await until(() => source.clients!() === 1);
  const third = await connect();
  await write(third, 'came later\n');
  await until(() => collected.lines === 2);
  expect(source.inspect!()).toMatchObject({ clients: 2, connections: 3 });
});

test('by default refusals are counted before the system runs out of descriptors', async () => {
  const root = new URL('../../../', import.meta.url).href;
  const script = `
    const { tcp } = await import('${root}src/sources/socket/tcp.ts');
    const { TestSourceContext } = await import('${root}test/support/source-context.ts');
    const context = new TestSourceContext();
    const source = tcp.create(tcp.options.parse({ port: 0 }), context);
    await source.start();
    source.batches$.subscribe((batch) => batch.delivery.release());
    process.on('message', () => process.send({ clients: source.clients(), refused: context.notes.get('refusedConnections') }));
    process.send(source.address());`;
  const child = spawn(
    'sh',
    ['-c', 'ulimit -n 160; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const [address] = (await once(child, 'message')) as [string];
  const port = Number(address.split(':')[1]);
  const clients = await Promise.all(
    Array.from({ length: 200 }, () => connectForTest({ port, host: '127.0.0.1' })),
  );
  expect(clients.length).toBe(200);
  // 160 less 64.
  let answer: unknown;
  while (JSON.stringify(answer) !== JSON.stringify({ clients: 96, refused: 104 })) {
    child.send('?');
    [answer] = (await once(child, 'message')) as [unknown];
  }
});

test('a limit on open files that leaves next to no connections is said in the log', async () => {
  const limits = Buffer.from('Max open files            64                   64                   files\n');
  const fs: FileSystem = {
    ...systemFileSystem,
    open: (path, ...rest) =>
      path === '/proc/self/limits'
        ? Promise.resolve({
            read: (into: Uint8Array, _offset: number, _length: number, position: number) =>
              Promise.resolve({ bytesRead: position === 0 ? limits.copy(into) : 0 }),
            close: () => Promise.resolve(),
          } as unknown as OpenFile)
        : systemFileSystem.open(path, ...rest),
  };
  const { source, context } = await startTcp({}, { fs });
  expect(source.inspect!()['maxConnections']).toBe(1);
  expect(context.logged).toMatchObject([
    {
      level: 'warn',
      data: { maxConnections: 1, descriptorLimit: 64 },
      message: expect.stringMatching(/only 1 connection\(s\) at a time: 64 files may be open.*ulimit -n/),
    },
  ]);
});

test('a storm of connections that send nothing passes', async () => {
  const { source, connect } = await startTcp();
  const collected = collect(source);
  for (let wave = 0; wave < 5; wave++) {
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect()));
    for (const [index, client] of clients.entries()) {
      if (index % 2 === 0) client.destroy();
      else client.resetAndDestroy();
    }
  }
  const client = await connect();
  await write(client, 'alive\n');
  await until(() => collected.lines === 1 && source.clients!() === 1);
  expect(source.inspect!()['connections']).toBe(501);
});

test('an idle connection is ended after its time, one that sends or waits for credit is not', async () => {
  const clock = new ManualClock();
  const { source, context, connect } = await startTcp({ idleTimeout: '80s' }, { clock });
  const collected = collect(source);
  const [idle, lively, waiting] = [await connect(), await connect(), await connect()];
  await write(idle, 'begun');
  await until(() => source.clients!() === 3);
  await write(lively, 'first\n');
  await until(() => collected.lines === 1);
  await rounds();
  clock.advance(10_000);
  context.credit.close();
  await write(waiting, 'held back\n');
  await until(() => source.inspect!()['waiting'] === 1);

  for (let elapsed = 10_000; elapsed < 80_000; elapsed += 10_000) {
    // Half a line is a sign of life too, but it would wait as well while another one waits.
    context.credit.open();
    context.credit.close();
    clock.advance(10_000);
    await rounds();
    expect(source.clients!()).toBe(3);
  }
  context.credit.open();
  await until(() => collected.lines === 2);
  await write(lively, 'more\n');
  await until(() => collected.lines === 3);
  clock.advance(10_000);
  await closed(idle);
  await until(() => source.clients!() === 2);
  expect(context.notes.get('idleTimeouts')).toBe(1);
  expect([...context.discards]).toEqual([['fragment', { lines: 1, bytes: 5, intentional: false }]]);

  // The other two have their time from when they were read the last time.
  clock.advance(60_000);
  await rounds();
  expect(source.clients!()).toBe(2);
  clock.advance(30_000);
  await until(() => source.clients!() === 0);
  expect(context.notes.get('idleTimeouts')).toBe(3);
});

test('bytes that have arrived while the process was busy keep a connection from being idle', async () => {
  const clock = new ManualClock();
  const { source, connect } = await startTcp({ idleTimeout: '10s' }, { clock });
  const collected = collect(source);
  const client = await connect();
  await until(() => source.clients!() === 1);
  clock.advance(1250);
  await write(client, 'in time\n');
  // The write was taken by the kernel in this turn of the event loop; the source has not seen it when time jumps.
  clock.advance(20_000);
  await until(() => collected.lines === 1);
  await rounds();
  expect(source.clients!()).toBe(1);
});

test('without an idle timeout no timer runs', async () => {
  const clock = new ManualClock();
  const { source } = await startTcp({}, { clock });
  collect(source);
  expect(clock.timers).toBe(0);
});
