/** The examples that are nothing but a configuration, with the real command. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';
import { copyExample, logcaster } from './support.ts';

const PORTS = ['-p', '0', '-q', '0'];

test('quick-start: lines go into files, and are found, also after another start', async () => {
  const cwd = await copyExample('quick-start');
  const args = ['-c', 'logcaster.yaml', ...PORTS];
  const first = await LogcasterProcess.start(args, { cwd });
  await first.sendLines(['hello', 'good bye']);
  await first.stored(2, 'files');
  expect(await first.ask('QUERY keyword=hello')).toBe('FOUND: 1 matches\nhello\n');
  expect((await first.stop()).code).toBe(0);
  expect(await readFile(join(cwd, 'logs', 'current.log'), 'utf8')).toBe('hello\ngood bye\n');

  const second = await LogcasterProcess.start(args, { cwd });
  expect(await second.ask('QUERY keyword=bye')).toBe('FOUND: 1 matches\ngood bye\n');
});

test('errors-apart: each line is in one of the two directories', async () => {
  const cwd = await copyExample('errors-apart');
  const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml', '-p', '0'], { cwd });
  await collector.sendLines(['INFO a', 'ERROR b', 'INFO TERRORS', 'FATAL c', 'odd \uFFFD ERROR']);
  expect((await collector.stop()).code).toBe(0);
  const linesOf = (name: string) => readFile(join(cwd, 'logs', name, 'current.log'), 'utf8');
  expect(await linesOf('errors')).toBe('ERROR b\nFATAL c\nodd \uFFFD ERROR\n');
  expect(await linesOf('rest')).toBe('INFO a\nINFO TERRORS\n');
  expect(collector.finalLedger.unaccounted).toBe(0);
});

test('errors-apart: its own tests pass', async () => {
  const cwd = await copyExample('errors-apart');
  const { stdout } = await logcaster(cwd, 'test', '-c', 'logcaster.yaml');
  expect(stdout).toContain('errors are told apart from the rest');
});

test('typescript-config: the function changes lines', async () => {
  const cwd = await copyExample('typescript-config');
  const collector = await LogcasterProcess.start(['-c', 'logcaster.ts', '-p', '0'], { cwd });
  await collector.sendLines(['paid with 4111 1111 1111 1111', 'GET /healthz 200', 'order 4711']);
  await eventually(async () => {
    const stored = await readFile(join(cwd, 'logs', 'current.log'), 'utf8');
    expect(stored).toBe('paid with [card]\norder 4711\n');
  });
  expect((await collector.stop()).code).toBe(0);
  expect(collector.finalLedger.pipelines['main']!.filtered).toEqual({
    filter: { lines: 1, intentional: true },
  });
});
