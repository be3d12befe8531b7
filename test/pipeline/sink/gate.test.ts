import { expect, test } from 'vitest';
import { Credit } from '../../../src/core/credit.ts';
import { Gate } from '../../../src/pipeline/sink/gate.ts';

function closed(credits: readonly Credit[]): boolean[] {
  return credits.map((credit) => credit.closed);
}

test('shuts off credit while it is closed, and does both once', () => {
  const credits = [new Credit(1), new Credit(1)];
  const gate = new Gate();
  gate.standBefore(new Set(credits));
  expect(gate.closed).toBe(false);
  gate.close();
  gate.close();
  expect([gate.closed, ...closed(credits)]).toEqual([true, true, true]);
  gate.open();
  gate.open();
  expect([gate.closed, ...closed(credits)]).toEqual([false, false, false]);
});

test('closed, it is closed for those that come, and opened for those that leave', () => {
  const [leaves, stays, comes] = [new Credit(1), new Credit(1), new Credit(1)];
  const gate = new Gate();
  gate.standBefore(new Set([leaves, stays]));
  gate.close();
  gate.standBefore(new Set([stays, comes]));
  expect(closed([leaves, stays, comes])).toEqual([false, true, true]);
  gate.open();
  expect(closed([leaves, stays, comes])).toEqual([false, false, false]);
});

test('open, it changes nothing for those that come and leave', () => {
  const [leaves, comes] = [new Credit(1), new Credit(1)];
  const gate = new Gate();
  gate.standBefore(new Set([leaves]));
  gate.standBefore(new Set([comes]));
  expect(closed([leaves, comes])).toEqual([false, false]);
  gate.close();
  expect(closed([leaves, comes])).toEqual([false, true]);
});

test('two gates before one source both have to open', () => {
  const credit = new Credit(1);
  const gates = [new Gate(), new Gate()] as const;
  for (const gate of gates) {
    gate.standBefore(new Set([credit]));
    gate.close();
  }
  gates[0].open();
  expect(credit.closed).toBe(true);
  gates[1].open();
  expect(credit.closed).toBe(false);
});
