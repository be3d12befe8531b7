import { expect, test } from 'vitest';
import { builtinRegistry } from '../../../src/collector/builtins.ts';
import { folder, PLUGIN, runCli, WITH_PLUGIN } from '../run-cli.ts';

test('lists every built-in component in at most 80 columns', async () => {
  const { code, out } = await runCli(['list'], { cwd: await folder() });
  expect(code).toBe(0);
  for (const { type } of builtinRegistry().list()) expect(out).toMatch(new RegExp(`^  ${type} `, 'm'));
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(out).toMatch(/^Sources\n[^]*\nOperators\n[^]*\nSinks\n/);
});

test('lists one kind', async () => {
  const { out } = await runCli(['list', 'operators'], { cwd: await folder() });
  expect(out).toMatch(/^Operators\n/);
  expect(out).not.toContain('Sinks');
});

test('writes JSON, with the components of plugins', async () => {
  const cwd = await folder({ 'logcaster.yaml': WITH_PLUGIN, 'shout.js': PLUGIN });
  const { out } = await runCli(['list', 'sinks', '--format', 'json'], { cwd });
  expect(JSON.parse(out)).toContainEqual({
    kind: 'sink',
    type: 'shout',
    summary: 'Prints lines in capitals.',
    plugin: true,
  });
  expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ type: 'ring', plugin: false }));
  expect((await runCli(['list'], { cwd })).out).toContain('Prints lines in capitals. (plugin)');
});

test('a plugin that cannot be loaded is an error where the configuration is named, else only said', async () => {
  const cwd = await folder({ 'logcaster.yaml': WITH_PLUGIN });
  const named = await runCli(['list', '-c', 'logcaster.yaml'], { cwd });
  expect({ code: named.code, out: named.out }).toEqual({ code: 78, out: '' });
  expect(named.err).toContain('LC_CONFIG_PLUGIN_NOT_FOUND');
  const found = await runCli(['list'], { cwd });
  expect(found).toMatchObject({ code: 0, err: named.err });
  expect(found.out).toContain('  ring ');
});

test('other errors of a configuration do not matter', async () => {
  const cwd = await folder({ 'bad.yaml': WITH_PLUGIN.replace('to: loud', 'to: laud'), 'shout.js': PLUGIN });
  const { code, out, err } = await runCli(['list', '-c', 'bad.yaml'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('shout');
  expect(await runCli(['list', '-c', 'no.yaml'], { cwd })).toMatchObject({ code: 78, out: '' });
});

test('refuses a kind that there is not', async () => {
  const { code, err } = await runCli(['list', 'sikns']);
  expect(code).toBe(2);
  expect(err).toMatch(/^error: .*sources, operators, sinks.*\n$/);
});
