/** Log directories as they become over years: very many archives, and very large ones. A start reads what it needs, and no more. */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  CommandProcess,
  eventually,
  LogcasterProcess,
  temporaryDirectory,
} from '../support/logcaster-process.ts';
import { peakMemory } from '../support/peak-memory.ts';

const MIB = 2 ** 20;

const nameOf = (number: number): string => `log-20260101-000000-${String(number).padStart(6, '0')}.log`;

/** The configuration: files of at most 1 KiB, of which so many are kept, and a ring that is filled from them. */
function configure(cwd: string, maxFiles: number): void {
  writeFileSync(
    join(cwd, 'archives.yaml'),
    `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: [ring, files] } }
sinks:
  ring: { type: ring, refillFrom: files }
  files: { type: file, directory: ./logs, maxSize: 1KiB, retention: { maxFiles: ${maxFiles} } }
query: { port: 0 }
`,
  );
}

/** Starts it; answers how long that took, in seconds. */
async function startIn(cwd: string): Promise<readonly [LogcasterProcess, number]> {
  const before = performance.now();
  const collector = await LogcasterProcess.start(['-c', 'archives.yaml'], { cwd });
  return [collector, (performance.now() - before) / 1000];
}

/** Seconds of CPU that a process has used. */
function cpuOf(collector: LogcasterProcess): number {
  const fields = readFileSync(`/proc/${collector.child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes that a process has asked to read. */
function readBy(collector: LogcasterProcess): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${collector.child.pid}/io`, 'latin1'))![1]);
}

/** Seconds of CPU for 500 rotations. */
async function rotate(collector: LogcasterProcess, stored: number): Promise<number> {
  const before = cpuOf(collector);
  await collector.sendLines(Array.from({ length: 500 }, (_, index) => `${index} `.padEnd(1000, '.')));
  await collector.stored(stored + 500, 'files');
  return cpuOf(collector) - before;
}

const archivesIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith('log-'))
    .toSorted();

test('100,000 archives in the directory', { timeout: 300_000 }, async () => {
  const cwd = temporaryDirectory();
  const logs = join(cwd, 'logs');
  mkdirSync(logs, { mode: 0o750 });
  for (let number = 1; number <= 100_000; number++) {
    writeFileSync(join(logs, nameOf(number)), `line ${number}\n`, { mode: 0o640 });
  }
  configure(cwd, 99_000);
  const [collector, seconds] = await startIn(cwd);
  const cpu = cpuOf(collector);
  const read = readBy(collector);
  // The newest lines are in the ring, and the archives above the limit are going.
  expect((await collector.stats()).current).toBe(10_000);
  expect(await collector.ask('QUERY keyword=line 100000')).toBe('FOUND: 1 matches\nline 100000\n');
  await eventually(() => expect(archivesIn(logs)).toHaveLength(99_000));
  expect(archivesIn(logs)[0]).toBe(nameOf(1001));

  const rotating = await rotate(collector, 0);
  await eventually(() => expect(archivesIn(logs)).toHaveLength(99_000));
  expect(await collector.stop()).toMatchObject({ code: 0 });

  const few = temporaryDirectory();
  configure(few, 99_000);
  const [beside] = await startIn(few);
  const usual = await rotate(beside, 0);
  console.log(
    `100,000 archives: started after ${seconds.toFixed(1)} s (${cpu} s of CPU, ${Math.round(read / 1024)} KiB read), ` +
      `500 rotations in ${rotating.toFixed(2)} s of CPU, without them in ${usual.toFixed(2)} s`,
  );
  expect(cpu).toBeLessThan(15);
  expect(rotating).toBeLessThan(5 * usual + 0.5);
});

test('10 GiB of archives', { timeout: 300_000 }, async () => {
  const cwd = temporaryDirectory();
  const logs = join(cwd, 'logs');
  mkdirSync(logs, { mode: 0o750 });
  const lines = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join(''));
  // Holes, which take no room: they read as NULs, so what is read of them is read in full.
  for (let number = 1; number <= 160; number++) {
    const file = openSync(join(logs, nameOf(number)), 'w', 0o640);
    ftruncateSync(file, 64 * MIB - lines.length);
    writeSync(file, '\n', 64 * MIB - lines.length - 1);
    writeSync(file, lines, 0, lines.length, 64 * MIB - lines.length);
    closeSync(file);
  }
  configure(cwd, 1000);
  const [collector, seconds] = await startIn(cwd);
  const read = readBy(collector);
  expect((await collector.stats()).current).toBe(10_000);
  console.log(
    `10 GiB of archives: started after ${seconds.toFixed(1)} s, ${(read / MIB).toFixed(1)} MiB were read, ` +
      `${Math.round(peakMemory(collector.child.pid!) / MIB)} MiB of memory at the peak`,
  );
  // The program itself is read too.
  expect(read).toBeLessThan(2 * 64 * MIB);
  expect(cpuOf(collector)).toBeLessThan(15);
  expect(await collector.stop()).toMatchObject({ code: 0 });

  // Looking for damage reads the ends of files, too.
  const verify = new CommandProcess(['verify', logs], { cwd });
  const before = performance.now();
  expect(await verify.exited).toMatchObject({ code: 0 });
  console.log(`verify: ${((performance.now() - before) / 1000).toFixed(1)} s`);
});
