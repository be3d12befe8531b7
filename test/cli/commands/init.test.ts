import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtinRegistry } from '../../../src/collector/builtins.ts';
import { folder, runCli } from '../run-cli.ts';

test('writes a configuration that is good and passes its own test, and the schema beside it', async () => {
  const cwd = await folder();
  expect(await runCli(['init'], { cwd })).toEqual({
    code: 0,
    out: 'wrote logcaster.yaml\nwrote logcaster.schema.json, for editors\nnext: `logcaster test`, then `logcaster` to run it\n',
    err: '',
  });
  expect((await readdir(cwd)).toSorted()).toEqual(['logcaster.schema.json', 'logcaster.yaml']);
  const text = await readFile(join(cwd, 'logcaster.yaml'), 'utf8');
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/logcaster\.schema\.json\n/);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(await runCli(['check', '--deny-warnings'], { cwd })).toMatchObject({ code: 0, err: '' });
  expect(await runCli(['test'], { cwd })).toMatchObject({ code: 0 });
  const schema = (await runCli(['schema'], { cwd })).out;
  expect(await readFile(join(cwd, 'logcaster.schema.json'), 'utf8')).toBe(schema);
});

describe('every component', () => {
  const registry = builtinRegistry();
  const pairs = [
    ...registry.list('source').map(({ type }) => [type, 'ring']),
    ...registry.list('sink').map(({ type }) => ['tcp', type]),
    [
      registry
        .list('source')
        .map(({ type }) => type)
        .join(','),
      registry
        .list('sink')
        .map(({ type }) => type)
        .join(','),
    ],
  ];
  test.each(pairs)('%s into %s is good and passes', async (source, sink) => {
    const cwd = await folder();
    await runCli(['init', '--source', source, '--sink', sink, '-o', 'mine.yml'], { cwd });
    expect(await runCli(['check', 'mine.yml'], { cwd })).toMatchObject({ code: 0, err: '' });
    expect(await runCli(['test', '-c', 'mine.yml'], { cwd })).toMatchObject({ code: 0 });
  });
});

test('never overwrites, unless it is told to', async () => {
  const cwd = await folder({ 'logcaster.yaml': 'mine', 'logcaster.schema.json': 'mine too' });
  expect(await runCli(['init'], { cwd })).toEqual({
    code: 1,
    out: '',
    err: 'error: logcaster.yaml is there already (overwrite it with --force, or choose another name with --output)\n',
  });
  const other = await runCli(['init', '-o', 'other.yaml'], { cwd });
  expect(other).toMatchObject({ code: 0, out: expect.stringContaining('another one and stays') });
  expect(await readFile(join(cwd, 'logcaster.yaml'), 'utf8')).toBe('mine');
  expect(await readFile(join(cwd, 'logcaster.schema.json'), 'utf8')).toBe('mine too');
  expect((await runCli(['init', '--force'], { cwd })).code).toBe(0);
  expect(await readFile(join(cwd, 'logcaster.yaml'), 'utf8')).toContain('sources:');
  expect(await readFile(join(cwd, 'logcaster.schema.json'), 'utf8')).toContain('"$defs"');
});

test('prints with -, and makes nothing', async () => {
  const cwd = await folder();
  const { code, out, err } = await runCli(['init', '--source', 'stdin', '--sink', 'stdout', '-o', '-'], {
    cwd,
  });
  expect(code).toBe(0);
  expect(out).toContain('type: stdin');
  expect(err).toContain('logcaster schema > logcaster.schema.json');
  expect(await readdir(cwd)).toEqual([]);
  await writeFile(join(cwd, 'a.yaml'), out);
  expect((await runCli(['check', 'a.yaml'], { cwd })).code).toBe(0);
});

test('says what is wrong with its flags', async () => {
  const cwd = await folder();
  const errorOf = async (...args: string[]) => {
    const { code, err } = await runCli(['init', ...args], { cwd });
    return `${code} ${err}`;
  };
  expect(await errorOf('--source', 'tpc')).toBe(
    '2 error: there is no source of the type `tpc` (did you mean `tcp`?)\n',
  );
  expect(await errorOf('--sink', ',')).toMatch(/^2 error: no sink is named \(there is /);
  expect(await errorOf('-o', 'a.json')).toMatch(/^2 error: `a\.json` is no name of a YAML file/);
  expect(await errorOf('-o', 'no/a.yaml')).toBe(
    '1 error: no/a.yaml cannot be written: ENOENT (make its directory first)\n',
  );
  expect(await readdir(cwd)).toEqual([]);
});

describe('on a terminal', () => {
  test('asks, takes defaults, and asks again after a slip', async () => {
    const cwd = await folder();
    const { code, out } = await runCli(['init'], { cwd, terminal: true, input: 'stdni\nstdin\n\n' });
    expect(code).toBe(0);
    expect(out).toContain('Where do lines come from?\n');
    expect(out).toContain('there is no source of the type `stdni` (did you mean `stdin`?)\n');
    const text = await readFile(join(cwd, 'logcaster.yaml'), 'utf8');
    expect(text).toContain('from: stdin\n');
    expect(text).toContain('to: [ring, files]\n');
  });

  test('writes nothing if the input ends', async () => {
    const cwd = await folder();
    const { code, err } = await runCli(['init'], { cwd, terminal: true, input: 'tcp\n' });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: nothing was chosen (answer the questions, or choose with flags)\n',
    });
    expect(await readdir(cwd)).toEqual([]);
  });

  test('does not ask what flags say', async () => {
    const cwd = await folder();
    const { code, out } = await runCli(['init', '--sink', 'blackhole'], { cwd, terminal: true });
    expect(code).toBe(0);
    expect(out).not.toContain('?');
  });
});
