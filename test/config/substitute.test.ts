import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Report } from '../../src/config/diagnostics.ts';
import { Secrets } from '../../src/config/secrets.ts';
import { escapeReferences, substitute } from '../../src/config/substitute.ts';
import { around, folder, load, problemsOf } from './support.ts';

async function replaced(value: unknown, env: Record<string, string> = {}, directory = '/'): Promise<unknown> {
  const report = new Report();
  const secrets = new Secrets();
  const result = await substitute(value, { env, directory, report, secrets });
  expect(report.finish(secrets)).toEqual([]);
  return result.value;
}

test.each([
  ['${A}', 'a'],
  ['x${A}y${A}z', 'xayaz'],
  ['${NOPE:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY}', ''],
  ['${A:-d}', 'a'],
  ['${NOPE:-}', ''],
  ['${NOPE:-a b:-c/d}', 'a b:-c/d'],
  ['$${A}', '${A}'],
  ['$$${A}', '$${A}'],
  ['$${', '${'],
  ['$A $ {A} $$', '$A $ {A} $$'],
  ['^x$|{y}', '^x$|{y}'],
  ['${TRICKY}', '${A}: { "b": [1] }\nc: d'],
])('replaces %j by %j', async (text, value) => {
  expect(await replaced(text, { A: 'a', EMPTY: '', TRICKY: '${A}: { "b": [1] }\nc: d' })).toBe(value);
});

test('replaces in values only, at any depth, in a copy', async () => {
  const value = { '${A}': ['${A}', { b: '${A}', c: 1, d: null }] };
  const before = structuredClone(value);
  expect(await replaced(value, { A: 'a' })).toEqual({ '${A}': ['a', { b: 'a', c: 1, d: null }] });
  expect(value).toEqual(before);
});

const method = (): string => '${A}';

test('leaves what is no text alone', async () => {
  const date = new Date(0);
  const copy = (await replaced({ method, date, pattern: /\${A}/ }, {})) as Record<string, unknown>;
  expect(copy['method']).toBe(method);
  expect(copy['date']).toBe(date);
});

test('reads files, without their last line break', async () => {
  const directory = await folder({ token: 'geheim\n', windows: 'a\r\nb\r\n', empty: '' });
  const value = {
    a: '${file:token}',
    b: 'Bearer ${file:./token}!',
    c: `\${file:${join(directory, 'windows')}}`,
    d: '${file:empty}',
  };
  expect(await replaced(value, {}, directory)).toEqual({
    a: 'geheim',
    b: 'Bearer geheim!',
    c: 'a\r\nb',
    d: '',
  });
});

test('writes texts so that they stand for themselves', async () => {
  const value = { a: ['${A} $${B} $', 1], b: { c: '${' } };
  expect(await replaced(escapeReferences(value))).toEqual(value);
});

test('says where a reference cannot be replaced', async () => {
  const cwd = await folder({ binary: Uint8Array.of(0), 'dir/x': '', large: 'x'.repeat(70_000) });
  const tags = [
    '${NOPE}',
    '${a-b}',
    '${}',
    '${A',
    '${A:-${B}}',
    '${file:}',
    '${file:nope}',
    '${file:dir}',
    '${file:binary}',
    '${file:large}',
    '${2}',
  ];
  const sink = `{ type: remote, url: "https://x", tags:\n${tags.map((tag) => `  ${JSON.stringify(tag)},`).join('\n')}\n  ] }`;
  const text = around({ sink: sink.replace('tags:\n', 'tags: [\n') });
  const shown = await problemsOf(text, { cwd, file: join(cwd, 'c.yaml'), env: { A: 'a' } });
  expect(shown.replaceAll(cwd, 'DIR')).toMatchInlineSnapshot(`
    "DIR/c.yaml:3:55: error: \`tags\` must have at most 3 entries [LC_CONFIG_OPTION_VALUE]
        3 | sinks: { out: { type: remote, url: "https://x", tags: [
          |                                                       ^
          = \`tags\`: Tags

    DIR/c.yaml:4:3: error: the environment variable NOPE is not set [LC_CONFIG_VARIABLE_MISSING]
        4 |   "\${NOPE}",
          |   ^^^^^^^^^
          = set it, or give a default: \${NOPE:-default}

    DIR/c.yaml:5:3: error: \`\${a-b}\` is no reference [LC_CONFIG_REFERENCE]
        5 |   "\${a-b}",
          |   ^^^^^^^^
          = write \${NAME}, \${NAME:-default} or \${file:path}; $\${ stands for \${ itself

    DIR/c.yaml:6:3: error: \`\${}\` is no reference [LC_CONFIG_REFERENCE]
        6 |   "\${}",
          |   ^^^^^
          = write \${NAME}, \${NAME:-default} or \${file:path}; $\${ stands for \${ itself

    DIR/c.yaml:7:3: error: \`\${A\` is not closed [LC_CONFIG_REFERENCE]
        7 |   "\${A",
          |   ^^^^^
          = write \${NAME}, \${NAME:-default} or \${file:path}; $\${ stands for \${ itself

    DIR/c.yaml:8:3: error: \`\${A:-\${B}\` is no reference [LC_CONFIG_REFERENCE]
        8 |   "\${A:-\${B}}",
          |   ^^^^^^^^^^^^
          = a default cannot have a reference in it

    DIR/c.yaml:9:3: error: \`\${file:}\` names no file [LC_CONFIG_REFERENCE]
        9 |   "\${file:}",
          |   ^^^^^^^^^^
          = write \${NAME}, \${NAME:-default} or \${file:path}; $\${ stands for \${ itself

    DIR/c.yaml:10:3: error: the file of \`\${file:nope}\` cannot be used: there is no such file [LC_CONFIG_SECRET_UNREADABLE]
       10 |   "\${file:nope}",
          |   ^^^^^^^^^^^^^^
          = it must be a text file of at most 64 KiB that this user may read

    DIR/c.yaml:11:3: error: the file of \`\${file:dir}\` cannot be used: it is a directory [LC_CONFIG_SECRET_UNREADABLE]
       11 |   "\${file:dir}",
          |   ^^^^^^^^^^^^^
          = it must be a text file of at most 64 KiB that this user may read

    DIR/c.yaml:12:3: error: the file of \`\${file:binary}\` cannot be used: it holds the control character U+0000 [LC_CONFIG_SECRET_UNREADABLE]
       12 |   "\${file:binary}",
          |   ^^^^^^^^^^^^^^^^
          = it must be a text file of at most 64 KiB that this user may read

    DIR/c.yaml:13:3: error: the file of \`\${file:large}\` cannot be used: larger than 65536 bytes [LC_CONFIG_SECRET_UNREADABLE]
       13 |   "\${file:large}",
          |   ^^^^^^^^^^^^^^^
          = it must be a text file of at most 64 KiB that this user may read

    DIR/c.yaml:14:3: error: \`\${2}\` is no reference [LC_CONFIG_REFERENCE]
       14 |   "\${2}",
          |   ^^^^^^
          = write \${NAME}, \${NAME:-default} or \${file:path}; $\${ stands for \${ itself"
  `);
});

test('gives options the type that they take', async () => {
  const source = '{ type: listen, port: "${PORT}", keepAlive: "${KEEP}", token: "${TOKEN}" }';
  const env = { PORT: '5140', KEEP: 'true', TOKEN: '12345678', SIZE: '2048', PASS: '123456' };
  const sink =
    '{ type: disk, directory: "${TOKEN}", maxSize: "${SIZE}", queue: { maxBytes: "${SIZE}" }, retry: { maxAttempts: "${NOPE:-3}" } }';
  const { topology, config, diagnostics } = await load(around({ source, sink }), { env });
  expect(diagnostics).toEqual([]);
  expect(topology?.sources.get('in')?.options).toMatchObject({
    port: 5140,
    keepAlive: true,
    token: '12345678',
  });
  expect(topology?.sinks.get('out')).toMatchObject({
    options: { directory: '12345678', maxSize: 2048 },
    queue: { maxBytes: 2048 },
    retry: { maxAttempts: 3 },
  });
  expect(config).toMatchObject({ sources: { in: { port: 5140 } } });
});

test('says what was wrong with a value from outside, and where it came from', async () => {
  const source = '{ type: listen, port: "${PORT}", keepAlive: "${KEEP:-maybe}" }';
  expect(await problemsOf(around({ source }), { env: { PORT: '0x10' } })).toMatchInlineSnapshot(`
    "logcaster.yaml:1:38: error: \`port\` must be a number, not "0x10" (from \${PORT}) [LC_CONFIG_OPTION_TYPE]
        1 | sources: { in: { type: listen, port: "\${PORT}", keepAlive: "\${KEEP:-maybe}" } }
          |                                      ^^^^^^^^^
          = \`port\`: The port

    logcaster.yaml:1:60: error: \`keepAlive\` must be \`true\` or \`false\`, not "maybe" (from \${KEEP:-maybe}) [LC_CONFIG_OPTION_TYPE]
        1 | sources: { in: { type: listen, port: "\${PORT}", keepAlive: "\${KEEP:-maybe}" } }
          |                                                            ^^^^^^^^^^^^^^^^
          = \`keepAlive\`: Whether to keep alive"
  `);
});
