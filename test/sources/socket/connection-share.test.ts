import { expect, test } from 'vitest';
import { ConnectionShare, type Sharer } from '../../../src/sources/socket/connection-share.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { collect, startTcp, until } from './harness.ts';

class TestSharer implements Sharer {
  open = 0;
  allowed = 0;
  connections(): number {
    return this.open;
  }
  allow(maxConnections: number): void {
    this.allowed = maxConnections;
  }
}

test('what one has, the others cannot have; a claim counts as had; who leaves gives back', () => {
  const share = new ConnectionShare();
  const [one, other] = [new TestSharer(), new TestSharer()];
  const leave = share.join(one, 164);
  share.join(other, 164);
  expect([one.allowed, other.allowed]).toEqual([100, 100]);
  one.open = 70;
  share.update();
  expect([one.allowed, other.allowed]).toEqual([100, 30]);
  const giveBack = share.claim(50);
  // More are open than are left: those stay, and nobody else comes in.
  expect([one.allowed, other.allowed]).toEqual([70, 0]);
  giveBack();
  expect([one.allowed, other.allowed]).toEqual([100, 30]);
  leave();
  expect([one.allowed, other.allowed]).toEqual([100, 100]);
});

test('two sources share the descriptors of the process', async () => {
  const limit = { clock: new ManualClock() };
  const [one, other] = [await startTcp({}, limit), await startTcp({}, limit)];
  collect(one.source);
  collect(other.source);
  const own = (): number[] => [one, other].map(({ source }) => source.inspect!()['maxConnections'] as number);
  const [before] = own();
  await one.connect();
  await until(() => one.source.clients!() === 1);
  expect(own()).toEqual([before, before! - 1]);
  await one.source[Symbol.asyncDispose]!();
  await until(() => own()[1] === before);
});
