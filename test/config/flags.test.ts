import { expect, test } from 'vitest';
import { z } from 'zod';
import { defaultConfig } from '../../src/config/default-config.ts';
import type { ConfigFlags } from '../../src/config/flags.ts';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { type LoadedConfig, loadConfig } from '../../src/config/load-config.ts';
import { toYaml } from '../../src/config/to-yaml.ts';
import { Registry } from '../../src/core/registry.ts';
import { size } from '../../src/core/units.ts';
import { disk, listen, memory, query } from './support.ts';

/** Stand-ins with the types and options that the flags are about. */
const registry = new Registry([
  { ...listen, type: 'tcp' },
  { ...memory, type: 'ring', options: memory.options.extend({ maxBytes: size().default(1) }) },
  {
    ...disk,
    type: 'file',
    options: disk.options.extend({ durability: z.enum(['none', 'interval', 'always']).default('interval') }),
  },
]);

function loadText(text: string, flags: ConfigFlags): Promise<LoadedConfig<{ query: typeof query }>> {
  return loadConfig({ text, file: 'c.yaml', flags, registry, sections: { query }, env: {}, cwd: '/' });
}

function loadBuiltIn(flags: ConfigFlags): Promise<LoadedConfig<{ query: typeof query }>> {
  return loadConfig({ value: defaultConfig(flags), flags, registry, sections: { query }, env: {}, cwd: '/' });
}

test('the configuration without a file', async () => {
  const { topology, settings, diagnostics, overrides } = await loadBuiltIn({});
  expect(diagnostics).toEqual([]);
  expect(overrides).toEqual([]);
  expect(topology?.sources.get('tcp')?.options).toMatchObject({ host: '127.0.0.1', port: 9999 });
  expect(topology?.pipelines).toEqual(new Map([['main', { from: ['tcp'], through: [], to: ['ring'] }]]));
  expect(topology?.sinks.get('ring')?.options).toEqual({ maxLines: 10_000, maxBytes: 64 * 2 ** 20 });
  expect(settings?.sections.query).toMatchObject({ host: '127.0.0.1', port: 9998 });
});

test('all flags, and the configuration that they make', async () => {
  const { redacted, diagnostics } = await loadBuiltIn({
    port: '1',
    host: '0.0.0.0',
    queryPort: 2,
    queryHost: '::1',
    persist: true,
    directory: './${x}',
    maxSize: '1.5',
    durability: 'always',
    ringLines: '5',
    ringBytes: '1KiB',
    logLevel: 'debug',
  });
  expect(diagnostics).toEqual([]);
  expect(toYaml(redacted)).toMatchInlineSnapshot(`
    "sources:
      tcp:
        type: tcp
        host: 0.0.0.0
        port: 1
    pipelines:
      main:
        from: tcp
        to:
          - ring
          - files
    sinks:
      ring:
        type: ring
        maxLines: 5
        maxBytes: 1KiB
        refillFrom: files
      files:
        type: file
        directory: ./$\${x}
        maxSize: 1.5MiB
        durability: always
    query:
      host: ::1
      port: 2
    log:
      level: debug
    "
  `);
});

test('what is printed is a configuration that does the same', async () => {
  const flags: ConfigFlags = { persist: true, directory: '${HOME} $${x}', maxSize: 3 };
  const { config, topology } = await loadBuiltIn(flags);
  const again = await loadText(toYaml(config), {});
  expect(again.diagnostics).toEqual([]);
  expect(again.config).toEqual(config);
  expect(again.topology?.sinks.get('files')?.key).toBe(topology?.sinks.get('files')?.key);
});

test.each([
  ['10', '10MiB'],
  [10, '10MiB'],
  ['1.5', '1.5MiB'],
  ['512KiB', '512KiB'],
])('a greatest size of %j is %s', async (maxSize, written) => {
  const { config } = await loadBuiltIn({ persist: true, maxSize });
  expect(config).toMatchObject({ sinks: { files: { maxSize: written } } });
});

test('a bad value is reported with its flag', async () => {
  const { diagnostics } = await loadBuiltIn({
    port: '70000',
    maxSize: 'ten',
    persist: true,
    ringLines: '-5',
    durability: 'sometimes',
  });
  expect(`\n${formatDiagnostics(diagnostics)}`).toMatchInlineSnapshot(`
    "
    error: sources.tcp.port: --port: \`port\` must be at most 65535, not 70000 [LC_CONFIG_OPTION_VALUE]
          = \`port\`: The port

    error: sinks.ring.maxLines: --ring-lines: \`maxLines\` must be at least 1, not -5 [LC_CONFIG_OPTION_VALUE]
          = \`maxLines\`: The most lines

    error: sinks.files.maxSize: --max-size: \`maxSize\`: "ten" is not a size [LC_CONFIG_OPTION_VALUE]
          = write a number of bytes, or a number and one of B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB: 64MiB

    error: sinks.files.durability: --durability: \`durability\` must be \`none\`, \`interval\` or \`always\`, not "sometimes" [LC_CONFIG_OPTION_VALUE]
          = \`logcaster describe file\` shows what it takes
    "
  `);
});

const FILE = `
sources: { app: { type: tcp, port: 1 } }
pipelines: { main: { from: app, to: [r, ring] } }
sinks:
  r: { type: ring, maxLines: 1 }
  ring: { type: ring, maxLines: 2 }
`;

test('flags override what they name in a file, and it is said what', async () => {
  const { overrides, topology, settings } = await loadText(FILE, {
    port: '5',
    ringLines: 7,
    queryPort: '8',
    logLevel: 'warn',
    host: '127.0.0.1',
  });
  expect(overrides).toEqual([
    { flag: '--port', path: 'sources.app.port', before: 1, after: 5 },
    { flag: '--host', path: 'sources.app.host', before: undefined, after: '127.0.0.1' },
    { flag: '--query-port', path: 'query.port', before: undefined, after: 8 },
    { flag: '--ring-lines', path: 'sinks.ring.maxLines', before: 2, after: 7 },
    { flag: '--log-level', path: 'log.level', before: undefined, after: 'warn' },
  ]);
  expect(topology?.sources.get('app')?.options).toMatchObject({ port: 5 });
  expect(topology?.sinks.get('ring')?.options).toMatchObject({ maxLines: 7 });
  expect(topology?.sinks.get('r')?.options).toMatchObject({ maxLines: 1 });
  expect(settings).toMatchObject({ log: { level: 'warn' }, sections: { query: { port: 8 } } });
});

test('flags for what a file does not have, or has more than once, are errors', async () => {
  const twice = FILE.replace('ring: { type', 'r2: { type').replace('r, ring', 'r, r2');
  const { diagnostics } = await loadText(twice, { ringLines: 5, directory: './x', persist: true });
  expect(`\n${formatDiagnostics(diagnostics)}`).toMatchInlineSnapshot(`
    "
    c.yaml: error: --persist: this configuration has no sink of the type \`file\` [LC_CONFIG_FLAG]
          = add one under \`sinks\`, and name it in the \`to\` of a pipeline

    c.yaml: error: --directory: this configuration has no sink of the type \`file\` [LC_CONFIG_FLAG]
          = add --persist (-P), or leave out the flag

    c.yaml: error: --ring-lines: this configuration has several sinks of the type \`ring\`: \`r\` and \`r2\` [LC_CONFIG_FLAG]
          = leave out the flag and change the configuration
    "
  `);
});

test('a file sink that is there is enough for --persist', async () => {
  const text = FILE.replace('ring: { type: ring, maxLines: 2 }', 'f: { type: file, directory: ./a }').replace(
    'r, ring',
    'r, f',
  );
  const { diagnostics, overrides } = await loadText(text, { persist: true, directory: './b' });
  expect(diagnostics).toEqual([]);
  expect(overrides).toEqual([
    { flag: '--directory', path: 'sinks.f.directory', before: './a', after: './b' },
  ]);
});

test('a directory without --persist is an error: nothing would be kept', async () => {
  const { diagnostics } = await loadBuiltIn({ directory: './x' });
  expect(diagnostics).toMatchObject([
    { code: 'LC_CONFIG_FLAG', hint: 'add --persist (-P), or leave out the flag' },
  ]);
});

test('an error of a flag hides none of the file', async () => {
  const { diagnostics } = await loadText(FILE.replace('port: 1', 'prot: 1'), { port: 70_000 });
  expect(diagnostics.map(({ message, line }) => [message, line])).toEqual([
    ['unknown option `prot` of source `app`', 2],
    ['--port: `port` must be at most 65535, not 70000', undefined],
  ]);
});
