import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folder, GOOD, runCli } from '../run-cli.ts';

const UNUSED = `${GOOD}  idle: { type: blackhole }\n`;
const BAD = GOOD.replace('type: tcp', 'type: tpc').replace('to: errors', 'to: erors');

test('says in one line that a configuration is good, and opens and makes nothing', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  expect(await runCli(['check'], { cwd })).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^logcaster.yaml: good: 2 sources, 2 pipelines, 3 sinks\nmemory: at most \d+ MiB: 200 MiB Node and LogCaster, .* rings, .*\n$/,
    ),
    err: '',
  });
  expect(await readdir(cwd)).toEqual(['logcaster.yaml']);
});

test('takes the file as an argument or with -c, but not both', async () => {
  const cwd = await folder({ 'a.yaml': GOOD });
  expect((await runCli(['check', 'a.yaml'], { cwd })).out).toMatch(/^a\.yaml: good/);
  expect((await runCli(['check', '-c', 'a.yaml'], { cwd })).out).toMatch(/^a\.yaml: good/);
  expect(await runCli(['check', 'a.yaml', '-c', 'b.yaml'], { cwd })).toEqual({
    code: 2,
    out: '',
    err: 'error: two configurations are named (check a.yaml, or -c b.yaml)\n',
  });
});

test('reports every problem with its place, and counts them', async () => {
  const cwd = await folder({ 'logcaster.yaml': BAD });
  const { code, out, err } = await runCli(['check'], { cwd });
  expect({ code, out }).toEqual({ code: 78, out: '' });
  expect(err).toMatch(/^logcaster\.yaml:3:16: error: there is no source of the type `tpc`/);
  expect(err).toContain('= did you mean `tcp`?');
  expect(err).toContain('= did you mean `errors`?');
  expect(err).toMatch(/\nlogcaster\.yaml: 2 errors\n$/);
});

test('lets warnings pass, unless they are denied', async () => {
  const cwd = await folder({ 'logcaster.yaml': UNUSED });
  const lenient = await runCli(['check'], { cwd });
  expect({ code: lenient.code, out: lenient.out }).toEqual({
    code: 0,
    out: expect.stringMatching(/^memory: [^\n]*\n$/),
  });
  expect(lenient.err).toMatch(/warning: .*idle/);
  expect((await runCli(['check', '--deny-warnings'], { cwd })).code).toBe(1);
});

test('writes JSON for tools', async () => {
  const cwd = await folder({ 'logcaster.yaml': UNUSED, 'bad.yaml': BAD });
  const { out, err, code } = await runCli(['check', '--format', 'json', '--deny-warnings'], { cwd });
  expect({ err, code }).toEqual({ err: '', code: 1 });
  expect(JSON.parse(out)).toMatchObject({
    file: 'logcaster.yaml',
    ok: false,
    diagnostics: [{ code: 'LC_CONFIG_UNUSED', severity: 'warning', path: 'sinks.idle' }],
  });
  const bad = await runCli(['check', 'bad.yaml', '--format', 'json'], { cwd });
  expect(bad.code).toBe(78);
  expect(JSON.parse(bad.out).diagnostics[0]).toMatchObject({
    line: 3,
    column: 16,
    hint: 'did you mean `tcp`?',
  });
});

test('says that there is nothing to check', async () => {
  const cwd = await folder();
  const { code, err } = await runCli(['check'], { cwd });
  expect(code).toBe(78);
  expect(err).toMatch(/there is no configuration here.*LC_CONFIG_NOT_FOUND/);
  expect((await runCli(['check', 'no.yaml'], { cwd })).err).toMatch(
    /^no\.yaml: error: there is no such file/,
  );
});

test('counts tests, and finds names in them that there are not', async () => {
  const tests = 'tests:\n  - { name: a, pipeline: mian, input: [x], expect: { sinks: { rnig: [] } } }\n';
  const cwd = await folder({ 'logcaster.yaml': GOOD + tests });
  const { code, err } = await runCli(['check'], { cwd });
  expect(code).toBe(78);
  expect(err).toContain('= did you mean `main`?');
  expect(err).toMatch(/\^{4}\n.*= did you mean `ring`\?/);
  const good = await folder({
    'logcaster.yaml': GOOD + tests.replace('mian', 'main').replace('rnig', 'ring'),
  });
  expect((await runCli(['check'], { cwd: good })).out).toContain('3 sinks, 1 test\n');
});

test('names the section where a list is a section', async () => {
  const cwd = await folder({ 'logcaster.yaml': `${GOOD}tests: [{ name: a, input: x, expect: {} }]\n` });
  const { err } = await runCli(['check'], { cwd });
  expect(err).toContain('`tests[0].input` must be a list, not "x"');
});

test('points into an expression', async () => {
  const config = `sources: { tcp: { type: tcp } }
pipelines:
  main:
    from: tcp
    through:
      - type: filter
        where: |
          timeout AND
          status>=500
    to: ring
sinks: { ring: { type: ring } }
`;
  const cwd = await folder({ 'logcaster.yaml': config });
  const { code, out, err } = await runCli(['check'], { cwd });
  expect(code).not.toBe(0);
  expect(out + err).toMatchInlineSnapshot(`
    "logcaster.yaml:9:17: error: \`where\`: column 19: a colon is expected behind the name of a field [LC_CONFIG_OPTION_VALUE]
        9 |           status>=500
          |                 ^^
          = Write status:>=500, or "status>=500" for the text.

    logcaster.yaml: 1 error
    "
  `);
});
