/** Each ill of a machine is found, by its configuration; none is invented. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { examine } from '../../../src/cli/doctor/examine.ts';
import type { Machine } from '../../../src/cli/doctor/machine.ts';
import { loadCollector } from '../../../src/collector/load-settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { folder } from '../run-cli.ts';
import { GIB, machineWith } from './ill-machine.ts';

const MIB = 2 ** 20;

const CONFIG = {
  sources: { tcp: { type: 'tcp', port: 9999 } },
  pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
  sinks: {
    ring: { type: 'ring' },
    files: { type: 'file', directory: './logs', maxSize: '10MiB', retention: { maxTotalSize: '1GiB' } },
  },
  query: { port: 9998 },
};

/** What is found, without hints. */
async function look(machine: Machine, value: object = CONFIG, cwd?: string) {
  const place = cwd ?? (await folder());
  const { settings, loaded } = await loadCollector({ value, cwd: place, env: {} });
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { findings } = await examine({ settings: settings!, cwd: place, neededNode: '>=22.18' }, machine);
  for (const { hint } of findings) expect(hint).toMatch(/^[A-Z].*\.$/);
  return findings.map(({ code, severity, subject, message }) => ({ code, severity, subject, message }));
}

const withSource = (options: object) => ({
  ...CONFIG,
  sources: { tcp: { ...CONFIG.sources.tcp, ...options } },
});

const withSocket = (path: string) => ({ ...CONFIG, sources: { tcp: { type: 'unix', path } } });

const withRoom = (free: number, freeFiles?: number) =>
  machineWith({ diskRoom: () => Promise.resolve({ free, total: 100 * GIB, freeFiles }) });

test('a healthy machine', async () => {
  expect(await look(machineWith())).toEqual([]);
});

test.each([
  ['22.17.1', 1],
  ['22.18.0', 0],
  ['22.20.0', 0],
  ['21.99.0', 1],
  ['24.0.0', 0],
])('Node %s', async (nodeVersion, count) => {
  expect((await look(machineWith({ nodeVersion }))).map(({ code }) => code)).toEqual(
    Array.from({ length: count }, () => 'node-version'),
  );
});

test.each([0, Date.UTC(1970, 0, 2), Date.UTC(2024, 0, 1), Date.UTC(2126, 0, 1), Number.NaN])(
  'a clock that says %d',
  async (now) => {
    const clock = Object.assign(new ManualClock(), { now: () => now });
    expect(await look(machineWith({ clock }))).toMatchObject([{ code: 'clock-wrong', severity: 'error' }]);
  },
);

test('a monotonic clock that goes back', async () => {
  let reading = 0;
  const monotonic = () => (++reading === 500 ? 100 : reading);
  const clock = Object.assign(new ManualClock(Date.UTC(2026, 5, 1)), { monotonic });
  expect(await look(machineWith({ clock }))).toMatchObject([
    { code: 'clock-backwards', message: 'the monotonic clock went back by 399 ms' },
  ]);
});

test('more connections than descriptors', async () => {
  const machine = machineWith({ descriptorLimit: () => Promise.resolve(1024) });
  expect(await look(machine)).toEqual([]);
  expect(await look(machine, withSource({ maxConnections: 900 }))).toEqual([]);
  expect(await look(machine, withSource({ maxConnections: 1000 }))).toMatchObject([
    {
      code: 'descriptors',
      severity: 'warning',
      message: '1024 files may be open, and 1064 connections are allowed, with 38 files beside them',
    },
  ]);
});

test('connections that share what the limit on open files leaves', async () => {
  const two = { ...CONFIG, sources: { ...CONFIG.sources, tcp2: { type: 'tcp', port: 9997 } } };
  const both = { ...two, pipelines: { main: { from: ['tcp', 'tcp2'], to: ['ring', 'files'] } } };
  expect(await look(machineWith({ descriptorLimit: () => Promise.resolve(1024) }), both)).toEqual([]);
});

test('a limit on open files that leaves next to no connections', async () => {
  const machine = machineWith({ descriptorLimit: () => Promise.resolve(65) });
  expect(await look(machine)).toMatchObject([
    {
      code: 'few-connections',
      severity: 'warning',
      message: '65 files may be open, which leaves 1 connection to the source tcp',
    },
    { code: 'descriptors' },
  ]);
  const enough = machineWith({ descriptorLimit: () => Promise.resolve(200) });
  expect(await look(enough, withSource({ maxConnections: 10 }))).toEqual([]);
});

test('less memory than the formula says', async () => {
  const value = withSource({ maxConnections: 100 });
  const config = 64 * MIB + 12 * 10_000 + 4 * MIB + 64 * MIB + 256 * MIB;
  const sockets = 64 * MIB + 64 * 1024 + 64 * 128 * 1024 + 164 * 4096;
  const questions = 4 * (16 * MIB + 10_000 * 700 + MIB) + 16 * MIB + 32 * 64 * 1024;
  const needed = 210e6 + config + sockets + questions;
  expect(await look(machineWith({ memory: needed - 1 }), value)).toMatchObject([
    { code: 'memory', severity: 'warning', message: expect.stringContaining('256 MiB answers to queries') },
  ]);
  expect(await look(machineWith({ memory: needed }), value)).toEqual([]);
});

test('small settings of the kernel, and a kernel that tells nothing', async () => {
  const settings: Readonly<Record<string, number[]>> = {
    'net/core/somaxconn': [128],
    'net/ipv4/tcp_rmem': [4096, 65_536, 65_536],
  };
  const machine = machineWith({ kernelSetting: (name) => Promise.resolve(settings[name]) });
  expect(await look(machine)).toMatchObject([
    {
      code: 'somaxconn',
      message: expect.stringContaining('128 connections wait, and backlog of the source tcp'),
    },
    { code: 'receive-buffer', severity: 'warning' },
  ]);
  expect(await look(machine, withSource({ backlog: 128 }))).toMatchObject([{ code: 'receive-buffer' }]);
  expect(await look(machineWith({ kernelSetting: () => Promise.resolve(undefined) }))).toEqual([]);
});

test('ports that cannot be listened on, and one that others can reach', async () => {
  const problems: Readonly<Record<number, string>> = { 9998: 'EADDRINUSE', 9999: 'EACCES' };
  const machine = machineWith({ listenProblem: (_, port) => Promise.resolve(problems[port]) });
  expect(await look(machine, withSource({ host: '0.0.0.0' }))).toEqual([
    {
      code: 'port-unusable',
      severity: 'error',
      subject: 'source tcp',
      message: '0.0.0.0:9999 may not be listened on',
    },
    expect.objectContaining({ code: 'beyond-loopback', severity: 'note' }),
    { code: 'port-taken', severity: 'error', subject: 'query port', message: '127.0.0.1:9998 is taken' },
  ]);
});

test('unix sockets: a folder that is missing, a file, a live socket, and one that nobody has', async () => {
  const cwd = await folder({ file: '' });
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(`${cwd}/live.sock`, resolve));
  onTestFinished(() => void server.close());
  expect(await look(machineWith(), withSocket('./file'), cwd)).toMatchObject([{ code: 'socket-unusable' }]);
  expect(await look(machineWith(), withSocket('./live.sock'), cwd)).toMatchObject([{ code: 'socket-taken' }]);
  expect(await look(machineWith(), withSocket('./free.sock'), cwd)).toEqual([]);
  const machine = machineWith({
    writeProblem: (path) => Promise.resolve(path.endsWith('missing') ? 'ENOENT' : undefined),
  });
  expect(await look(machine, withSocket('./missing/a.sock'), cwd)).toMatchObject([
    { code: 'socket-unusable', message: `${cwd}/missing is no directory` },
  ]);
});

test('directories: a file in the way, everybody may write, an unknown format', async () => {
  const inTheWay = await folder({ logs: '' });
  expect(await look(machineWith(), CONFIG, inTheWay)).toMatchObject([{ code: 'directory-unusable' }]);
  const open = await folder({ 'logs/current.log': '' });
  await chmod(`${open}/logs`, 0o777);
  expect(await look(machineWith(), CONFIG, open)).toMatchObject([{ code: 'directory-open' }]);
  const newer = await folder({ 'logs/.logcaster.json': '{"format":2}' });
  expect(await look(machineWith(), CONFIG, newer)).toMatchObject([
    { code: 'directory-unusable', message: expect.stringContaining('has the format 2') },
  ]);
});

test('a directory that cannot be written; the one above it, if it is not there', async () => {
  const asked: string[] = [];
  const machine = machineWith({
    writeProblem: (path) => {
      asked.push(path);
      return Promise.resolve('EROFS');
    },
  });
  const cwd = await folder();
  expect(await look(machine, CONFIG, cwd)).toMatchObject([
    {
      code: 'directory-unwritable',
      subject: 'sink files',
      message: `nothing can be written in ${cwd}: EROFS`,
    },
  ]);
  await mkdir(`${cwd}/logs`);
  await look(machine, CONFIG, cwd);
  expect(asked).toEqual([cwd, `${cwd}/logs`]);
});

test('room on the disk: what is there already needs none', async () => {
  const cwd = await folder();
  const needed = GIB + 10 * MIB;
  expect(await look(withRoom(needed), CONFIG, cwd)).toEqual([]);
  expect(await look(withRoom(needed - 1), CONFIG, cwd)).toMatchObject([{ code: 'disk-space' }]);
  await mkdir(`${cwd}/logs`);
  await writeFile(`${cwd}/logs/log-20260101-000000-000001.log`, '.'.repeat(1000));
  expect(await look(withRoom(needed - 1000), CONFIG, cwd)).toEqual([]);
  expect(await look(withRoom(needed - 1001), CONFIG, cwd)).toMatchObject([{ code: 'disk-space' }]);
  expect(await look(withRoom(needed, 10), CONFIG, cwd)).toMatchObject([{ code: 'disk-files' }]);
  const endless = { ...CONFIG, sinks: { ...CONFIG.sinks, files: { type: 'file', directory: './logs' } } };
  expect(await look(withRoom(MIB), endless, cwd)).toMatchObject([
    { code: 'disk-space', severity: 'warning' },
    { code: 'no-retention', severity: 'note' },
  ]);
});

test('the directory of a spill', async () => {
  const cwd = await folder();
  const spill = { directory: 'spill', maxBytes: '1TiB' };
  const ring = { type: 'ring', queue: { whenFull: 'spill', spill } };
  const config = { ...CONFIG, sinks: { ...CONFIG.sinks, ring } };
  const machine = machineWith({});
  expect(await look(machine, config, cwd)).toMatchObject([
    { code: 'disk-space', subject: 'spill of sink ring' },
  ]);
  await mkdir(`${cwd}/spill`);
  await writeFile(`${cwd}/spill/spill.format`, '{"format":2}');
  await chmod(`${cwd}/spill`, 0o777);
  const codes = (await look(machine, config, cwd)).map(({ code }) => code);
  expect(codes).toContain('directory-unusable');
});
