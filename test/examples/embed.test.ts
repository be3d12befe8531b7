/** The example of a collector inside of a Node service. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import type { LedgerStatement } from '../../src/index.ts';
import { connectTo, eventually } from '../support/logcaster-process.ts';
import { copyExample } from './support.ts';

test('embed: lines over TCP are found over HTTP, and the ledger adds up', async () => {
  const cwd = await copyExample('embed');
  const service = spawn(process.execPath, ['server.ts'], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', LOG_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void service.kill('SIGKILL'));
  const output = createInterface({ input: service.stdout })[Symbol.asyncIterator]();
  const { http, logs } = JSON.parse((await output.next()).value as string) as {
    http: { port: number };
    logs: string;
  };
  const url = `http://127.0.0.1:${http.port}`;

  const socket = await connectTo(Number(logs.split(':').at(-1)));
  socket.end('one error\ntwo\nthree errors\n');
  await eventually(async () => {
    const ledger = (await (await fetch(`${url}/ledger`)).json()) as LedgerStatement;
    expect(ledger.sinks['ring']).toMatchObject({ stored: 3 });
    expect(ledger.unaccounted).toBe(0);
  });
  const found = await fetch(`${url}/search?keyword=error`);
  expect(found.headers.get('x-matches')).toBe('2');
  expect(await found.text()).toBe('one error\nthree errors\n');
  expect((await fetch(`${url}/search?keyword=nothing`)).headers.get('x-matches')).toBe('0');
  expect((await fetch(`${url}/other`)).status).toBe(404);

  service.kill('SIGTERM');
  expect(JSON.parse((await output.next()).value as string)).toEqual({ abandoned: 0 });
  expect(await once(service, 'exit')).toEqual([0, null]);
});
