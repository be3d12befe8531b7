import { expect, test } from 'vitest';
import { builtinRegistry } from '../../../src/collector/builtins.ts';
import { folder, PLUGIN, runCli, WITH_PLUGIN } from '../run-cli.ts';

test.each(
  builtinRegistry()
    .list()
    .map(({ type }) => type),
)('describes %s in at most 80 columns', async (type) => {
  const { code, out, err } = await runCli(['describe', type], { cwd: await folder() });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const title of ['Options', 'Options of every', 'Examples']) expect(out).toContain(`\n${title}`);
  const prose = out.slice(0, out.indexOf('\nExamples'));
  expect(prose.split('\n').filter((line) => line.length > 80)).toEqual([]);
  // Links are for pages.
  expect(prose).not.toContain('](');
});

test('describes a component of a plugin', async () => {
  const cwd = await folder({ 'logcaster.yaml': WITH_PLUGIN, 'shout.js': PLUGIN });
  const { out } = await runCli(['describe', 'shout'], { cwd });
  expect(out.slice(0, out.indexOf('Options of every'))).toBe(
    `shout (sink)
Prints lines in capitals.

Options
  volume: whole number (bars), from 1 on; default 3
      How loud

`,
  );
  expect(out).toMatch(/# Loud\n {6}type: shout\n {6}volume: 11\n$/);
});

test('writes JSON and Markdown of the same', async () => {
  const cwd = await folder();
  const json = JSON.parse((await runCli(['describe', 'file', '--format', 'json'], { cwd })).out);
  expect(json).toMatchObject({ kind: 'sink', type: 'file' });
  expect(json.options).toContainEqual(
    expect.objectContaining({ name: 'maxSize', type: 'size', default: '10MiB', required: false }),
  );
  const { out } = await runCli(['describe', 'file', '--format', 'markdown'], { cwd });
  expect(out).toMatch(/^# `file` \(sink\)\n/);
  expect(out).toMatch(/^\| `maxSize` \| size \| `10MiB` \| /m);
});

test('suggests what was meant', async () => {
  const cwd = await folder();
  expect(await runCli(['describe', 'fiel'], { cwd })).toEqual({
    code: 2,
    out: '',
    err: 'error: there is no component of the type `fiel` (did you mean `file`?)\n',
  });
  const other = await runCli(['describe', 'ring', '--kind', 'source'], { cwd });
  expect(other.err).toBe('error: there is no source of the type `ring` (`ring` is a sink)\n');
});
