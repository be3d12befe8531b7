/** Files: off by default, -P, -d and -s, appending, and rotation. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archivesIn, linesIn } from '../support/log-files.ts';
import { LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

test('without -P nothing is made on disk', async () => {
  const collector = await LogcasterProcess.start();
  await collector.sendLines(['gone with the process']);
  await collector.stored(1);
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(readdirSync(collector.cwd)).toEqual([]);
});

test('-P keeps lines in ./logs, and says so at the start', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  const logs = join(collector.cwd, 'logs');
  expect((await collector.entry('files: ')).msg).toBe(
    `files: keeps lines in ${logs}/current.log, up to 10 MiB a file`,
  );
  await collector.sendLines(['kept', 'kept too']);
  await collector.stored(2, 'files');
  expect(readFileSync(join(logs, 'current.log'), 'utf8')).toBe('kept\nkept too\n');
  expect(statSync(logs).mode & 0o777).toBe(0o750);
  expect(statSync(join(logs, 'current.log')).mode & 0o777).toBe(0o640);
});

test('-d names the directory, which is made with its parents', async () => {
  const collector = await LogcasterProcess.start(['-P', '-d', 'var/log/app']);
  await collector.sendLines(['kept']);
  await collector.stored(1, 'files');
  expect(readFileSync(join(collector.cwd, 'var/log/app/current.log'), 'utf8')).toBe('kept\n');
  expect(existsSync(join(collector.cwd, 'logs'))).toBe(false);
});

test.each([
  ['1', 2 ** 20],
  ['512KiB', 512 * 2 ** 10],
  ['0.25', 256 * 2 ** 10],
])('-s %s is the greatest size of a file', async (size, bytes) => {
  const collector = await LogcasterProcess.start(['-P', '-s', size]);
  const logs = join(collector.cwd, 'logs');
  const lines = Array.from({ length: (2.5 * bytes) / 1000 }, (_, index) => `${index} `.padEnd(999, 'x'));
  await collector.sendLines(lines);
  await collector.stored(lines.length, 'files');
  const archives = archivesIn(logs);
  expect(archives).toHaveLength(2);
  for (const name of archives) {
    // Full, but for less than a line.
    expect(statSync(join(logs, name)).size).toBeLessThanOrEqual(bytes);
    expect(statSync(join(logs, name)).size).toBeGreaterThan(bytes - 1000);
  }
  expect(linesIn(logs)).toEqual(lines);
});

test('a start appends to what is there, and counts its size', async () => {
  const collector = await LogcasterProcess.start(['-P', '-s', '1KiB']);
  const { cwd } = collector;
  const logs = join(cwd, 'logs');
  const first = 'a'.repeat(599);
  await collector.sendLines([first]);
  await collector.stored(1, 'files');
  await collector.stop();

  const again = await LogcasterProcess.start(['-P', '-s', '1KiB'], { cwd });
  await again.sendLines(['b'.repeat(299)]);
  await again.stored(1, 'files');
  expect(statSync(join(logs, 'current.log')).size).toBe(900);
  await again.sendLines(['c'.repeat(199)]);
  await again.stored(2, 'files');
  expect(archivesIn(logs)).toHaveLength(1);
  expect(linesIn(logs)).toEqual([first, 'b'.repeat(299), 'c'.repeat(199)]);
});

test('a start takes over what another program has left, and touches nothing else', async () => {
  const cwd = temporaryDirectory();
  const logs = join(cwd, 'logs');
  mkdirSync(logs, { mode: 0o750 });
  // The names of the original.
  writeFileSync(join(logs, 'log-20250101-000000.log'), 'of the original\n');
  writeFileSync(join(logs, 'current.log'), 'of the original, too\n');
  const collector = await LogcasterProcess.start(['-P', '-s', '30B'], { cwd });
  await collector.sendLines(['twenty bytes of text']);
  await collector.stored(1, 'files');
  expect(readFileSync(join(logs, 'log-20250101-000000.log'), 'utf8')).toBe('of the original\n');
  expect(linesIn(logs)).toEqual(['of the original, too', 'twenty bytes of text']);
  expect(archivesIn(logs)).toHaveLength(1);
});

test('many rotations within a second overwrite nothing', async () => {
  const collector = await LogcasterProcess.start(['-P', '-s', '20B']);
  const logs = join(collector.cwd, 'logs');
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
  await collector.sendLines(lines);
  await collector.stored(200, 'files');
  const archives = archivesIn(logs);
  const seconds = new Set(archives.map((name) => name.slice(0, 'log-YYYYMMDD-HHMMSS'.length)));
  expect(archives.length).toBeGreaterThan(seconds.size);
  expect(archives.length).toBeGreaterThan(80);
  expect(linesIn(logs)).toEqual(lines);
});
