/** Types are checked by `tsc`; this file holds what it must accept, and, with `@ts-expect-error`, what it must refuse. */
import { expect, test } from 'vitest';
import { defineConfig, untyped } from '../../src/config/define-config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { InputOf } from '../../src/core/component.ts';
import { type disk, listen, memory, type pick, registry } from './support.ts';

declare module '../../src/config/define-config.ts' {
  interface SourceOptionsByType {
    listen: InputOf<(typeof listen)['options']>;
  }
  interface OperatorOptionsByType {
    pick: InputOf<(typeof pick)['options']>;
  }
  interface SinkOptionsByType {
    disk: InputOf<(typeof disk)['options']>;
    memory: InputOf<(typeof memory)['options']>;
  }
}

test('a typed configuration is one that loads', async () => {
  const value = defineConfig({
    log: { level: 'warn' },
    sources: { in: { type: 'listen', port: 5, idle: '5s', credit: '1MiB' } },
    pipelines: {
      main: { from: ['in'], through: [{ type: 'pick', word: 'x', name: 'p' }], to: ['out', 'ring'] },
    },
    sinks: {
      out: {
        type: 'disk',
        directory: './x',
        maxSize: '1MiB',
        queue: { maxBytes: 2048, whenFull: 'dropOldest' },
        retry: { max: '5s' },
      },
      ring: { type: 'memory', refillFrom: 'out' },
    },
    shutdown: { timeout: '5s' },
  });
  expect((await loadConfig({ value, registry: registry(), env: {} })).diagnostics).toEqual([]);
});

const sources = { in: { type: 'listen' } } as const;
const pipelines = { main: { from: 'in', to: 'out' } } as const;
const sinks = { out: { type: 'memory' } } as const;
const parts = { sources, pipelines, sinks };

test('slips are found by the compiler', () => {
  const configs = [
    // @ts-expect-error -- an option with a slip
    defineConfig({ ...parts, sources: { in: { type: 'listen', prot: 5 } } }),
    // @ts-expect-error -- text in place of a number
    defineConfig({ ...parts, sources: { in: { type: 'listen', port: '5' } } }),
    // @ts-expect-error -- there is no such type
    defineConfig({ ...parts, sources: { in: { type: 'lisen' } } }),
    // @ts-expect-error -- a sink is no source
    defineConfig({ ...parts, sources: { in: { type: 'memory' } } }),
    // @ts-expect-error -- an option is missing
    defineConfig({ ...parts, sinks: { out: { type: 'disk' } } }),
    // @ts-expect-error -- there is no such policy
    defineConfig({ ...parts, sinks: { out: { type: 'memory', queue: { whenFull: 'drop' } } } }),
    // @ts-expect-error -- a section with a slip
    defineConfig({ ...parts, plugin: [] }),
    // @ts-expect-error -- a pipeline without a beginning
    defineConfig({ ...parts, pipelines: { main: { to: 'out' } } }),
  ];
  expect(configs).toHaveLength(8);
});

test('types that TypeScript does not know can be named, and definitions handed over', () => {
  const config = defineConfig({
    plugins: ['logcaster-sink-foo', { module: './x.ts', replace: true }, memory, listen],
    sources: { in: { type: untyped('anything'), credit: '1MiB', whatever: [1] } },
    pipelines: { main: { from: 'in', to: 'out' } },
    sinks: { out: { type: untyped('foo'), brokers: ['a'] } },
  });
  expect(config.sources['in']?.type).toBe('anything');
});
