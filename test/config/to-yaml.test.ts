import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { toYaml } from '../../src/config/to-yaml.ts';
import { fc, test as property } from '../support/properties.ts';
import { load } from './support.ts';

test('writes plain YAML, with references that stand for themselves', () => {
  const value = { a: { b: [1, 'x: y', null, true, '0123', 'yes'] }, c: undefined, d: '${HOME}', e: 'a\nb\n' };
  expect(toYaml(value)).toMatchInlineSnapshot(`
    "a:
      b:
        - 1
        - "x: y"
        - null
        - true
        - "0123"
        - yes
    d: $\${HOME}
    e: |
      a
      b
    "
  `);
  expect(toYaml({ d: '${HOME}' }, { escape: false })).toBe('d: ${HOME}\n');
});

test('says for people what YAML cannot say', () => {
  const value = {
    f: Math.max,
    g: () => 1,
    r: /x/g,
    u: new URL('http://x/'),
    m: new Map(),
    s: Symbol('s'),
    n: 1n,
  };
  expect(parse(toYaml(value))).toEqual({
    f: '<function max>',
    g: '<function g>',
    r: '/x/g',
    u: 'http://x/',
    m: '<Map>',
    s: 'Symbol(s)',
    n: '1',
  });
});

test('repeats what is shared instead of using anchors', () => {
  const shared = { x: 1 };
  expect(toYaml({ a: shared, b: shared })).toBe('a:\n  x: 1\nb:\n  x: 1\n');
});

const json = fc.jsonValue({ maxDepth: 4 });

property.prop([fc.dictionary(fc.string(), json)], { numRuns: 200 })('reads back as it was', async (value) => {
  const wrapped = JSON.parse(JSON.stringify({ 'x-a': value })) as Record<string, unknown>;
  const { config, diagnostics } = await load(toYaml(wrapped));
  const own = diagnostics
    .filter(({ code }) => code !== 'LC_CONFIG_OPTION_MISSING')
    .map(({ message }) => message);
  // Control characters are escaped, and so allowed.
  expect(own).toEqual([]);
  expect(config).toEqual(wrapped);
});
