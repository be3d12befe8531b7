import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, load, problemsOf } from './support.ts';

/** A configuration of these pipelines, with the sources `a` and `b` and the sinks `x` and `y`. */
function withPipelines(pipelines: string, more = ''): string {
  return `sources:
  a: { type: listen, port: 1001 }
  b: { type: listen, port: 1002 }
sinks:
  x: { type: memory }
  y: { type: memory${more} }
pipelines:
${pipelines.replaceAll(/^/gm, '  ')}`;
}

test.each([
  ['one name or a list', 'm: { from: a, to: x }\nn: { from: [b], to: [y, x] }'],
  [
    'a source in several pipelines, a sink behind several',
    'm: { from: [a, b], to: [x, y] }\nn: { from: a, to: x }',
  ],
  [
    'pipelines that feed others, written in any order',
    'm: { from: n, to: x }\nn: { from: [a, b] }\no: { from: [n, a], to: y }',
  ],
])('takes %s', async (_, pipelines) => {
  expect(await problemsOf(withPipelines(pipelines))).toBe('');
});

test('makes a topology of it, without what is in no pipeline', async () => {
  const { topology, diagnostics, warnings } = await load(
    withPipelines(
      'm: { from: a, to: x, through: [{ type: pick, word: w }, { type: pick, word: v }, { type: pick, word: u, name: pick-2 }] }',
    ),
  );
  expect(warnings).toEqual(diagnostics);
  expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([
    ['LC_CONFIG_UNUSED', 'sources.b'],
    ['LC_CONFIG_UNUSED', 'sinks.y'],
  ]);
  expect([...topology!.sources.keys()]).toEqual(['a']);
  expect([...topology!.sinks.keys()]).toEqual(['x']);
  expect(topology!.pipelines.get('m')).toMatchObject({ from: ['a'], to: ['x'] });
  expect(topology!.pipelines.get('m')!.through.map(({ name, options }) => [name, options])).toEqual([
    ['pick', { word: 'w' }],
    ['pick-3', { word: 'v' }],
    ['pick-2', { word: 'u' }],
  ]);
});

test.each([
  ['names that nothing has', 'm: { from: [a, c, bb], to: [z, xx] }'],
  ['sinks and sources in the wrong place', 'm: { from: [a, x], to: [b, n, y] }\nn: { from: b, to: x }'],
  ['nothing in, nothing out', 'm: { from: a }\nn: { to: x }\no: {}\np: { from: [], to: [] }'],
  ['a pipeline that feeds itself', 'm: { from: [a, m], to: x }'],
  ['two that feed each other', 'm: { from: [a, n], to: x }\nn: { from: [m, b], to: y }'],
  ['a circle of three', 'm: { from: [o, a, b], to: x }\nn: { from: m, to: y }\no: { from: n, to: y }'],
  ['a name twice', 'm: { from: [a, b, a], to: [x, x, y] }'],
  ['names that are none', 'm: { from: [a, 1, ""], to: { x: y } }\n2m: { from: b, to: y }'],
  ['one name for a source and a pipeline', 'a: { from: a, to: x }\nm: { from: b, to: y }'],
  ['options that pipelines do not have', 'm: { form: a, from: b, to: x, sinks: y }'],
  ['no mapping', 'm: a\nn: [a]'],
])('reports %s', async (_, pipelines) => {
  expect(`\n${await problemsOf(withPipelines(pipelines))}\n`).toMatchSnapshot();
});

test.each(['log: { level: info }', 'sources:\npipelines: []\nsinks: {}\nsink: { x: { type: memory } }'])(
  'reports sections that are missing, empty or no mappings: %j',
  async (text) => {
    expect(`\n${await problemsOf(text)}\n`).toMatchSnapshot();
  },
);

test('lets sections with `x-` be, for anchors, and `$schema`, for editors', async () => {
  const text = `$schema: ./logcaster.schema.json\nx-defaults: &sink { type: memory, maxLines: 5 }\n${withPipelines('m: { from: [a, b], to: [x, y] }')}`;
  const { diagnostics, topology } = await load(text.replace('x: { type: memory }', 'x: *sink'));
  expect(diagnostics).toEqual([]);
  expect(topology?.sinks.get('x')?.options).toEqual({ maxLines: 5 });
});

const flow = 'm: { from: [a, b], to: [x, y] }';

test.each([
  ['a name that is not there', ', refillFrom: z', 'there is no sink `z`'],
  ['a sink without history', ', refillFrom: x', 'sink `x` keeps no history'],
  ['itself', ', refillFrom: y', 'sink `y` cannot be refilled from itself'],
])('refuses to refill a sink from %s', async (_, option, message) => {
  expect(await problemsOf(withPipelines(flow, option))).toContain(message);
});

test('a sink that another is refilled from is in use', async () => {
  const text = withPipelines(flow, ', refillFrom: old').replace(
    'sinks:',
    'sinks:\n  old: { type: disk, directory: ./old }',
  );
  const { diagnostics, topology } = await load(text);
  expect(diagnostics).toEqual([]);
  expect([...topology!.sinks.keys()]).toEqual(['old', 'x', 'y']);
});

function twoSources(a: string, b: string): string {
  return `sources:\n  a: { type: listen, ${a} }\n  b: { type: listen, ${b} }\npipelines: { m: { from: [a, b], to: x } }\nsinks: { x: { type: memory } }`;
}

test.each([
  ['port: 7000', 'port: 7000'],
  ['port: 7000, host: localhost', 'port: 7000, host: 127.0.0.1'],
  ['port: 7000, host: 0.0.0.0', 'port: 7000, host: 10.0.0.1'],
  ['port: 7000, host: 10.0.0.1', 'port: 7000, host: "::"'],
  ['port: 7000, host: "[::1]"', 'port: 7000, host: "::1"'],
])('refuses two listeners in one place: %s and %s', async (a, b) => {
  const { diagnostics } = await load(twoSources(a, b));
  expect(diagnostics).toMatchObject([{ code: 'LC_CONFIG_CONFLICT', path: 'sources.b.port', line: 3 }]);
});

test.each([
  ['port: 7000', 'port: 7001'],
  ['port: 7000, host: 10.0.0.1', 'port: 7000, host: 10.0.0.2'],
  ['port: 7000, host: 0.0.0.0', 'port: 7000, host: "::1"'],
])('takes two listeners in two places: %s and %s', async (a, b) => {
  expect((await load(twoSources(a, b))).diagnostics).toEqual([]);
});

test('the query port is a listener too', async () => {
  expect(
    `\n${await problemsOf(`${twoSources('port: 7000', 'port: 7001')}\nquery: { port: 7001 }`)}\n`,
  ).toMatchSnapshot();
});

test('two sinks cannot have one directory, by whatever name', async () => {
  const cwd = await folder({ 'real/x': '' });
  await symlink(join(cwd, 'real'), join(cwd, 'link'));
  const conflicts = async (a: string, b: string): Promise<unknown[]> => {
    const text = `sources: { a: { type: listen } }\npipelines: { m: { from: a, to: [x, y] } }
sinks: { x: { type: disk, directory: ${a} }, y: { type: disk, directory: ${b} } }`;
    return (await load(text, { cwd })).diagnostics.map(({ code, path }) => [code, path]);
  };
  const conflict = [['LC_CONFIG_CONFLICT', 'sinks.y.directory']];
  expect(await conflicts('./real', './link')).toEqual(conflict);
  expect(await conflicts('./real/new/deep', 'link/new/./deep/')).toEqual(conflict);
  expect(await conflicts(join(cwd, 'none'), 'real/../none')).toEqual(conflict);
  expect(await conflicts('./real', './real/sub')).toEqual([]);
});
