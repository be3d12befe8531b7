/** The ports: 9999 for lines, 9998 for queries, or others. */
import { expect, test } from 'vitest';
import { loadFromFlags } from '../../src/cli/load-from-flags.ts';
import {
  connectTo,
  freePort,
  LogcasterProcess,
  readAll,
  temporaryDirectory,
} from '../support/logcaster-process.ts';

test('are 9999 and 9998 on this machine alone by default', async () => {
  const { settings } = await loadFromFlags({}, { cwd: temporaryDirectory() });
  const { sources } = settings!.topology;
  expect(sources.get('tcp')!.options).toMatchObject({ host: '127.0.0.1', port: 9999 });
  expect(settings!.query).toMatchObject({ host: '127.0.0.1', port: 9998 });
});

test('are those that -p and -q name', async () => {
  const [port, queryPort] = await Promise.all([freePort(), freePort()]);
  const collector = await LogcasterProcess.start(['-p', String(port), '-q', String(queryPort)]);
  await collector.send('on the port that was asked for\n');
  const query = await connectTo(queryPort);
  query.end('COUNT\n');
  expect((await readAll(query)).toString()).toBe('COUNT: 1\n');
  expect(collector).toMatchObject({ port, queryPort });
});

test('listen on the address that --host and --query-host name', async () => {
  const collector = await LogcasterProcess.start(['--host', '0.0.0.0', '--query-host', '127.0.0.1']);
  const { addresses } = await collector.entry('started');
  expect(addresses).toEqual({
    tcp: `0.0.0.0:${collector.port}`,
    query: `127.0.0.1:${collector.queryPort}`,
  });
  // What it suggests to try leads to this machine.
  expect((await collector.entry('try: ')).msg).toBe(`try: echo hello | nc -N 127.0.0.1 ${collector.port}`);
});
