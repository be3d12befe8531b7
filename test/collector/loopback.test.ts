/** Nothing listens beyond this machine unless a configuration says so in so many words: not by default, in no example, in no starter. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { builtinRegistry } from '../../src/collector/builtins.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { queryOptions } from '../../src/query/query-options.ts';
import { runCli } from '../cli/run-cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Every `host` in options, at any depth. */
function hostsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === 'host' ? [each] : hostsIn(each)));
}

function beyond(value: unknown): unknown[] {
  return hostsIn(value).filter((host) => !LOOPBACK.has(String(host)));
}

const sources = builtinRegistry().list('source');

test.each(sources.map((source) => [source.type, source] as const))('the source %s', async (_, source) => {
  // What an example says in so many words is what it is about.
  const silent = source.examples
    .map(({ yaml }) => parse(yaml) as Record<string, unknown>)
    .filter((options) => !('host' in options));
  const hosts: unknown[] = [];
  for (const options of silent) {
    const value = {
      sources: { in: options },
      pipelines: { main: { from: 'in', to: 'out' } },
      sinks: { out: { type: 'ring' } },
    };
    const { settings } = await loadCollector({ value });
    hosts.push(...beyond(settings!.topology.sources.get('in')!.options));
  }
  expect(silent.length).toBeGreaterThan(0);
  expect(hosts).toEqual([]);
});

test('the query port, and HTTP', () => {
  const options = queryOptions.parse({ http: {} });
  expect(hostsIn(options).length).toBeGreaterThan(1);
  expect(beyond(options)).toEqual([]);
});

test('examples', () => {
  const files = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:ya?ml|ts|js)$/.test(name),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const name of files) {
    const text = readFileSync(join(ROOT, 'examples', name), 'utf8');
    expect([name, /\b0\.0\.0\.0\b|['"\s]::['"\s]/.test(text)]).toEqual([name, false]);
  }
});

test.each(sources.map(({ type }) => type))('a starter with %s', async (type) => {
  const { code, out } = await runCli(['init', '--source', type, '--sink', 'ring', '-o', '-'], {});
  const text = code === 0 ? out : '';
  expect(text).toContain('sources:');
  const { settings, loaded } = await loadCollector({ text });
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(beyond([...settings!.topology.sources.values()].map(({ options }) => options))).toEqual([]);
  expect(beyond(settings!.query)).toEqual([]);
});
