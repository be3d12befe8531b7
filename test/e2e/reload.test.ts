/** A new configuration while lines flow: on SIGHUP and with --watch. What is wrong with it changes nothing. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judge, pump } from '../support/judged-lines.ts';
import { linesIn } from '../support/log-files.ts';
import { eventually, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const PLAIN = `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: [ring, files] } }
sinks:
  ring: { type: ring }
  files: { type: file, directory: logs }
query: { port: 0 }
`;

/** The same with an operator that lets everything through, or not, and one sink more. */
function changed(word: string): string {
  return PLAIN.replace(
    'pipelines: { main: { from: tcp, to: [ring, files] } }\nsinks:',
    `pipelines: { main: { from: tcp, through: [{ type: filter, not: { word: ${word} } }], to: [ring, files, away] } }
sinks:
  away: { type: blackhole }`,
  );
}

class Configured {
  readonly cwd = temporaryDirectory();
  readonly file = join(this.cwd, 'collect.yaml');

  write(text: string): void {
    // In one step, so that nobody reads half of it.
    writeFileSync(`${this.file}.new`, text);
    renameSync(`${this.file}.new`, this.file);
  }

  start(...args: string[]): Promise<LogcasterProcess> {
    this.write(PLAIN);
    return LogcasterProcess.start(['-c', 'collect.yaml', ...args], { cwd: this.cwd });
  }
}

test('SIGHUP reloads; what stays the same keeps running', async () => {
  const configured = new Configured();
  const collector = await configured.start();
  const client = await collector.connect();
  client.write('noise before\n');
  await collector.stored(1);

  configured.write(changed('noise'));
  collector.signal('SIGHUP');
  expect(await collector.entry('SIGHUP: ')).toMatchObject({ level: 'info', msg: 'SIGHUP: reloaded' });
  client.write('noise behind\nsignal\n');
  await collector.stored(2);
  expect(await collector.ask('QUERY keyword=')).toBe('FOUND: 2 matches\nnoise before\nsignal\n');
  expect(await collector.ledger()).toMatchObject({
    unaccounted: 0,
    pipelines: { main: { received: 3, filtered: { filter: { lines: 1, intentional: true } } } },
    sinks: { away: { stored: 1 } },
  });
  expect(client.destroyed).toBe(false);
});

test.each([
  ['a slip', PLAIN.replace('type: ring', 'type: rign'), 'rign'],
  ['no YAML', 'sources: [', 'collect.yaml:1'],
  [
    'a directory that cannot be used',
    PLAIN.replace('directory: logs', 'directory: collect.yaml'),
    'LC_DIRECTORY_UNUSABLE',
  ],
])('with %s nothing changes, and the log says why', async (_, text, reason) => {
  const configured = new Configured();
  const collector = await configured.start();
  const client = await collector.connect();
  configured.write(text);
  collector.signal('SIGHUP');
  const { level, msg } = await collector.entry('not reloaded');
  expect(level).toBe('error');
  expect(msg).toContain(reason);
  client.write('goes on\n');
  await collector.stored(1, 'files');
  expect(linesIn(join(configured.cwd, 'logs'))).toEqual(['goes on']);

  // Mended, it is taken.
  configured.write(changed('noise'));
  collector.signal('SIGHUP');
  await collector.entry('SIGHUP: reloaded');
  client.write('goes on and on\n');
  await collector.stored(2, 'files');
  expect((await collector.ledger()).unaccounted).toBe(0);
});

test('--watch reloads when the file has changed', async () => {
  const configured = new Configured();
  const collector = await configured.start('--watch');
  configured.write(changed('noise'));
  await collector.entry('collect.yaml has changed: reloaded');
  await collector.sendLines(['noise', 'signal']);
  await collector.stored(1);
  configured.write('sources: [');
  await collector.entry('collect.yaml has changed: not reloaded');
  configured.write(PLAIN);
  await collector.entry('collect.yaml has changed: reloaded', 2);
  await collector.sendLines(['noise']);
  await collector.stored(2);
  expect(await collector.ask('QUERY keyword=')).toBe('FOUND: 2 matches\nsignal\nnoise\n');
});

test('a change of the only source does not end the collector', async () => {
  const configured = new Configured();
  const collector = await configured.start();
  configured.write(PLAIN.replace('port: 0 }', 'port: 0, maxConnections: 5 }'));
  collector.signal('SIGHUP');
  await collector.entry('SIGHUP: reloaded');
  configured.write(changed('noise'));
  collector.signal('SIGHUP');
  // A collector that ends does not do it again.
  await collector.entry('SIGHUP: reloaded', 2);
  expect(collector.entries.filter(({ msg }) => msg.includes('every source has ended'))).toEqual([]);
});

test('a file that was found, not named, is not replaced by the built-in pipeline when it is gone', async () => {
  const cwd = temporaryDirectory();
  const file = join(cwd, 'logcaster.yaml');
  writeFileSync(file, PLAIN);
  const collector = await LogcasterProcess.start([], { cwd });
  renameSync(file, `${file}.off`);
  collector.signal('SIGHUP');
  const { level, msg } = await collector.entry('SIGHUP: not reloaded');
  expect([level, msg]).toEqual(['error', expect.stringContaining('LC_CONFIG_NOT_FOUND')]);
  await collector.sendLines(['goes on']);
  await collector.stored(1, 'files');
});

test('a hundred reloads under load lose nothing and drop no connection', async () => {
  const configured = new Configured();
  const collector = await configured.start();
  const over = new AbortController();
  const sockets = await Promise.all([0, 1].map(() => collector.connect()));
  const pumps = sockets.map((socket, connection) =>
    pump(socket, { run: 1, connection, signal: over.signal, pause: 10 }),
  );
  for (let reload = 1; reload <= 100; reload++) {
    configured.write(reload % 2 === 1 ? changed('not-there') : PLAIN);
    collector.signal('SIGHUP');
    await collector.entry('SIGHUP: reloaded', reload);
  }
  expect((await collector.stats()).clients).toBe(2);
  over.abort();
  const sent = await Promise.all(pumps);
  for (const socket of sockets) socket.end();

  const all = sent[0]! + sent[1]!;
  await eventually(async () => {
    const { sources, sinks } = await collector.ledger();
    expect([sources['tcp']!.received, sinks['ring']!.stored, sinks['files']!.stored]).toEqual([
      all,
      all,
      all,
    ]);
  });
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger).toMatchObject({
    unaccounted: 0,
    sources: { tcp: { received: all, dropped: {} } },
  });
  expect(judge(linesIn(join(configured.cwd, 'logs')))).toEqual({
    lines: all,
    faults: [],
    repeated: 0,
    counts: { '1 0': sent[0], '1 1': sent[1] },
  });
});

test.runIf(process.platform === 'linux')(
  'a SIGHUP that comes while it starts does not end it, and counts',
  async () => {
    const configured = new Configured();
    configured.write(PLAIN);
    const collector = new LogcasterProcess(['run', '-c', 'collect.yaml'], { cwd: configured.cwd });
    await eventually(() => {
      // As soon as it heeds signals; before that Node itself is starting.
      const heeded = readFileSync(`/proc/${collector.child.pid}/status`, 'utf8').match(/SigCgt:\t(\w+)/)![1]!;
      expect(BigInt(`0x${heeded}`) & 1n).toBe(1n);
    });
    collector.signal('SIGHUP');
    await collector.entry('SIGHUP: reloaded');
    expect(await collector.stop()).toMatchObject({ code: 0 });
  },
);

test('a SIGHUP without a configuration file says that there is nothing to reload', async () => {
  const collector = await LogcasterProcess.start();
  collector.signal('SIGHUP');
  expect(await collector.entry('SIGHUP: ')).toMatchObject({
    level: 'info',
    msg: 'SIGHUP: there is no configuration file, so there is nothing to reload',
  });
  expect(await collector.stop()).toMatchObject({ code: 0 });
});
