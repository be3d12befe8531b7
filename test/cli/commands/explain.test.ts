import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folder, GOOD, runCli } from '../run-cli.ts';

test('shows the line after each operator, and where it goes', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const { code, out, err } = await runCli(['explain', 'ERROR disk full'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatchInlineSnapshot(`
    "ERROR disk full
      pipeline main, from tcp
        ✓ no-health (filter not: { word: GET /health })
        ✓ set (fields: { service: checkout })
            + service="checkout"
        → sink ring
        → sink files
        → pipeline errors
      pipeline errors
        ✓ filter (regex: ERROR|FATAL)
        → sink errors
    "
  `);
});

test('shows which operator let a line go, and on which condition', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const { out } = await runCli(['explain', 'GET /health 200'], { cwd });
  expect(out).toMatchInlineSnapshot(`
    "GET /health 200
      pipeline main, from tcp
        ✗ no-health (filter not: { word: GET /health })
            let go here (counted as filtered)
      It comes to no sink.
    "
  `);
  expect((await runCli(['explain', 'fine', '--pipeline', 'errors'], { cwd })).out).toMatchInlineSnapshot(`
    "fine
      pipeline errors, from tcp
        ✗ filter (regex: ERROR|FATAL)
            let go here (counted as filtered)
      It comes to no sink.
    "
  `);
});

test('shows several lines, changes, and errors', async () => {
  const cwd = await folder({
    'op.js': `export default (line) => {
      if (line.text === 'boom') throw new Error('no');
      if (line.text === 'two') return ['one', { text: 'other', fields: { n: 1 } }];
      if (line.text === 'up') return { text: 'UP', fields: { a: 2, c: 1 } };
    };`,
  });
  const config = `
sources: { tcp: { type: tcp } }
pipelines:
  main:
    from: tcp
    through: [{ type: set, fields: { a: 1, b: x } }, { type: js, name: mine, module: ${cwd}/op.js }]
    to: ring
sinks: { ring: { type: ring } }
`;

  await writeFile(`${cwd}/logcaster.yaml`, config);
  const { out } = await runCli(['explain'], { cwd, input: 'boom\r\ntwo\nup' });
  expect(out.replaceAll(cwd, '')).toMatchInlineSnapshot(`
    "boom
      pipeline main, from tcp
        ✓ set (fields: { a: 1, b: x })
            + a=1
            + b="x"
        ✗ mine (js module: /op.js)
            failed: no
      It comes to no sink.

    two
      pipeline main, from tcp
        ✓ set (fields: { a: 1, b: x })
            + a=1
            + b="x"
        ✓ mine (js module: /op.js)
            = one
            + a=1
            + b="x"
            = other
            + n=1
            1 line made beside it
        → sink ring: 2 lines

    up
      pipeline main, from tcp
        ✓ set (fields: { a: 1, b: x })
            + a=1
            + b="x"
        ✓ mine (js module: /op.js)
            = UP
            ~ a=1 → 2
            + c=1
            - b="x"
        → sink ring
    "
  `);
});

test('shows no control character, whatever the line and the configuration', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD.replace('checkout', '"\\u001b[2J"') });
  const { out } = await runCli(['explain'], {
    cwd,
    input: Buffer.from('a\u001b[31m\u202eb\xff\n', 'latin1'),
  });
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(out).toContain('\\x1b[31m');
  expect(out).toContain('\\xff');
});

test('writes JSON', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const { out } = await runCli(['explain', 'x', '--format', 'json', '--source', 'web'], { cwd });
  expect(JSON.parse(out)).toMatchObject([
    {
      line: 'x',
      events: [
        { kind: 'pipeline', pipeline: 'main' },
        { kind: 'operator', operator: 'no-health', outputs: [{ text: 'x' }] },
        { kind: 'operator', operator: 'set', outputs: [{ text: 'x', fields: { service: 'checkout' } }] },
        { kind: 'sink', sink: 'ring', output: { text: 'x' } },
        { kind: 'sink', sink: 'files' },
        { kind: 'pipeline', pipeline: 'errors' },
        { kind: 'operator', operator: 'filter', counts: { filtered: 1 }, outputs: [] },
      ],
    },
  ]);
});

test('an empty line is a line, no line is a mistake', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  expect((await runCli(['explain', ''], { cwd })).out).toMatch(/^\(an empty line\)\n/);
  expect(await runCli(['explain'], { cwd })).toMatchObject({
    code: 2,
    err: expect.stringContaining('is empty'),
  });
  expect(await runCli(['explain'], { cwd, terminal: true })).toMatchObject({
    code: 2,
    err: "error: no line is given (logcaster explain 'the line', or lines on standard input)\n",
  });
});

test('suggests names that were meant', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const errorOf = async (...args: string[]): Promise<string> =>
    (await runCli(['explain', 'x', ...args], { cwd })).err;
  expect(await errorOf('--pipeline', 'mian')).toBe(
    'error: there is no pipeline `mian` (did you mean `main`?)\n',
  );
  expect(await errorOf('--source', 'zzz')).toBe(
    'error: there is no source `zzz` (there is `tcp` and `web`)\n',
  );
});

test('says which part of an expression decided', async () => {
  const config = `sources: { tcp: { type: tcp } }
pipelines:
  main:
    from: tcp
    through: [{ type: filter, where: 'timeout (status:>=500 OR level:error)' }]
    to: ring
sinks: { ring: { type: ring } }
`;
  const cwd = await folder({ 'logcaster.yaml': config });
  expect((await runCli(['explain', '{"msg":"timeout","status":404}'], { cwd })).out).toMatchInlineSnapshot(`
    "{"msg":"timeout","status":404}
      pipeline main, from tcp
        ✗ filter (where: timeout (status:>=500 OR level:error))
            let go here (counted as filtered)
            status:>=500 does not hold: status is 404
            level:error does not hold: the line has no level
      It comes to no sink.
    "
  `);
  expect((await runCli(['explain', '{"msg":"timeout","status":503}'], { cwd })).out).toMatchInlineSnapshot(`
    "{"msg":"timeout","status":503}
      pipeline main, from tcp
        ✓ filter (where: timeout (status:>=500 OR level:error))
            timeout holds
            status:>=500 holds: status is 503
        → sink ring
    "
  `);
});
