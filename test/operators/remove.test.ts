import { expect, test } from 'vitest';
import { Batch, countDecodedLines, toFields } from '../../src/core/batch.ts';
import { remove } from '../../src/operators/remove.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';
import { checkOptions, exampleOptions, runOperator } from '../support/definitions.ts';

const FIELDS = toFields(
  Object.entries({ password: 'secret', user: 'ada', http: { cookies: ['a'], status: 200 } }),
);

test('takes fields away, also inside of others, and leaves the line', async () => {
  const batch = Batch.fromTexts(['password=secret', 'two', 'three'], {
    ...SOME_ORIGIN,
    fields: [FIELDS, undefined, toFields([['user', 'bob']])],
  });
  const before = countDecodedLines();
  const { fields, batches, statement } = await runOperator(
    remove,
    { fields: ['password', 'http.cookies', 'missing'] },
    batch,
  );
  expect(countDecodedLines()).toBe(before + 3);
  expect(fields).toEqual([{ user: 'ada', http: { status: 200 } }, undefined, { user: 'bob' }]);
  expect(batches[0]?.bytes).toBe(batch.bytes);
  expect(statement).toMatchObject({ received: 3, offered: 3, unaccounted: 0 });
  expect(FIELDS['password']).toBe('secret');
});

test('lines without fields go on as they are', async () => {
  const batch = Batch.fromTexts(['one'], SOME_ORIGIN);
  const { batches } = await runOperator(remove, { fields: ['a'] }, batch);
  expect(batches).toEqual([batch]);
  expect(batches[0]).toBe(batch);
});

test.each([{}, { fields: [] }, { fields: [''] }, { fields: 'a' }, { fields: ['a'], more: 1 }])(
  'refuses %j',
  (options) => {
    expect(checkOptions(remove, options).problems).not.toEqual([]);
  },
);

test.each(exampleOptions(remove))('its example %j runs', async (options) => {
  const batch = Batch.fromTexts(['a'], { ...SOME_ORIGIN, fields: [FIELDS] });
  const { fields } = await runOperator(remove, options, batch);
  expect(fields).toEqual([{ user: 'ada', http: { status: 200 } }]);
});
