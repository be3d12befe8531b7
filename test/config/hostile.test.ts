/** Configurations that were made to do harm, or by accident: each is refused, soon, with a place and a hint. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { folder, GOOD, load, problemsOf, registry } from './support.ts';

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghij'.split('').map((name, index) => {
    const before = 'abcdefghi'[index]!;
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`;
  }),
].join('\n');

test.each([
  ['aliases that multiply', bomb, 'LC_CONFIG_ALIAS'],
  ['a hundred thousand lists in each other', '['.repeat(100_000), 'LC_CONFIG_TOO_DEEP'],
  ['a hundred thousand mappings in each other', '{a: '.repeat(100_000), 'LC_CONFIG_TOO_DEEP'],
  ['lists in each other without brackets', `a:\n${'- '.repeat(40_000)}`, 'LC_CONFIG_TOO_DEEP'],
  ['lists in each other that go on in the next line', `${'- '.repeat(8000)}\n- a`, 'LC_CONFIG_TOO_DEEP'],
  ['keys in each other', '? '.repeat(40_000), 'LC_CONFIG_TOO_DEEP'],
  [
    'lines that go in and in',
    Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    'LC_CONFIG_TOO_DEEP',
  ],
  ['closing brackets', ']'.repeat(1_000_000), 'LC_CONFIG_SYNTAX'],
  ['commas', `[${','.repeat(90_000)}]`, 'LC_CONFIG_SYNTAX'],
  ['too many words', 'a b: c\n'.repeat(30_000), 'LC_CONFIG_TOO_LARGE'],
  ['many keys that are the same', 'a: 1\n'.repeat(5000), 'LC_CONFIG_DUPLICATE_KEY'],
  [
    'many keys that are not known',
    Array.from({ length: 5000 }, (_, index) => `password${index}: secret${index}`).join('\n'),
    'LC_CONFIG_OPTION_UNKNOWN',
  ],
  ['many anchors', '&a '.repeat(10_000), 'LC_CONFIG_SYNTAX'],
  ['more than a mebibyte', `${GOOD}\n# ${'x'.repeat(2 ** 20)}`, 'LC_CONFIG_TOO_LARGE'],
  ['a NUL', `${GOOD}\0`, 'LC_CONFIG_NOT_TEXT'],
  ['an escape', `${GOOD}\n# \u001b[2J`, 'LC_CONFIG_NOT_TEXT'],
  ['a long line', `sources: ${'x'.repeat(1_000_000)}`, 'LC_CONFIG_OPTION_TYPE'],
  ['a long line of words', `sources: ${'a.b '.repeat(200_000)}`, 'LC_CONFIG_OPTION_TYPE'],
  ['a long reference', `sources: ${'${'.repeat(100_000)}`, 'LC_CONFIG_REFERENCE'],
  [
    'circles of pipelines',
    `${GOOD.split('\n')[0]}\npipelines:\n${Array.from({ length: 1000 }, (_, index) => `  p${index}: { from: p${(index + 1) % 1000}, to: out }\n`).join('')}sinks: { out: { type: memory } }`,
    'LC_CONFIG_CYCLE',
  ],
])('%s', { timeout: 60_000 }, async (_, text, code) => {
  const { diagnostics, topology } = await load(text);
  expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  expect(diagnostics.length).toBeLessThanOrEqual(1001);
  expect(topology).toBeUndefined();
  expect(diagnostics.every(({ excerpt }) => (excerpt?.text.length ?? 0) < 200)).toBe(true);
});

test('says that there are more problems than anybody reads', async () => {
  const { diagnostics } = await load(Array.from({ length: 1500 }, (_, index) => `k${index}: 1\n`).join(''));
  expect(diagnostics.at(-1)?.code).toBe('LC_CONFIG_TOO_MANY');
});

test('`__proto__` is a key like any other', async () => {
  expect(
    await problemsOf(GOOD.replace('type: listen', 'type: listen, __proto__: { port: 1 }')),
  ).toMatchInlineSnapshot(`
    "logcaster.yaml:1:32: error: unknown option \`__proto__\` of source \`in\` [LC_CONFIG_OPTION_UNKNOWN]
        1 | sources: { in: { type: listen, __proto__: { port: 1 } } }
          |                                ^^^^^^^^^
          = there is \`host\`, \`port\`, \`keepAlive\`, \`idle\`, \`oversize\`, \`token\`, \`type\` and \`credit\`"
  `);
  expect(await problemsOf(`${GOOD}\n__proto__: { polluted: 1 }`)).toContain('unknown section `__proto__`');
  expect(
    await problemsOf(GOOD.replace('sinks: { out:', 'sinks: { __proto__: { type: memory }, out:')),
  ).toContain('`__proto__` cannot be a name');
});

test.each([
  ['empty.yaml', '', 'LC_CONFIG_EMPTY'],
  ['nul.yaml', Uint8Array.of(0x61, 0), 'LC_CONFIG_NOT_TEXT'],
  ['latin1.yaml', Uint8Array.of(0x61, 0x3a, 0x20, 0xe9), 'LC_CONFIG_NOT_TEXT'],
  ['utf16.yaml', Uint8Array.of(0xff, 0xfe, 0x61, 0x00), 'LC_CONFIG_NOT_TEXT'],
  ['image.yaml', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'LC_CONFIG_NOT_TEXT'],
  ['config.toml', 'a = 1', 'LC_CONFIG_FORMAT'],
  ['list.yaml', '- a', 'LC_CONFIG_OPTION_TYPE'],
  ['text.yaml', 'hello', 'LC_CONFIG_OPTION_TYPE'],
  ['huge.yaml', 'a'.repeat(2 ** 20 + 1), 'LC_CONFIG_TOO_LARGE'],
])('refuses the file %s', async (file, content, code) => {
  const cwd = await folder({ [file]: content });
  const { diagnostics, topology } = await loadConfig({ file, cwd, registry: registry(), env: {} });
  expect(diagnostics.map((diagnostic) => [diagnostic.code, diagnostic.file])).toEqual([[code, file]]);
  expect(topology).toBeUndefined();
});

test('refuses a directory and a file that is not there', async () => {
  const cwd = await folder();
  const codeOf = async (file: string): Promise<unknown> =>
    (await loadConfig({ file, cwd, registry: registry() })).diagnostics[0]?.code;
  expect(await codeOf('.')).toBe('LC_CONFIG_UNREADABLE');
  expect(await codeOf('nope.yaml')).toBe('LC_CONFIG_NOT_FOUND');
});

test('tolerates a byte order mark and Windows line ends', async () => {
  const cwd = await folder({ 'logcaster.yaml': `\ufeff${GOOD.replaceAll('\n', '\r\n')}` });
  const { diagnostics } = await loadConfig({ file: 'logcaster.yaml', cwd, registry: registry() });
  expect(diagnostics).toEqual([]);
});
