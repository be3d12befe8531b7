import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { formatAddress } from '../../../src/core/format-address.ts';
import { peerOf } from '../../../src/sources/socket/addresses.ts';

test('addresses are written as people write them', () => {
  expect(formatAddress('127.0.0.1', 9999)).toBe('127.0.0.1:9999');
  expect(formatAddress('::1', 9999)).toBe('[::1]:9999');
  expect(formatAddress('localhost', 1)).toBe('localhost:1');
});

test.for([
  ['127.0.0.1', '127.0.0.1:5'],
  ['::ffff:10.1.2.3', '10.1.2.3:5'],
  ['::ffff:1', '[::ffff:1]:5'],
  ['fe80::1%eth0', '[fe80::1%eth0]:5'],
])('the other end at %s is %s', ([remoteAddress, peer]) => {
  expect(peerOf({ remoteAddress, remotePort: 5 } as Socket)).toBe(peer);
});

test('one that has left has no address any more', () => {
  expect(peerOf({} as Socket)).toBeUndefined();
});
