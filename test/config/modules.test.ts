/** Configurations in TypeScript and JavaScript, and plugins, as Node itself loads them: in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { folder } from './support.ts';

const script = fileURLToPath(new URL('./load-natively.ts', import.meta.url));
const REST = "sources: { in: { type: 'listen' } }, pipelines: { main: { from: 'in', to: 'out' } }";
const GOOD = `{ ${REST}, sinks: { out: { type: 'memory', maxLines: 5 } } }`;

/** Loads these files in this order; answers what is printed for each. */
async function loadAll(files: Record<string, string>, ...names: string[]): Promise<string> {
  const cwd = await folder(files);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...names], { cwd });
  expect(stderr).toBe('');
  return stdout.replaceAll(cwd, 'DIR');
}

test('takes the default export, with types, functions and imports', { timeout: 60_000 }, async () => {
  const shown = await loadAll(
    {
      'a.ts': `import { lines } from './lines.ts';
interface Config { readonly sinks: unknown }
const config: Config = { ${REST}, sinks: { out: { type: 'memory', maxLines: lines, call: (line: string) => line } } } satisfies Config;
export default config;`,
      'lines.ts': 'export const lines: number = 7;',
      'b.js': `export default ${GOOD}`,
      'c.mjs': `export default await Promise.resolve(${GOOD})`,
    },
    'a.ts',
    'b.js',
    'c.mjs',
  );
  expect(shown.split('\n').filter(Boolean)).toEqual(['maxLines,call', 'maxLines', 'maxLines']);
});

test('what is imported of LogCaster where it is not installed is the one that runs', {
  timeout: 60_000,
}, async () => {
  const shown = await loadAll(
    {
      'a.ts': `import { defineConfig } from 'logcaster';
        import { defineSink } from 'logcaster/plugin';
        import { conformance } from 'logcaster/testing';
        if ([defineConfig, defineSink, conformance].some((each) => typeof each !== 'function')) throw new Error();
        export default defineConfig(${GOOD})`,
    },
    'a.ts',
  );
  expect(shown).toBe('maxLines\n\n');
});

test('says what is wrong with a module', { timeout: 60_000 }, async () => {
  const shown = await loadAll(
    {
      'no-default.js': `export const config = ${GOOD}`,
      'function.ts': `export default () => (${GOOD})`,
      'list.js': 'export default []',
      'syntax.js': 'export default {',
      'enum.ts': `enum Level { Info }\nexport default ${GOOD}`,
      'throws.js': 'throw new Error("no luck")',
      'import.ts': `import { nope } from 'logcaster-nope';\nexport default nope(${GOOD})`,
      'circle.js': `const config = ${GOOD}; config.sinks.out.call = config; export default config`,
      'deep.js': `let deep = 1; for (let i = 0; i < 1e4; i++) deep = [deep]; export default { x: deep }`,
    },
    'no-default.js',
    'function.ts',
    'list.js',
    'syntax.js',
    'enum.ts',
    'throws.js',
    'import.ts',
    'circle.js',
    'deep.js',
  );
  expect(shown).toMatchInlineSnapshot(`
    "no-default.js: error: the module has no default export [LC_CONFIG_MODULE]
          = it must export one object: \`export default defineConfig({ … })\`

    function.ts: error: the default export is not an object [LC_CONFIG_MODULE]
          = it must export one object: \`export default defineConfig({ … })\`

    list.js: error: the default export is not an object [LC_CONFIG_MODULE]
          = it must export one object: \`export default defineConfig({ … })\`

    syntax.js: error: the module cannot be loaded: Unexpected end of input [LC_CONFIG_MODULE]
          = it must export one object: \`export default defineConfig({ … })\`

    enum.ts:1:1: error: the module cannot be loaded: TypeScript enum is not supported in strip-only mode [LC_CONFIG_MODULE]
        1 | enum Level { Info }
          | ^
          = use types only: no enum, no namespace, no parameter properties

    throws.js:1:7: error: the module cannot be loaded: no luck [LC_CONFIG_MODULE]
        1 | throw new Error("no luck")
          |       ^
          = it must export one object: \`export default defineConfig({ … })\`

    import.ts: error: the module cannot be loaded: Cannot find package 'logcaster-nope' imported from DIR/import.ts [LC_CONFIG_MODULE]
          = run \`npm install logcaster-nope\` beside it

    circle.js:1:112: error: this contains itself [LC_CONFIG_TOO_DEEP]
        1 | … main: { from: 'in', to: 'out' } }, sinks: { out: { type: 'memory', maxLines: 5 } } }; config.sinks.out.call = config; export default config
          |                                               ^^^
          = nest at most 64 levels

    deep.js:1:77: error: too deeply nested [LC_CONFIG_TOO_DEEP]
        1 | let deep = 1; for (let i = 0; i < 1e4; i++) deep = [deep]; export default { x: deep }
          |                                                                             ^
          = nest at most 64 levels

    "
  `);
});

test('guesses where something stands in a module, and masks secrets there', { timeout: 60_000 }, async () => {
  const text = `// port: not here
export default {
  sources: {
    in: { type: 'listen', port: 70000 },
  },
  pipelines: { main: { from: 'in', to: 'out' } },
  sinks: {
    out: {
      type: 'memory',
      "maxlines": 5, password: 'hunter2-secret',
      [['max', 'Lines'].join('')]: 0,
    },
  },
};`;
  const shown = await loadAll({ 'a.ts': text }, 'a.ts');
  expect(shown).not.toContain('hunter2');
  expect(shown).toMatchInlineSnapshot(`
    "a.ts:4:27: error: \`port\` must be at most 65535, not 70000 [LC_CONFIG_OPTION_VALUE]
        4 |     in: { type: 'listen', port: 70000 },
          |                           ^^^^
          = \`logcaster describe listen\` shows what it takes

    a.ts:8:5: error: \`maxLines\` must be at least 1, not 0 [LC_CONFIG_OPTION_VALUE]
        8 |     out: {
          |     ^^^
          = \`logcaster describe memory\` shows what it takes

    a.ts:10:8: error: unknown option \`maxlines\` of sink \`out\` [LC_CONFIG_OPTION_UNKNOWN]
       10 |       "maxlines": 5, password: ***,
          |        ^^^^^^^^
          = did you mean \`maxLines\`?

    a.ts:10:22: error: \`password\` must have at least 20 characters [LC_CONFIG_OPTION_VALUE]
       10 |       "maxlines": 5, password: ***,
          |                      ^^^^^^^^
          = \`logcaster describe memory\` shows what it takes

    "
  `);
});

test('plugins fail as Node says', { timeout: 60_000 }, async () => {
  const plugins = ['syntax.js', 'enum.ts', 'package'];
  const names = plugins.map((name) => (name === 'package' ? name : `./${name}`));
  const shown = await loadAll(
    {
      'a.json': JSON.stringify(
        {
          plugins: names,
          sources: { in: { type: 'listen' } },
          pipelines: { main: { from: 'in', to: 'out' } },
          sinks: { out: { type: 'memory' } },
        },
        null,
        1,
      ),
      'syntax.js': 'export default {',
      'enum.ts': 'enum Level { Info }',
      'node_modules/package/package.json': '{ "exports": "./index.ts" }',
      'node_modules/package/index.ts': 'export const a: number = 1',
    },
    'a.json',
  );
  expect(shown).toMatchInlineSnapshot(`
    "a.json:3:3: error: plugin \`./syntax.js\` failed while it was loaded: Unexpected end of input [LC_CONFIG_PLUGIN_FAILED]
        3 |   "./syntax.js",
          |   ^^^^^^^^^^^^^
          = see its own documentation, or tell its author

    a.json:4:3: error: plugin \`./enum.ts\` failed while it was loaded, in line 1: TypeScript enum is not supported in strip-only mode [LC_CONFIG_PLUGIN_FAILED]
        4 |   "./enum.ts",
          |   ^^^^^^^^^^^
          = use types only: no enum, no namespace, no parameter properties

    a.json:5:3: error: plugin \`package\` failed while it was loaded: Stripping types is currently unsupported for files under node_modules, for "DIR/node_modules/package/index.ts" [LC_CONFIG_PLUGIN_FAILED]
        5 |   "package"
          |   ^^^^^^^^^
          = a package must bring JavaScript, not TypeScript

    "
  `);
});
