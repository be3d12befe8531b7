/** Whatever is done with the lines of a spill, in an order in which it may be done: none is settled before its batch is. */
import { expect } from 'vitest';
import { Positions } from '../../src/spill/positions.ts';
import { fc, test } from '../support/properties.ts';

/** What is done, and a number up to 1 that says with how much. */
const step = fc.record({
  kind: fc.constantFrom('write', 'forgo', 'read', 'settle', 'drop'),
  part: fc.nat(100).map((percent) => percent / 100),
});

/** The positions, and the ends of the batches that are handed out. */
interface Model {
  readonly positions: Positions;
  handed: number[];
  settled: number;
}

const actions: Record<string, (model: Model, part: number) => void> = {
  write({ positions }, part) {
    const lines = 1 + Math.floor(part * 9);
    positions.written(positions.give(lines), lines);
  },
  forgo({ positions }, part) {
    if (positions.waiting > 0) return;
    positions.give(1 + Math.floor(part * 9));
    positions.giveUp();
  },
  read({ positions, handed }, part) {
    const lines = Math.ceil(part * positions.unread);
    if (lines === 0) return;
    const end = positions.next + lines;
    positions.handOut([{ end, segment: 1 }], end);
    handed.push(end);
  },
  settle(model, part) {
    if (model.handed.length === 0) return;
    const batches = 1 + Math.floor(part * (model.handed.length - 1));
    model.settled = model.handed[batches - 1]!;
    model.handed = model.handed.slice(batches);
    model.positions.settle(batches);
  },
  // It is settled with the last batch before it.
  drop({ positions, handed }, part) {
    positions.drop(Math.floor(part * positions.unread));
    if (handed.length > 0) handed[handed.length - 1] = positions.next;
  },
};

test('settled <= next <= end, and lines are settled with their batch', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.array(step, { maxLength: 60 }), (settled, found, steps) => {
      const positions = new Positions(settled, settled + found);
      const model: Model = { positions, handed: [], settled };
      for (const { kind, part } of steps) {
        actions[kind]!(model, part);
        const { next, end, unread, waiting, isHanded } = positions;
        if (model.handed.length === 0) model.settled = next;
        expect(isHanded).toBe(model.handed.length > 0);
        expect(positions.settled).toBe(model.settled);
        expect(next).toBeGreaterThanOrEqual(model.settled);
        expect(end).toBeGreaterThanOrEqual(next);
        expect([unread, waiting]).toEqual([end - next, end - model.settled]);
      }
    }),
  );
});
