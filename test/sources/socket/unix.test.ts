import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Source } from '../../../src/core/component.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { unix } from '../../../src/sources/socket/unix.ts';
import { TestSourceContext } from '../../support/source-context.ts';
import { closed, collect, connectForTest, rounds, startForTest, until, write } from './harness.ts';

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'logcaster-unix-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

function make(options: Record<string, unknown>, context = new TestSourceContext()): Source {
  return unix.create(unix.options.parse(options), context) as Source;
}

/** Leaves a socket file behind on which nobody listens. */
function leaveStaleSocket(path: string): void {
  spawnSync(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  expect(lstatSync(path).isSocket()).toBe(true);
}

describe('lines', () => {
  test('come over a unix socket, with numbered peers', async () => {
    const path = join(await makeDirectory(), 'lines.sock');
    const context = new TestSourceContext();
    const source = make({ path }, context);
    await startForTest(source);
    expect(source.address!()).toBe(path);
    const collected = collect(source);
    for (const name of ['first', 'second']) {
      const client = await connectForTest({ path });
      client.end(`${name}\nunterminated`);
      await closed(client);
    }
    await until(() => collected.lines === 4);
    expect([...collected.textsByPeer()]).toEqual([
      ['#1', ['first', 'unterminated']],
      ['#2', ['second', 'unterminated']],
    ]);
    expect(context.discards.size).toBe(0);
  });

  test('wait for credit, and the client with them', async () => {
    const path = join(await makeDirectory(), 'wait.sock');
    const context = new TestSourceContext({ credit: 10_000 });
    const source = make({ path }, context);
    await startForTest(source);
    const collected = collect(source, { settle: false });
    const client = await connectForTest({ path });
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    client.end(`${lines.join('\n')}\n`);
    await until(() => source.inspect!()['waiting'] === 1);
    expect(client.writableFinished).toBe(false);
    while (collected.lines < lines.length) {
      collected.settle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(collected.texts()).toEqual(lines);
  });
});

describe('the socket file', () => {
  test('has its mode, is alone, and is removed at the stop', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'mode.sock');
    for (const [mode, expected] of [
      [undefined, 0o660],
      ['0600', 0o600],
      ['666', 0o666],
    ] as const) {
      const source = make({ path, mode });
      await startForTest(source);
      const collected = collect(source);
      expect(lstatSync(path).mode & 0o777).toBe(expected);
      expect(readdirSync(directory)).toEqual(['mode.sock']);
      await source.stop!();
      expect(collected.completed).toBe(true);
      expect(readdirSync(directory)).toEqual([]);
      expect(source.address!()).toBeUndefined();
    }
  });

  test('is gone when the source is disposed of, however long that takes', async () => {
    const path = join(await makeDirectory(), 'dispose.sock');
    const fs = {
      ...systemFileSystem,
      async unlink(removed: string) {
        await rounds();
        await systemFileSystem.unlink(removed);
      },
    };
    const source = make({ path }, new TestSourceContext({ fs }));
    await source.start!();
    await source[Symbol.asyncDispose]!();
    expect(existsSync(path)).toBe(false);
    await source[Symbol.asyncDispose]!();
  });

  test('that was left behind is replaced', async () => {
    const path = join(await makeDirectory(), 'stale.sock');
    leaveStaleSocket(path);
    const source = make({ path });
    await startForTest(source);
    const collected = collect(source);
    const client = await connectForTest({ path });
    await write(client, 'alive\n');
    await until(() => collected.lines === 1);
    expect(collected.texts()).toEqual(['alive']);
  });

  test('of a live listener is refused and left alone', async () => {
    const path = join(await makeDirectory(), 'live.sock');
    const first = make({ path });
    await startForTest(first);
    const { ino } = lstatSync(path);
    const second = make({ path });
    await expect(second.start!()).rejects.toMatchObject({
      code: 'LC_LISTEN_FAILED',
      message: `cannot listen on ${path}: somebody listens there already`,
    });
    await second[Symbol.asyncDispose]!();
    expect(lstatSync(path).ino).toBe(ino);
    const collected = collect(first);
    await write(await connectForTest({ path }), 'still here\n');
    await until(() => collected.lines === 1);
  });

  test('is not made where another file is', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'file.txt');
    writeFileSync(path, 'precious');
    const link = join(directory, 'link');
    symlinkSync(join(directory, 'nowhere'), link);
    for (const taken of [path, link, directory]) {
      await expect(make({ path: taken }).start!()).rejects.toMatchObject({
        code: 'LC_LISTEN_FAILED',
        message: `cannot listen on ${taken}: there is a file that is no socket`,
      });
    }
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(directory).toSorted()).toEqual(['file.txt', 'link']);
  });

  test('that somebody else makes at the last moment is not overwritten', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'race.sock');
    const fs = {
      ...systemFileSystem,
      link: (existing: string, to: string) => {
        writeFileSync(path, 'faster');
        return systemFileSystem.link(existing, to);
      },
    };
    const source = make({ path }, new TestSourceContext({ fs }));
    await expect(source.start!()).rejects.toMatchObject({
      code: 'LC_LISTEN_FAILED',
      cause: expect.objectContaining({ code: 'EEXIST' }),
    });
    expect(readFileSync(path, 'utf8')).toBe('faster');
    expect(readdirSync(directory)).toEqual(['race.sock']);
    await source[Symbol.asyncDispose]!();
    expect(readFileSync(path, 'utf8')).toBe('faster');
  });

  test('of a successor is left alone at the stop', async () => {
    const path = join(await makeDirectory(), 'successor.sock');
    const source = make({ path });
    await startForTest(source);
    collect(source);
    unlinkSync(path);
    const successor = createServer().listen(path);
    onTestFinished(() => void successor.close());
    await new Promise((resolve) => successor.once('listening', resolve));
    await source.stop!();
    await source[Symbol.asyncDispose]!();
    expect(lstatSync(path).isSocket()).toBe(true);
    await new Promise((resolve) => connect(path).once('connect', resolve));
  });

  test('needs a directory, and a short path', async () => {
    const directory = await makeDirectory();
    await expect(make({ path: join(directory, 'missing', 'x.sock') }).start!()).rejects.toMatchObject({
      code: 'LC_LISTEN_FAILED',
      hint: expect.stringContaining('directory'),
    });
    expect(unix.options.safeParse({ path: join(directory, 'x'.repeat(97)) }).success).toBe(false);
  });
});

test.skipIf(process.platform !== 'linux')('an abstract name makes no file, and is exclusive', async () => {
  const path = `@logcaster-test-${process.pid}`;
  const source = make({ path });
  await startForTest(source);
  expect(source.address!()).toBe(path);
  expect(existsSync(path)).toBe(false);
  const collected = collect(source);
  await write(await connectForTest({ path: `\0${path.slice(1)}` }), 'abstract\n');
  await until(() => collected.lines === 1);
  await expect(make({ path }).start!()).rejects.toMatchObject({
    code: 'LC_LISTEN_FAILED',
    cause: expect.objectContaining({ code: 'EADDRINUSE' }),
  });
});

test.for([
  {},
  { path: '' },
  { path: 'a\0b' },
  { path: 'x', mode: 660 },
  { path: 'x', mode: '0999' },
  { path: 'x', port: 1 },
])('options are refused when they make no sense: %o', (options) => {
  expect(unix.options.safeParse(options).success).toBe(false);
});
