import { describe, expect, test } from 'vitest';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { defaultConfig } from '../../src/config/default-config.ts';

const MIB = 2 ** 20;

async function queryOf(query: Record<string, unknown>, ringBytes: string) {
  const { settings, loaded } = await loadCollector({
    value: {
      ...defaultConfig(),
      sinks: { ring: { type: 'ring', maxBytes: ringBytes } },
      query,
    },
  });
  expect(loaded.diagnostics).toEqual([]);
  return settings!.query;
}

describe('the bytes that answers may hold', () => {
  test('are 256 MiB', async () => {
    expect(await queryOf({}, '64MiB')).toMatchObject({ maxAnswerBytes: 256 * MIB });
  });

  test('are as many as a larger ring has, so that a query for everything succeeds', async () => {
    expect(await queryOf({}, '300MiB')).toMatchObject({ maxAnswerBytes: 300 * MIB });
  });

  test('are as many as somebody has written', async () => {
    expect(await queryOf({ maxAnswerBytes: '1MiB' }, '300MiB')).toMatchObject({ maxAnswerBytes: MIB });
  });
});

test('without a query port, nobody listens for queries', async () => {
  expect(await queryOf({ enabled: false }, '64MiB')).toBeUndefined();
});
