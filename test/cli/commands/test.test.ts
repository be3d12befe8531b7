import { readdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folder, GOOD, runCli } from '../run-cli.ts';

const PASSING = `
tests:
  - name: errors come to errors and ring
    pipeline: main
    input:
      - ERROR disk full
      - GET /health 200
      - { text: all is well, peer: 10.0.0.1:5 }
    expect:
      sinks:
        errors: [ERROR disk full]
        ring:
          - { text: ERROR disk full, fields: { service: checkout } }
          - all is well
      filtered: { no-health: 1, errors.filter: 1 }
`;

const FAILING = `
  - name: the chatter stays
    input: [ERROR disk full, GET /health 200, all is well]
    expect:
      sinks:
        ring: [ERROR disk full, GET /health 200, { text: all is well, fields: { service: chekout } }]
        errors: []
      filtered: { no-helth: 2 }
`;

test('passes, and opens and makes nothing', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD + PASSING });
  expect(await runCli(['test'], { cwd })).toEqual({
    code: 0,
    out: '✓ errors come to errors and ring\n\n1 test passed\n',
    err: '',
  });
  expect(await readdir(cwd)).toEqual(['logcaster.yaml']);
});

test('shows the difference, and where lines went', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD + PASSING + FAILING });
  const { code, out } = await runCli(['test'], { cwd });
  expect(code).toBe(1);
  expect(out).toMatchInlineSnapshot(`
    "✓ errors come to errors and ring
    ✗ the chatter stays
        sink ring: - 2 lines missing, + 1 line not expected
            ERROR disk full  { service="checkout" }
          - GET /health 200
          - all is well  { service="chekout" }
          + all is well  { service="checkout" }
        sink errors: + 1 line not expected
          + ERROR disk full
        filtered: there is no operator \`no-helth\` on the way; did you mean \`no-health\`?
        filtered by no-health: expected 0 lines, got 1
        filtered by filter: expected 0 lines, got 1
        "GET /health 200" stopped at main › no-health (filter not: { word: GET /health })

    1 of 2 tests failed
    "
  `);
});

test('colours the difference on a terminal', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD + PASSING + FAILING });
  const { out } = await runCli(['test'], { cwd, colors: true });
  expect(out).toContain('\u001b[31m- GET /health 200\u001b[39m');
  expect(out).toContain('\u001b[32m+ ERROR disk full\u001b[39m');
});

test('runs the tests with a word in their name, and writes JSON', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD + PASSING + FAILING });
  const { code, out } = await runCli(['test', 'CHATTER', '--format', 'json'], { cwd });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject([
    {
      name: 'the chatter stays',
      passed: false,
      sinks: [
        { sink: 'ring', unexpected: [{ text: 'all is well', fields: { service: 'checkout' } }] },
        { sink: 'errors', missing: [], unexpected: [{ text: 'ERROR disk full' }] },
      ],
    },
  ]);
  expect((await runCli(['test', 'errors come'], { cwd })).code).toBe(0);
  expect(await runCli(['test', 'nothing'], { cwd })).toEqual({
    code: 2,
    out: '',
    err: 'error: no test has "nothing" in its name (there is "errors come to errors and ring", "the chatter stays")\n',
  });
});

test('a line that fails makes a test fail, unless that is expected', async () => {
  const cwd = await folder({ 'op.js': 'export default () => { throw new Error("no\\u001b[2J"); };' });
  const config = `
sources: { tcp: { type: tcp } }
pipelines: { main: { from: tcp, through: [{ type: js, module: ${cwd}/op.js }], to: ring } }
sinks: { ring: { type: ring } }
tests:
  - { name: a, input: [x], expect: { sinks: { ring: [] } } }
  - { name: b, input: [x], expect: { failed: { js: 1 } } }
`;
  await writeConfig(cwd, config);
  const { code, out } = await runCli(['test'], { cwd });
  expect(code).toBe(1);
  expect(out).toBe(
    '✗ a\n    failed in js: expected 0 lines, got 1\n      no\\x1b[2J\n✓ b\n\n1 of 2 tests failed\n',
  );
});

test('says on one line that an operator cannot be started', async () => {
  const cwd = await folder();
  await writeConfig(
    cwd,
    GOOD.replace('{ type: set, fields: { service: checkout } }', '{ type: js, module: /no/such.js }') +
      PASSING,
  );
  const { code, err } = await runCli(['test'], { cwd });
  expect(code).toBe(1);
  expect(err).toMatch(/^logcaster: cannot load \/no\/such\.js: [^\n]*\[LC_MODULE_UNUSABLE\]\n$/);
});

test('says that there are no tests, or that the configuration is bad', async () => {
  const cwd = await folder({
    'logcaster.yaml': GOOD,
    'bad.yaml': `${GOOD}tests: [{ name: a, inputs: [x] }]\n`,
  });
  expect(await runCli(['test'], { cwd })).toMatchObject({
    code: 2,
    err: 'error: logcaster.yaml has no tests (write some under `tests`: see logcaster test --help)\n',
  });
  const bad = await runCli(['test', '-c', 'bad.yaml'], { cwd });
  expect(bad.code).toBe(78);
  expect(bad.err).toContain('did you mean `input`?');
});

async function writeConfig(cwd: string, config: string): Promise<void> {
  await writeFile(`${cwd}/logcaster.yaml`, config);
}
