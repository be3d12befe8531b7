import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ComponentDefinition, OptionsSchema } from '../../src/core/component.ts';
import { Registry } from '../../src/core/registry.ts';
import { folder, GOOD, listen, load, memory, problemsOf } from './support.ts';

/** The source text of a definition that needs no imports. */
function definition(type: string, more = ''): string {
  return `{
  kind: 'sink', type: '${type}', apiVersion: 1, summary: 'A plugin.', examples: [], create() {},
  options: { '~standard': {
    version: 1, vendor: 'own', validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: 'object' }) },
  } },
  ${more}
}`;
}

function withPlugins(plugins: string): string {
  return `plugins: ${plugins}\n${GOOD}`;
}

async function typesWith(files: Record<string, string>, plugins: string): Promise<string[]> {
  const cwd = await folder(files);
  const { registry, diagnostics } = await load(withPlugins(plugins), { cwd, file: 'logcaster.yaml' });
  expect(diagnostics).toEqual([]);
  return registry.list('sink').map(({ type }) => type);
}

test('takes definitions from default exports, named exports and lists, of files and packages', async () => {
  const types = await typesWith(
    {
      'a.ts': `const helper: number = 1;\nexport default ${definition('a')};\nexport { helper };`,
      'b.js': `export const b = ${definition('b')}; export const all = [b, ${definition('b-too')}];`,
      'sub/c.mjs': `export default [${definition('c')}];`,
      'node_modules/logcaster-sink-d/package.json':
        '{ "name": "logcaster-sink-d", "type": "module", "exports": "./d.js" }',
      'node_modules/logcaster-sink-d/d.js': `export const d = ${definition('d')};`,
    },
    "[./a.ts, ./b.js, ./sub/c.mjs, 'logcaster-sink-d']",
  );
  expect(types).toEqual(['a', 'b', 'b-too', 'c', 'd', 'disk', 'memory', 'remote']);
});

test('looks for plugins from the directory of the configuration, and leaves the given registry alone', async () => {
  const cwd = await folder({
    'conf/logcaster.yaml': withPlugins('[./a.js]'),
    'conf/a.js': `export default ${definition('a')};`,
  });
  const loaded = await load('', { cwd, file: 'conf/logcaster.yaml', text: undefined });
  expect(loaded.diagnostics).toEqual([]);
  expect(loaded.registry.find('sink', 'a')?.summary).toBe('A plugin.');
});

test('says which plugin is not there', async () => {
  const cwd = await folder({
    'a.js': '',
    'node_modules/odd/package.json': '{ "exports": { "./x": "./x.js" } }',
  });
  const plugins =
    "\n- ./nope.ts\n- ./a.ts\n- a.js\n- logcaster-sink-nope\n- odd\n- { module: '../nope.js' }\n- .";
  expect((await problemsOf(withPlugins(plugins), { cwd })).replaceAll(cwd, 'DIR')).toMatchInlineSnapshot(`
    "logcaster.yaml:2:3: error: plugin \`./nope.ts\` cannot be found: there is no such file [LC_CONFIG_PLUGIN_NOT_FOUND]
        2 | - ./nope.ts
          |   ^^^^^^^^^
          = looked for DIR/nope.ts

    logcaster.yaml:3:3: error: plugin \`./a.ts\` cannot be found: there is no such file [LC_CONFIG_PLUGIN_NOT_FOUND]
        3 | - ./a.ts
          |   ^^^^^^
          = there is one that ends in .js

    logcaster.yaml:4:3: error: plugin \`a.js\` cannot be found: there is no package \`a.js\` in or above DIR [LC_CONFIG_PLUGIN_NOT_FOUND]
        4 | - a.js
          |   ^^^^
          = did you mean the file \`./a.js\`?

    logcaster.yaml:5:3: error: plugin \`logcaster-sink-nope\` cannot be found: there is no package \`logcaster-sink-nope\` in or above DIR [LC_CONFIG_PLUGIN_NOT_FOUND]
        5 | - logcaster-sink-nope
          |   ^^^^^^^^^^^^^^^^^^^
          = run \`npm install logcaster-sink-nope\` beside the configuration

    logcaster.yaml:6:3: error: plugin \`odd\` cannot be found: the package exports no \`.\` that can be imported [LC_CONFIG_PLUGIN_NOT_FOUND]
        6 | - odd
          |   ^^^
          = install the package beside the configuration file; begin the path of a local file with \`./\`

    logcaster.yaml:7:13: error: plugin \`../nope.js\` cannot be found: there is no such file [LC_CONFIG_PLUGIN_NOT_FOUND]
        7 | - { module: '../nope.js' }
          |             ^^^^^^^^^^^^
          = looked for /tmp/nope.js

    logcaster.yaml:8:3: error: plugin \`.\` cannot be found: it is not a file [LC_CONFIG_PLUGIN_NOT_FOUND]
        8 | - .
          |   ^
          = looked for DIR"
  `);
});

test('names the plugin whose code fails, and says why', async () => {
  const cwd = await folder({
    'throws.js': 'throw new Error("no\\nluck");',
    'imports.js': 'import "logcaster-nope";',
    'null.js': 'throw null;',
  });
  const plugins = '\n- ./throws.js\n- ./imports.js\n- ./null.js';
  const text = await problemsOf(withPlugins(plugins), { cwd });
  expect(text.replaceAll(cwd, 'DIR')).toMatchInlineSnapshot(`
    "logcaster.yaml:2:3: error: plugin \`./throws.js\` failed while it was loaded, in line 1: no luck [LC_CONFIG_PLUGIN_FAILED]
        2 | - ./throws.js
          |   ^^^^^^^^^^^
          = see its own documentation, or tell its author

    logcaster.yaml:3:3: error: plugin \`./imports.js\` failed while it was loaded: Cannot find package 'logcaster-nope' imported from DIR/imports.js [LC_CONFIG_PLUGIN_FAILED]
        3 | - ./imports.js
          |   ^^^^^^^^^^^^
          = run \`npm install logcaster-nope\` beside it

    logcaster.yaml:4:3: error: plugin \`./null.js\` failed while it was loaded: null [LC_CONFIG_PLUGIN_FAILED]
        4 | - ./null.js
          |   ^^^^^^^^^
          = see its own documentation, or tell its author"
  `);
});

test('refuses what is no definition, or was made for another version', async () => {
  const cwd = await folder({
    'empty.js': 'export const helper = 1; export default null;',
    'newer.js': `export default { ...${definition('a')}, apiVersion: 2 };`,
    'older.js': `export default { ...${definition('a')}, apiVersion: undefined };`,
    'name.js': `export default ${definition('Not A Type')};`,
    'schema.js': `export default { ...${definition('a')}, options: { parse() {} } };`,
    'json-schema.js': `export default ${definition('a').replace(/jsonSchema: .*/, 'jsonSchema: { input() { throw new Error("cannot") } },')};`,
    'create.js': `export default { ...${definition('a')}, create: 1 };`,
  });
  const plugins = ['empty', 'newer', 'older', 'name', 'schema', 'json-schema', 'create']
    .map((name) => `\n- ./${name}.js`)
    .join('');
  expect(await problemsOf(withPlugins(plugins), { cwd })).toMatchInlineSnapshot(`
    "logcaster.yaml:2:3: error: plugin \`./empty.js\` exports no component [LC_CONFIG_PLUGIN_EMPTY]
        2 | - ./empty.js
          |   ^^^^^^^^^^
          = it must export what defineSource, defineOperator or defineSink of \`logcaster/plugin\` answers

    logcaster.yaml:3:3: error: plugin \`./newer.js\`: sink \`a\` was made for version 2 of the plugin API, and this LogCaster has version 1 [LC_CONFIG_PLUGIN_VERSION]
        3 | - ./newer.js
          |   ^^^^^^^^^^
          = update LogCaster, or use an older version of the plugin

    logcaster.yaml:4:3: error: plugin \`./older.js\`: sink \`a\` was made for no version of the plugin API, and this LogCaster has version 1 [LC_CONFIG_PLUGIN_VERSION]
        4 | - ./older.js
          |   ^^^^^^^^^^
          = use a newer version of the plugin

    logcaster.yaml:5:3: error: plugin \`./name.js\`: the type of a sink must be in kebab-case, not "Not A Type" [LC_CONFIG_PLUGIN_INVALID]
        5 | - ./name.js
          |   ^^^^^^^^^
          = make it with defineSource, defineOperator or defineSink of \`logcaster/plugin\`

    logcaster.yaml:6:3: error: plugin \`./schema.js\`: the \`options\` of sink \`a\` are not a Standard Schema [LC_CONFIG_PLUGIN_INVALID]
        6 | - ./schema.js
          |   ^^^^^^^^^^^
          = use a schema of zod: z.strictObject({ … })

    logcaster.yaml:7:3: error: plugin \`./json-schema.js\`: the \`options\` of sink \`a\` give no JSON Schema: cannot [LC_CONFIG_PLUGIN_INVALID]
        7 | - ./json-schema.js
          |   ^^^^^^^^^^^^^^^^
          = make it with defineSource, defineOperator or defineSink of \`logcaster/plugin\`

    logcaster.yaml:8:3: error: plugin \`./create.js\`: sink \`a\` has no function \`create\` [LC_CONFIG_PLUGIN_INVALID]
        8 | - ./create.js
          |   ^^^^^^^^^^^
          = make it with defineSource, defineOperator or defineSink of \`logcaster/plugin\`"
  `);
});

test('lets a plugin replace a built-in only when told to', async () => {
  const files = {
    'a.js': `export default ${definition('memory')};`,
    'b.js': `export default ${definition('memory')};`,
  };
  const cwd = await folder(files);
  expect(await problemsOf(withPlugins('[./a.js]'), { cwd })).toMatchInlineSnapshot(`
    "logcaster.yaml:1:11: error: plugin \`./a.js\` brings the sink \`memory\`, and LogCaster has one [LC_CONFIG_PLUGIN_DUPLICATE]
        1 | plugins: [./a.js]
          |           ^^^^^^
          = to replace the other one, write { module: …, replace: true }"
  `);
  const replaced = await load(withPlugins('[{ module: ./a.js, replace: true }]'), { cwd });
  expect(replaced.diagnostics).toEqual([]);
  expect(replaced.registry.find('sink', 'memory')?.summary).toBe('A plugin.');
  const twice = await problemsOf(withPlugins('[{ module: ./a.js, replace: true }, ./b.js]'), { cwd });
  expect(twice).toContain('plugin `./b.js` brings the sink `memory`, and plugin `./a.js` does too');
});

test('refuses lists of plugins that are none', async () => {
  expect(await problemsOf(withPlugins('./a.js'))).toMatchInlineSnapshot(`
    "logcaster.yaml:1:10: error: \`plugins\` must be a list [LC_CONFIG_OPTION_TYPE]
        1 | plugins: ./a.js
          |          ^^^^^^
          = write [./a.js]"
  `);
  expect(await problemsOf(withPlugins('[1, "", { modul: x }]'))).toMatchInlineSnapshot(`
    "logcaster.yaml:1:11: error: plugin must be text or a mapping of options [LC_CONFIG_OPTION_TYPE]
        1 | plugins: [1, "", { modul: x }]
          |           ^
          = An npm package, or a file, that brings components

    logcaster.yaml:1:14: error: plugin must not be empty [LC_CONFIG_OPTION_VALUE]
        1 | plugins: [1, "", { modul: x }]
          |              ^^
          = An npm package, or a file, that brings components

    logcaster.yaml:1:20: error: unknown option \`modul\` of plugin [LC_CONFIG_OPTION_UNKNOWN]
        1 | plugins: [1, "", { modul: x }]
          |                    ^^^^^
          = did you mean \`module\`?"
  `);
});

test('loads a local file again when it was changed, and only then', async () => {
  const cwd = await folder({ 'a.js': `export default ${definition('a')};` });
  const text = `plugins: [./a.js]\n${GOOD.replace('type: memory', 'type: a')}`;
  const first = await load(text, { cwd });
  const second = await load(text, { cwd });
  await writeFile(join(cwd, 'a.js'), `export default ${definition('a', 'description: "new",')};`);
  const third = await load(text, { cwd });
  expect(third.registry.find('sink', 'a')?.description).toBe('new');
  const [a, b, c] = [first, second, third].map(({ topology }) => topology?.sinks.get('out')?.key);
  expect(a).toBe(b);
  expect(c).not.toBe(a);
});

/** What is wrong with the option `pth` of a plugin with this schema. */
async function looseProblems(schema: OptionsSchema): Promise<string> {
  const plugin = { ...memory, type: 'loose', options: schema } as unknown as ComponentDefinition;
  const loaded = await loadConfig({
    value: {
      plugins: [plugin],
      sources: { in: { type: 'listen' } },
      pipelines: { main: { from: 'in', to: 'out' } },
      sinks: { out: { type: 'loose', pth: 'x', queue: { maxBytes: 1 } } },
    },
    registry: new Registry([listen]),
    env: {},
  });
  return loaded.diagnostics.map(({ code, message, hint }) => `${code}: ${message}; ${hint}`).join();
}

test('refuses options that the schema of a plugin would ignore, unless it says that it takes any', async () => {
  const options = { path: z.string().optional(), name: z.string().optional() };
  expect(await looseProblems(z.object(options))).toBe(
    'LC_CONFIG_OPTION_UNKNOWN: unknown option `pth` of sink `out`; did you mean `path`?',
  );
  expect(await looseProblems(z.looseObject(options))).toBe('');
  expect(await looseProblems(z.object(options).catchall(z.string()))).toBe('');
  expect(await looseProblems(z.record(z.string(), z.string()))).toBe('');
});

test('takes a definition itself, as a configuration in TypeScript can give it', async () => {
  const value = {
    plugins: [memory],
    sources: { in: { type: 'listen' } },
    pipelines: { main: { from: 'in', to: 'out' } },
    sinks: { out: { type: 'memory' } },
  };
  const loaded = await loadConfig({ value, registry: new Registry([listen]), env: {} });
  expect(loaded.diagnostics).toEqual([]);
  expect(loaded.topology?.sinks.get('out')?.definition).toBe(memory);
  expect(loaded.redacted['plugins']).toEqual(['<sink memory>']);
});
