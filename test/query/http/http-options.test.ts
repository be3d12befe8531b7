import { expect, test } from 'vitest';
import { httpOptions } from '../../../src/query/http/http-options.ts';

test('the defaults listen on the loopback and ask for no token', () => {
  expect(httpOptions.parse({})).toEqual({
    host: '127.0.0.1',
    port: 9997,
    allowedHosts: [],
    maxClients: 64,
    maxPipelined: 16,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    heartbeat: 15_000,
    maxUrlBytes: 16_384,
    maxHeaderBytes: 16_384,
  });
});

test.each(['0.0.0.0', '::', '192.168.1.7', 'logs.example.com'])('on %s a token is needed', (host) => {
  const result = httpOptions.safeParse({ host });
  expect(result.error?.issues).toMatchObject([{ path: ['host'] }]);
  expect(httpOptions.safeParse({ host, token: 'a-secret' }).success).toBe(true);
});

test.each(['', 'with space', 'größe', 'a\n'])('%j is no token', (token) => {
  expect(httpOptions.safeParse({ token }).success).toBe(false);
});
