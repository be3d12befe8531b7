import { expect, test } from 'vitest';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { isSecretName, Secrets } from '../../src/config/secrets.ts';
import { SourceText } from '../../src/config/source-text.ts';
import { toYaml } from '../../src/config/to-yaml.ts';
import { around, folder, load, problemsOf } from './support.ts';

const SECRET = 'hunter2-correct-horse';

/** Everything that people and tools get to see of a configuration. */
async function everythingShown(text: string, options: Parameters<typeof load>[1] = {}): Promise<string> {
  const { diagnostics, redacted, overrides } = await load(text, options);
  return [
    formatDiagnostics(diagnostics),
    formatDiagnostics(diagnostics, { colors: true }),
    JSON.stringify(diagnostics),
    toYaml(redacted),
    JSON.stringify(overrides),
  ].join('\n');
}

test.each([
  ['written in a secret option', `{ type: remote, url: "https://x", password: ${SECRET} }`],
  ['in quotes', `{ type: remote, url: "https://x", password: "${SECRET}" }`],
  ['in an option on a line with an error', `{ type: remote, url: "nope", password: ${SECRET}, oops: 1 }`],
  ['with an error of its own', `{ type: remote, url: "https://x", password: [${SECRET}] }`],
  [
    'in a mapping of secrets',
    `{ type: remote, url: "nope", headers: { authorization: "Bearer ${SECRET}", x: ${SECRET} } }`,
  ],
  ['under a key with a slip', `{ type: remote, url: "nope", pasword: ${SECRET} }`],
  ['under a key that says so', `{ type: remote, url: "nope", apiKey: ${SECRET} }`],
  [
    'in a component whose type is not known',
    `{ type: remot, password: ${SECRET}, nested: { token: ${SECRET} } }`,
  ],
  ['in the password of a URL', `{ type: remote, url: "https://me:${SECRET}@host", oops: 1 }`],
  [
    'in a block text',
    `\n    type: remote\n    url: nope\n    password: |\n      ${SECRET}\n      more\n    oops: 1`,
  ],
  ['as a default of a reference', `{ type: remote, url: "nope", password: "\${NOPE:-${SECRET}}" }`],
  [
    'behind an alias',
    `{ type: remote, url: "nope", password: *p, tags: [&p ${SECRET}] }`.replace(
      /(password: \*p), (tags: \[&p .*?\])/,
      '$2, $1',
    ),
  ],
  ['from a file', '{ type: remote, url: "${file:secret}", tags: ["x ${file:secret}"], oops: 1 }'],
  [
    'from a variable that says so',
    '{ type: remote, url: "${DB_PASSWORD}", batch: { lines: "${DB_PASSWORD}" } }',
  ],
  ['elsewhere too', `{ type: remote, url: "nope", password: ${SECRET}, tags: [1, ${SECRET}, 2, 3] }`],
])('a secret is never shown: %s', async (_, sink) => {
  const cwd = await folder({ secret: `${SECRET}\n` });
  const text = around({ sink });
  const shown = await everythingShown(text, { cwd, file: `${cwd}/c.yaml`, env: { DB_PASSWORD: SECRET } });
  expect(shown).not.toContain(SECRET);
  expect(shown).toContain('***');
});

test.each([
  `sinks: { out: { type: remote, password: ${SECRET}`,
  `password: "${SECRET}\nx: y`,
  `api-key: ${SECRET} }: @`,
])('not even when the text cannot be understood: %j', async (text) => {
  expect(await everythingShown(text)).not.toContain(SECRET);
});

test('masks a secret where it stands, and points at the right place', async () => {
  const sink = '{ type: remote, url: "nope", password: hunter2, oops: 1, headers: { x: abc } }';
  expect(await problemsOf(around({ sink }))).toMatchInlineSnapshot(`
    "logcaster.yaml:3:36: error: \`url\` is not a valid URL, not "nope" [LC_CONFIG_OPTION_VALUE]
        3 | sinks: { out: { type: remote, url: "nope", password: ***, oops: 1, headers: { x: *** } } }
          |                                    ^^^^^^
          = \`url\`: Where to send to

    logcaster.yaml:3:63: error: unknown option \`oops\` of sink \`out\` [LC_CONFIG_OPTION_UNKNOWN]
        3 | sinks: { out: { type: remote, url: "nope", password: ***, oops: 1, headers: { x: *** } } }
          |                                                           ^^^^
          = there is \`batch\`, \`tags\`, \`type\`, \`queue\`, \`retry\`, \`breaker\` and \`deadLetter\`"
  `);
});

test('a secret that has an error is named, not shown', async () => {
  expect(await problemsOf(around({ source: '{ type: listen, token: geheim }' }))).toMatchInlineSnapshot(`
    "logcaster.yaml:1:39: error: \`token\` must have at least 8 characters [LC_CONFIG_OPTION_VALUE]
        1 | sources: { in: { type: listen, token: *** } }
          |                                       ^^^
          = \`token\`: What clients must say"
  `);
  expect(
    await problemsOf(around({ source: '{ type: listen, token: { a: geheim } }' })),
  ).toMatchInlineSnapshot(`
    "logcaster.yaml:1:39: error: \`token\` must be text [LC_CONFIG_OPTION_TYPE]
        1 | sources: { in: { type: listen, token: *** } }
          |                                       ^^^
          = there are options here where one value should be"
  `);
});

test('a reference to a secret may be shown: it is none', async () => {
  const sink = '{ type: remote, url: nope, password: "${PASS}", headers: { x: "${file:token}" } }';
  const cwd = await folder({ token: 'abcdef' });
  const shown = await problemsOf(around({ sink }), { cwd, file: `${cwd}/c.yaml`, env: { PASS: 'abcdefg' } });
  expect(shown).toContain('password: "${PASS}", headers: { x: "${file:token}" }');
});

test('the configuration itself keeps its secrets', async () => {
  const { topology, redacted, diagnostics } = await load(
    around({ sink: `{ type: remote, url: "https://x", password: ${SECRET} }` }),
  );
  expect(diagnostics).toEqual([]);
  expect(topology?.sinks.get('out')?.options).toMatchObject({ password: SECRET });
  expect(topology?.sinks.get('out')?.key).not.toContain(SECRET);
  expect(redacted).toMatchObject({ sinks: { out: { password: '***' } } });
});

test.each([
  'password',
  'DB_PASSWD',
  'apiKey',
  'API_KEY',
  'api-key',
  'accessKey',
  'clientSecret',
  'GITHUB_TOKEN',
  'authorization',
  'private_key',
])('the name %s says that its value is secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each(['port', 'directory', 'key', 'passive', 'author', 'keyword'])('the name %s does not', (name) => {
  expect(isSecretName(name)).toBe(false);
});

test('short secrets are masked at their place only', () => {
  const secrets = new Secrets();
  secrets.add(['a'], 'abc');
  secrets.add(['b'], 12_345);
  expect(secrets.mask('abc 12345 abcabc')).toBe('abc *** abcabc');
  expect(secrets.redact({ a: 'abc', b: 12_345, c: 'abc' })).toEqual({ a: '***', b: '***', c: 'abc' });
});

test('masks long lines in linear time', () => {
  const secrets = new Secrets();
  for (const text of [
    'a.'.repeat(300_000),
    'a-'.repeat(300_000),
    'x://'.repeat(150_000),
    `a${' '.repeat(600_000)}`,
    'password:'.repeat(60_000),
  ]) {
    const source = new SourceText(text, 'f');
    expect(secrets.excerpt(source, { start: 300_000, end: 300_001 }, undefined).text.length).toBeLessThan(
      200,
    );
  }
});
