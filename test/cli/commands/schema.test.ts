import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { folder, GOOD, PLUGIN, runCli, WITH_PLUGIN } from '../run-cli.ts';

test('prints a schema that accepts a good configuration and no slip', async () => {
  const { code, out } = await runCli(['schema']);
  expect(code).toBe(0);
  const validate = new Ajv2020({ strict: false, logger: false }).compile(JSON.parse(out));
  const good = parse(`${GOOD}tests: [{ name: a, input: [x], expect: { sinks: { ring: [{ text: x }] } } }]\n`);
  expect(validate(good)).toBe(true);
  expect(validate(parse(GOOD.replace('directory: ./logs', 'directroy: ./logs')))).toBe(false);
  expect(validate({ ...good, tests: [{ name: 'a', input: 'x' }] })).toBe(false);
});

test('includes the components of plugins', async () => {
  const cwd = await folder({ 'logcaster.yaml': WITH_PLUGIN, 'shout.js': PLUGIN });
  const { out } = await runCli(['schema', '-c', 'logcaster.yaml'], { cwd });
  expect(JSON.parse(out).$defs['sink.shout'].properties.volume).toMatchObject({ default: 3 });
});
