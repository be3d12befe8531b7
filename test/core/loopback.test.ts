import { expect, test } from 'vitest';
import { isLoopback } from '../../src/core/loopback.ts';

test.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
  '%s is this machine only',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each([
  '0.0.0.0',
  '::',
  '10.0.0.7',
  '127.0.0.1.example.com',
  '127.example.com',
  'localhost.example.com',
  '',
])('%j can be another machine, or be reached from one', (host) => {
  expect(isLoopback(host)).toBe(false);
});
