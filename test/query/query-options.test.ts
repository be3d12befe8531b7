import { expect, test } from 'vitest';
import { z } from 'zod';
import { queryOptions } from '../../src/query/query-options.ts';

test('the defaults', () => {
  expect(queryOptions.parse({})).toEqual({
    enabled: true,
    host: '127.0.0.1',
    port: 9998,
    maxClients: 64,
    idleTimeout: 10_000,
    answerTimeout: 30_000,
    maxCommandBytes: 65_536,
    maxAnswerBytes: 268_435_456,
    maxSearches: 4,
    maxTails: 32,
    searchTimeout: 60_000,
    maxResultBytes: 268_435_456,
    maxLastBytes: 16_777_216,
    maxGroups: 10_000,
    maxTailBytes: 16_777_216,
  });
});

test.each([
  { port: -1 },
  { port: 70_000 },
  { port: '9998' },
  { host: '' },
  { maxClients: 0 },
  { idleTimeout: '0s' },
  { idleTimeout: '25h' },
  { answerTimeout: 30 },
  { maxCommandBytes: 13 },
  { maxAnswerBytes: '1kX' },
  { prot: 1 },
  { maxSearches: 0 },
  { http: { prot: 1 } },
])('%j is refused', (options) => {
  expect(queryOptions.safeParse(options).success).toBe(false);
});

test('every option has a description, a unit and a default', () => {
  const schema = z.toJSONSchema(queryOptions, { io: 'input' });
  const { http, ...options } = schema.properties!;
  expect(http).toMatchObject({ description: expect.any(String) as string });
  for (const option of Object.values(options)) {
    expect(option).toMatchObject({
      description: expect.any(String) as string,
      unit: expect.any(String) as string,
      default: expect.anything() as unknown,
    });
  }
});
