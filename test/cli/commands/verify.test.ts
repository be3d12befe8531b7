import { appendFile, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { LogcasterProcess } from '../../support/logcaster-process.ts';
import { folder, runCli } from '../run-cli.ts';

const STATE = '{"format":1,"sequence":1}\n';
const ARCHIVE = 'log-20260101-000000-000001.log';

/** A directory as a sink leaves it, and what is beside. */
function logs(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const good = { '.logcaster.json': STATE, [ARCHIVE]: 'first\n', 'current.log': 'second\n' };
  const inside = Object.entries({ ...good, ...files }).map(([name, text]) => [`logs/${name}`, text]);
  return folder(Object.fromEntries(inside) as Record<string, string>);
}

test('says that all is well, and ends with 0', async () => {
  const cwd = await logs();
  const { code, out, err } = await runCli(['verify', 'logs'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/\/logs: 1 archive, 13 B: good\n$/);
});

test('says on one line each what is wrong, the worst first, and ends with 1', async () => {
  const cwd = await logs({ 'current.log': 'second\nhal', 'other\u001b[2J': '' });
  await symlink('nowhere', `${cwd}/logs/.logcaster.tmp`);
  const { code, out } = await runCli(['verify', 'logs'], { cwd });
  expect(code).toBe(1);
  expect(out.split('\n').map((line) => line.replace(/ \(.*\)/, ''))).toEqual([
    'error: .logcaster.tmp: it is a symbolic link [obstructed]',
    'warning: current.log: 3 bytes behind its last whole line are torn [torn-tail]',
    String.raw`note: other\u001b[2J: it is not a file of LogCaster [not-ours]`,
    expect.stringMatching(/\/logs: 1 archive, 16 B: 1 error, 1 warning, 1 note$/),
    '',
  ]);
  for (const line of out.split('\n').slice(0, 3)) expect(line).toMatch(/ \([A-Z].*\.\) \[/);
});

test('notes alone are no reason to complain', async () => {
  const cwd = await logs({ other: '' });
  const { code, out } = await runCli(['verify', 'logs'], { cwd });
  expect(code).toBe(0);
  expect(out).toMatch(/ good, 1 note\n$/);
});

test('repairs, says where things are now, and ends with 0 if nothing is left', async () => {
  const cwd = await logs({ 'current.log': 'second\nhal' });
  const { code, out } = await runCli(['verify', 'logs', '--repair'], { cwd });
  expect(code).toBe(0);
  expect(out).toContain('are torn; moved to torn-000002-7.part (');
  expect(out).toMatch(/ 1 finding moved aside, good\n$/);
  expect(await readFile(`${cwd}/logs/torn-000002-7.part`, 'utf8')).toBe('hal');
  expect(await readFile(`${cwd}/logs/current.log`, 'utf8')).toBe('second\n');
});

test('ends with 1 if something is left that cannot be moved', async () => {
  const cwd = await logs({ 'log-20260101-000000-000003.log': 'third\n' });
  const { code, out } = await runCli(['verify', 'logs', '--repair'], { cwd });
  expect(code).toBe(1);
  expect(out).toContain('number 2 is missing');
  expect(out).toMatch(/ 0 findings moved aside, left: 1 warning, 1 note\n$/);
});

test('for tools', async () => {
  const cwd = await logs({ 'current.log': 'second\nhal' });
  const { code, out } = await runCli(['verify', 'logs', '--format', 'json'], { cwd });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    directory: expect.stringMatching(/\/logs$/),
    ok: false,
    archives: 1,
    bytes: 16,
    findings: [
      { code: 'torn-tail', severity: 'warning', file: 'current.log', bytes: 3, hint: expect.any(String) },
    ],
  });
  const repaired = await runCli(['verify', 'logs', '--repair', '--format', 'json'], { cwd });
  expect(JSON.parse(repaired.out)).toMatchObject({ ok: true, findings: [{ movedTo: 'torn-000002-7.part' }] });
});

test('--max-size: a bare number is MiB', async () => {
  const cwd = await logs({ [ARCHIVE]: 'a\nb\n' });
  const run = (size: string) => runCli(['verify', 'logs', '--max-size', size], { cwd });
  expect(await run('1')).toMatchObject({ code: 0 });
  expect(await run('3B')).toMatchObject({ code: 1, out: expect.stringContaining('[too-large]') });
  expect(await run('much')).toMatchObject({ code: 2, err: expect.stringContaining('--max-size') });
});

test('a format that is not known is refused, with a hint', async () => {
  const cwd = await logs({ '.logcaster.json': '{"format":7}' });
  const { code, err, out } = await runCli(['verify', 'logs', '--repair'], { cwd });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/has the format 7; .*\(Use the newer version.*\) \[LC_DIRECTORY_FORMAT\]\n$/);
  expect(await readdir(`${cwd}/logs`)).not.toContain('set-aside');
});

test('beside a collector nothing is repaired; after it was killed in the middle of a line, all is', async () => {
  const collector = await LogcasterProcess.start(['-P', '-d', 'logs']);
  const { cwd } = collector;
  expect(await runCli(['verify', 'logs', '--repair'], { cwd })).toMatchObject({
    code: 1,
    err: expect.stringContaining('[LC_DIRECTORY_IN_USE]'),
  });
  expect(await runCli(['verify', 'logs'], { cwd })).toMatchObject({
    code: 0,
    out: expect.stringContaining('[in-use]'),
  });
  await collector.send('stored\n');
  await collector.stored(1, 'files');
  await collector.kill();
  await appendFile(`${cwd}/logs/current.log`, 'cut o');
  await writeFile(`${cwd}/logs/${ARCHIVE}`, '');
  const { code, out } = await runCli(['verify', 'logs', '--repair'], { cwd });
  expect(out).toContain('2 findings moved aside, good');
  expect(code).toBe(0);
  const next = await LogcasterProcess.start(['-P', '-d', 'logs'], { cwd });
  await next.stop();
  expect(next.entries.filter(({ level }) => ['warn', 'error'].includes(level))).toEqual([]);
  expect(await readFile(`${cwd}/logs/current.log`, 'utf8')).toBe('stored\n');
});
