/** Credit against a model, for any sequence of taking, giving back, closing and opening, larger batches than the limit among them. */
import { expect } from 'vitest';
import { Credit } from '../../src/core/credit.ts';
import { fc, test } from '../support/properties.ts';

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), bytes: fc.nat({ max: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('give' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open' as const) }) },
);

test.prop([fc.integer({ min: 1, max: 40 }), fc.array(action, { maxLength: 60 })])(
  'credit is never negative, never over its limit, and all of it comes back',
  (limit, actions) => {
    const credit = new Credit(limit);
    const taken: number[] = [];
    let gates = 0;
    const cost = (): number => taken.reduce((sum, bytes) => sum + Math.min(bytes, limit), 0);
    for (const each of actions) {
      switch (each.kind) {
        case 'take': {
          const fits = gates === 0 && cost() + Math.min(each.bytes, limit) <= limit;
          expect(credit.tryTake(each.bytes)).toBe(fits);
          if (fits) taken.push(each.bytes);
          break;
        }
        case 'give':
          if (taken.length > 0) credit.give(taken.splice(each.which % taken.length, 1)[0]!);
          break;
        case 'close':
          credit.close();
          gates++;
          break;
        case 'open':
          if (gates > 0) {
            credit.open();
            gates--;
          }
      }
      expect(credit).toMatchObject({ available: limit - cost(), taken: cost(), closed: gates > 0 });
    }
    for (; gates > 0; gates--) credit.open();
    for (const bytes of taken) credit.give(bytes);
    expect(credit).toMatchObject({ available: limit, taken: 0, closed: false });
  },
);
