import { expect, test } from 'vitest';
import { Report } from '../../src/config/diagnostics.ts';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { readYaml } from '../../src/config/read-yaml.ts';
import { Secrets } from '../../src/config/secrets.ts';
import { SourceText } from '../../src/config/source-text.ts';

function read(text: string, options: { json?: boolean } = {}) {
  const report = new Report();
  report.source = new SourceText(text, 'c');
  report.file = 'c';
  const result = readYaml(report.source, report, options);
  report.locator = result?.marks;
  const problems = formatDiagnostics(report.finish(new Secrets())).trimEnd();
  return { value: result?.value, marks: result?.marks, problems };
}

function spanText(
  text: string,
  path: readonly (string | number)[],
  part: 'key' | 'value',
): string | undefined {
  const span = read(text).marks?.find(path, part);
  return span && text.slice(span.start, span.end);
}

test('reads YAML 1.2', () => {
  const { value, problems } = read(
    'a: yes\nb: 0o17\nc: [1, true, null, ~, 1.5]\nd: |\n  x\n  y\n"e f": { g: \'h\' }\n1: x\n',
  );
  expect(problems).toBe('');
  expect(value).toEqual({
    a: 'yes',
    b: 15,
    c: [1, true, null, null, 1.5],
    d: 'x\ny\n',
    'e f': { g: 'h' },
    1: 'x',
  });
});

test('makes mappings in which no name is special', () => {
  const { value } = read('__proto__: { polluted: true }\nconstructor: 1\ntoString: 2');
  expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(Object.getPrototypeOf(value)).toBeNull();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('expands anchors, each alias with values of its own', () => {
  const { value, problems } = read('a: &x { b: [1] }\nc: *x\nd: &y 2\ne: *y\nf: &y 3\ng: *y');
  expect(problems).toBe('');
  expect(value).toEqual({ a: { b: [1] }, c: { b: [1] }, d: 2, e: 2, f: 3, g: 3 });
  const { a, c } = value as { a: unknown; c: unknown };
  expect(a).not.toBe(c);
});

test('knows where keys and values are', () => {
  const text = 'a:\n  b: "x y"\n  c: [1, { d: 2 }]\n  e:\n';
  expect(spanText(text, ['a', 'b'], 'key')).toBe('b');
  expect(spanText(text, ['a', 'b'], 'value')).toBe('"x y"');
  expect(spanText(text, ['a', 'c', 1, 'd'], 'value')).toBe('2');
  expect(spanText(text, ['a', 'c', 0], 'value')).toBe('1');
  // Nothing is written there: the key has to do.
  expect(spanText(text, ['a', 'e'], 'value')).toBe('e');
  // What is missing is missing in something.
  expect(spanText(text, ['a', 'nope', 'x'], 'value')).toBe('a');
  expect(spanText(text, ['a', 'c', 1, 'nope'], 'key')).toBe('{');
  expect(spanText('a: &x [1, 2]\nb: *x', ['b', 1], 'value')).toBe('2');
});

test.each([
  'a:\n\tb: 1',
  'a: b: c',
  'a:b\nc: d',
  '[a]: x',
  'a: 1\n---\nb: 2',
  '"unterminated',
  'a: [1, 2',
  'a: {x: 1\nb: 2',
  'a: @foo',
  'a: - b',
  '- a\nb: c',
  '  a: 1\nb: 2\nc: 3',
  'a: ]',
  'a: "\\q"',
  'a: {b: ${X}}',
  'a: !foo x',
  'a: !!binary aGk=',
  'a: &x [*x]',
  'a: *nope',
  'a: 1\nb: 2\n\na: 3',
  'a: { b: 1, "b": 2 }',
])('explains %j', (text) => {
  expect(`\n${read(text).problems}\n`).toMatchSnapshot();
});

test.each(['', '\n\n', '# only a comment\n', '---\n', '~'])('calls %j empty', (text) => {
  expect(read(text).problems).toContain('LC_CONFIG_EMPTY');
});

test('shows the first problem of a line, and ten lines at most', () => {
  const { problems } = read('a: @x @y\n'.repeat(50));
  expect(problems.match(/LC_CONFIG_SYNTAX/g)).toHaveLength(10);
});

test('reads JSON strictly', () => {
  const text = '{\n\t"a": [1, -2.5e3, true, null, "\\ud83d\\ude00\\/"],\n\t"b": {}\n}';
  expect(read(text, { json: true })).toMatchObject({ value: JSON.parse(text) as unknown, problems: '' });
});

test.each([
  '{a: 1}',
  '{"a": 1,}',
  '{"a": \'x\'}',
  '{"a": 1 // x\n}',
  '{"a": 01}',
  '{"a": 1} # c',
  'a: 1',
  '{"a" 1}',
  '{"a": tru}',
  '{"a": "\\x41"}',
  '{"a": "x\n  y"}',
  '{"a"}',
  '{"a": &x 1, "b": *x}',
  '{"a": 1, "a": 2}',
  '- 1',
])('refuses %j as JSON', (text) => {
  expect(`\n${read(text, { json: true }).problems}\n`).toMatchSnapshot();
});
