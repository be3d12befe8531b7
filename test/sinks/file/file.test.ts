import { chdir, cwd } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import type { Sink } from '../../../src/core/component.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { sinkBuiltins } from '../../../src/sinks/builtins.ts';
import { file } from '../../../src/sinks/file/file.ts';
import { fileOptions } from '../../../src/sinks/file/options.ts';
import { temporaryDirectory } from '../../core/log-directory/temporary-directory.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { toBatch } from './rig.ts';

describe('options', () => {
  test('have defaults', () => {
    expect(fileOptions.parse({})).toEqual({
      directory: './logs',
      encoding: 'line',
      compress: 'none',
      maxSize: 10_485_760,
      durability: 'interval',
      syncInterval: 500,
      fileMode: 0o640,
      directoryMode: 0o750,
      retention: {},
    });
  });

  test('read units', () => {
    expect(
      fileOptions.parse({
        maxSize: 1,
        syncInterval: '2s',
        fileMode: '600',
        retention: { maxFiles: 3, maxTotalSize: '1GiB', maxAge: '7d' },
      }),
    ).toMatchObject({
      maxSize: 1,
      syncInterval: 2000,
      fileMode: 0o600,
      retention: { maxFiles: 3, maxTotalSize: 2 ** 30, maxAge: 604_800_000 },
    });
  });

  test.each([
    { directory: '' },
    { maxSize: 0 },
    { maxSize: '10 mb' },
    { durability: 'sometimes' },
    { syncInterval: '0ms' },
    { syncInterval: 500 },
    { fileMode: '0888' },
    { fileMode: 640 },
    { directoryMode: '1777' },
    { retention: { maxFiles: 0 } },
    { retention: { maxage: '1d' } },
    { maxsize: 5 },
  ])('refuse %o', (options) => {
    expect(fileOptions.safeParse(options).success).toBe(false);
  });

  test('each have a description, a unit and a place in the JSON Schema', () => {
    const schema = file.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    const { retention, ...properties } = schema['properties'] as Record<string, Record<string, unknown>>;
    const all = { ...properties, ...(retention!['properties'] as typeof properties), retention };
    expect(Object.keys(all)).toHaveLength(12);
    for (const property of Object.values(all)) {
      expect(property).toMatchObject({
        description: expect.any(String) as string,
        unit: expect.any(String) as string,
      });
    }
  });
});

test('is one of the built-in sinks', () => {
  expect(sinkBuiltins).toContain(file);
});

test.each(file.examples)('example: $title', async ({ yaml }) => {
  const before = cwd();
  chdir(await temporaryDirectory());
  onTestFinished(() => chdir(before));
  const { type, ...options } = parse(yaml) as { type: string };
  expect(type).toBe('file');
  const context = { name: 'example', log: silentLogger, clock: new ManualClock(), fs: systemFileSystem };
  const sink: Sink = file.create(fileOptions.parse(options), context);
  await sink.start!();
  await sink.writeAll!([toBatch(['hello'])]);
  await sink.write(toBatch(['world']));
  await sink.flush!();
  expect(sink.inspect!()).toMatchObject({ file: 'current.log', written: 2, synced: 2 });
  expect(sink.address!()).toMatch(/logs/);
  await sink[Symbol.asyncDispose]!();
});
