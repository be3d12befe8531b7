import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { Registry } from '../../src/core/registry.ts';
import { DEFAULT_CREDIT, DEFAULT_QUEUE, DEFAULT_RETRY } from '../../src/pipeline/topology.ts';
import { around, folder, foreign, GOOD, load, problemsOf, registry } from './support.ts';

test('makes a topology, with defaults for what is not written', async () => {
  const { topology, settings, diagnostics, file } = await load(GOOD);
  expect(diagnostics).toEqual([]);
  expect(file).toBe('logcaster.yaml');
  expect(topology?.sources.get('in')).toMatchObject({
    options: { host: '127.0.0.1', port: 9999 },
    credit: DEFAULT_CREDIT,
  });
  expect(topology?.sinks.get('out')).toMatchObject({
    options: { maxLines: 100 },
    queue: DEFAULT_QUEUE,
    retry: DEFAULT_RETRY,
  });
  expect(settings).toEqual({
    log: { level: 'info', loopLag: 1000 },
    shutdown: { timeout: 10_000 },
    sections: {},
  });
});

test('reads what every source and sink has beside its options', async () => {
  const source = '{ type: listen, credit: 64KiB }';
  const sink =
    '{ type: memory, queue: { maxBytes: 1MiB, whenFull: dropOldest }, retry: { initial: 1s, max: 1m, maxAttempts: 3 } }';
  const { topology } = await load(around({ source, sink }));
  expect(topology?.sources.get('in')).toMatchObject({ credit: 65_536 });
  expect(topology?.sinks.get('out')).toMatchObject({
    queue: { maxBytes: 2 ** 20, whenFull: 'dropOldest' },
    retry: { initial: 1000, max: 60_000, maxAttempts: 3 },
  });
});

test('reads the other sections, and does without those that are empty', async () => {
  const { settings } = await load(
    `${GOOD}\nlog: { level: debug }\nshutdown: { timeout: 1m }\nquery: { port: 5 }`,
  );
  expect(settings).toEqual({
    log: { level: 'debug', loopLag: 1000 },
    shutdown: { timeout: 60_000 },
    sections: { query: { host: '127.0.0.1', port: 5, idleTimeout: 10_000 } },
  });
  expect((await load(`${GOOD}\nlog:\nshutdown:\nquery:\nplugins:`)).settings).toEqual(
    (await load(GOOD)).settings,
  );
});

async function keys(source: string, sink: string, operator = ''): Promise<unknown[]> {
  const { topology } = await load(around({ source, sink, operator }), { env: { LINES: '7' } });
  const { sources, sinks, pipelines } = topology!;
  return [
    sources.get('in')!.key,
    sinks.get('out')!.key,
    ...pipelines.get('main')!.through.map(({ key }) => key),
  ];
}

test('a key tells whether a component is still the same', async () => {
  const [source, sink] = await keys('{ type: listen, port: 1 }', '{ type: memory, maxLines: 7 }');
  // Order, comments and the way to write a value do not matter; the queue and the retries are taken over by a running sink.
  expect(
    await keys(
      '{ port: 1, type: listen }',
      '{ maxLines: "${LINES}", type: memory, queue: { maxBytes: 5 }, retry: { max: 1m } }',
    ),
  ).toEqual([source, sink]);
  expect(await keys('{ type: listen, port: 1, credit: 4MiB }', '{ type: memory, maxLines: 7 }')).toEqual([
    source,
    sink,
  ]);
  expect((await keys('{ type: listen, port: 2 }', '{ type: memory, maxLines: 8 }')).includes(source)).toBe(
    false,
  );
  expect(
    await keys('{ type: listen, port: 1, credit: 1MiB }', '{ type: memory, maxLines: 8 }'),
  ).not.toContain(sink);
  const [, , a] = await keys('{ type: listen }', '{ type: memory }', '{ type: pick, word: x, name: a }');
  const [, , b] = await keys('{ type: listen }', '{ type: memory }', '{ type: pick, word: x, name: b }');
  expect(a).toBe(b);
});

test('there is nothing to run as long as there is an error; a warning is no error', async () => {
  const bad = await load(GOOD.replace('type: memory', 'type: memory, x: 1'));
  expect([bad.topology, bad.settings]).toEqual([undefined, undefined]);
  const odd = await load(GOOD.replace('out:', 'unused: { type: memory }, out:'));
  expect(odd.warnings).toHaveLength(1);
  expect(odd.topology).toBeDefined();
});

test('reads files, named from the working directory; what loading reads is named from the file', async () => {
  const cwd = await folder({
    'conf/a.yml': around({ source: '{ type: listen, token: "${file:secrets/token}" }' }),
    'conf/secrets/token': '12345678',
    'conf/b.json': JSON.stringify({
      sources: { in: { type: 'listen' } },
      pipelines: { m: { from: 'in', to: 'out' } },
      sinks: { out: { type: 'memory' } },
    }),
    'conf/noextension': GOOD,
  });
  for (const file of ['conf/a.yml', 'conf/b.json', 'conf/noextension', join(cwd, 'conf/a.yml')]) {
    const loaded = await loadConfig({ file, cwd, registry: registry(), env: {} });
    expect(loaded.diagnostics).toEqual([]);
    expect(loaded.topology?.sources.size).toBe(1);
  }
});

test('takes a value, which it does not change', async () => {
  const value = {
    sources: { in: { type: 'listen', port: '${PORT}' } },
    pipelines: { m: { from: 'in', to: 'out' } },
    sinks: { out: { type: 'memory' } },
  };
  const before = structuredClone(value);
  const { topology, diagnostics } = await loadConfig({
    value,
    registry: registry(),
    env: { PORT: '5' },
    flags: { logLevel: 'warn' },
  });
  expect(diagnostics).toEqual([]);
  expect(topology?.sources.get('in')?.options).toMatchObject({ port: 5 });
  expect(value).toEqual(before);
});

test('has paths where there are no places', async () => {
  const value = {
    sources: { in: { type: 'listen', prot: 1 } },
    pipelines: { m: { from: 'in', to: 'out' } },
    sinks: { out: { type: 'memory' } },
  };
  const { diagnostics } = await loadConfig({ value, registry: registry(), env: {} });
  expect(diagnostics).toEqual([
    {
      code: 'LC_CONFIG_OPTION_UNKNOWN',
      severity: 'error',
      message: 'unknown option `prot` of source `in`',
      path: 'sources.in.prot',
      hint: 'did you mean `port`?',
    },
  ]);
});

test('takes no value that leads back to itself', async () => {
  const value: Record<string, unknown> = { sources: {} };
  value['sinks'] = [value];
  const { diagnostics } = await loadConfig({ value, registry: registry(), env: {} });
  expect(diagnostics).toMatchObject([{ code: 'LC_CONFIG_TOO_DEEP', path: 'sinks[0]' }]);
});

test('a value that does not let itself be read is an error', async () => {
  const value = {
    get sources(): unknown {
      throw new Error('no luck');
    },
  };
  const { diagnostics } = await loadConfig({ value, registry: registry(), env: {} });
  expect(diagnostics).toMatchObject([
    { code: 'LC_CONFIG_MODULE', message: 'the configuration cannot be read: no luck' },
  ]);
});

test.each([undefined, null, 5, 'x', [], () => 1])('refuses the value %s', async (value) => {
  const { diagnostics, topology } = await loadConfig({ value, registry: registry(), env: {} });
  expect(diagnostics.map(({ code }) => code)).toEqual(['LC_CONFIG_OPTION_TYPE']);
  expect(topology).toBeUndefined();
});

test('reports everything at once, by place, and each thing once', async () => {
  const { diagnostics } = await load(`plugins: [nope]
log: { level: x }
sources: { in: { type: listen, prot: 1, keepAlive: 5 } }
pipelines: { main: { from: inn, to: [out, oot], through: [{ type: pick }] } }
sinks: { out: { type: memory, maxLines: "\${NOPE}" } }
`);
  expect(diagnostics.map(({ code, line, column }) => `${line}:${column} ${code}`)).toEqual([
    '1:11 LC_CONFIG_PLUGIN_NOT_FOUND',
    '2:15 LC_CONFIG_OPTION_VALUE',
    '3:32 LC_CONFIG_OPTION_UNKNOWN',
    '3:52 LC_CONFIG_OPTION_TYPE',
    '4:28 LC_CONFIG_NAME_UNKNOWN',
    '4:43 LC_CONFIG_NAME_UNKNOWN',
    '4:59 LC_CONFIG_OPTION_MISSING',
    '5:41 LC_CONFIG_VARIABLE_MISSING',
  ]);
});

test('makes nothing and needs nothing but the file', async () => {
  const cwd = await folder({ 'a.yaml': around({ sink: '{ type: disk, directory: ./logs }' }) });
  const { topology } = await loadConfig({ file: 'a.yaml', cwd, registry: registry(), env: {} });
  expect(topology).toBeDefined();
  // The definitions of the tests throw when they are to make a component.
  expect(await readdir(cwd)).toEqual(['a.yaml']);
});

test('an error in a schema of others is an error of the plugin', async () => {
  const schema = {
    '~standard': {
      ...foreign.options['~standard'],
      validate: () => {
        throw new Error('no luck');
      },
    },
  };
  const failing = { ...foreign, type: 'failing', options: schema };
  const text = around({ operator: '{ type: failing }' });
  const shown = await problemsOf(text, { registry: new Registry([...registry().list(), failing]) });
  expect(shown).toContain('operator 1: its options cannot be checked: no luck [LC_CONFIG_PLUGIN_FAILED]');
});

test('a schema of others may refuse without a reason', async () => {
  const schema = { '~standard': { ...foreign.options['~standard'], validate: () => ({ issues: [] }) } };
  const refusing = { ...foreign, type: 'refusing', options: schema };
  const text = around({ operator: '{ type: refusing }' });
  const { diagnostics, topology } = await load(text, {
    registry: new Registry([...registry().list(), refusing]),
  });
  expect(diagnostics).toMatchObject([{ code: 'LC_CONFIG_OPTION_VALUE', message: 'operator 1 is not valid' }]);
  expect(topology).toBeUndefined();
});
