import { describe, expect, test } from 'vitest';
import { Batch, countDecodedLines, type Fields, toFields } from '../../src/core/batch.ts';
import { set } from '../../src/operators/set.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';
import { checkOptions, exampleOptions, runOperator } from '../support/definitions.ts';

function toBatch(fields?: readonly (Record<string, unknown> | undefined)[]): Batch {
  const made = fields?.map((each) => each && toFields(Object.entries(each) as [string, string][]));
  return Batch.fromTexts(['one', 'two'], { ...SOME_ORIGIN, fields: made });
}

async function run(
  fields: Record<string, unknown>,
  batch = toBatch(),
): Promise<readonly (Fields | undefined)[]> {
  const { fields: made, statement, batches } = await runOperator(set, { fields }, batch);
  expect(statement).toMatchObject({ received: 2, offered: 2, unaccounted: 0 });
  expect(batches[0]?.bytes).toBe(batch.bytes);
  return made;
}

test('sets fixed values of every kind', async () => {
  const fields = { text: 'a', number: 1.5, yes: true, none: null, list: [1, 'b'], object: { c: { d: 1 } } };
  const made = await run(fields);
  expect(made).toEqual([fields, fields]);
  expect(Object.getPrototypeOf(made[0])).toBeNull();
});

test('makes values from the line', async () => {
  const before = countDecodedLines();
  const made = await run({ a: '<{message}>', b: '{source} {peer} {time}', c: '{{}}' });
  expect(made).toEqual([
    { a: '<one>', b: 'test peer:1 2026-01-31T12:00:00.000Z', c: '{}' },
    { a: '<two>', b: 'test peer:1 2026-01-31T12:00:00.000Z', c: '{}' },
  ]);
  // Twice by the operator, twice by the test.
  expect(countDecodedLines()).toBe(before + 4);
});

describe('fields that are there', () => {
  test('stay, or are replaced', async () => {
    const made = await run({ b: 2 }, toBatch([{ a: 1, b: 'old' }, undefined]));
    expect(made).toEqual([{ a: 1, b: 2 }, { b: 2 }]);
  });

  test('are copied as they are, and not at all if they are missing', async () => {
    const made = await run(
      { status: '{fields.http.status}', text: 'status {fields.http.status}' },
      toBatch([{ http: { status: 503 } }, { other: 1 }]),
    );
    expect(made).toEqual([
      { http: { status: 503 }, status: 503, text: 'status 503' },
      { other: 1, text: 'status ' },
    ]);
  });

  test('are the old ones for all values', async () => {
    const made = await run({ a: '{fields.b}', b: '{fields.a}' }, toBatch([{ a: 1, b: 2 }, undefined]));
    expect(made).toEqual([{ a: 2, b: 1 }, undefined].map((each) => each ?? {}));
  });

  test('of the batch that came in are not changed', async () => {
    const batch = toBatch([{ a: 1 }, { a: 2 }]);
    await run({ a: 3 }, batch);
    expect(batch.fields).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe('says what is wrong', () => {
  test.each([
    [{}, 'fields: '],
    [{ fields: {} }, 'fields: sets no field'],
    [{ fields: { a: '{nope}' } }, 'fields.a: "{nope}" has an unknown placeholder {nope}. Placeholders are'],
    [{ fields: { a: '{' } }, 'fields.a: "{" has a single {'],
    [{ fields: JSON.parse('{"__proto__":1}') }, 'fields: a field cannot be named __proto__'],
    [{ fields: { a: () => 1 } }, 'fields.a: '],
    [{ fields: { '': 1 } }, 'fields.'],
    [{ set: {} }, 'fields: '],
  ])('%j', (options, problem) => {
    const { problems } = checkOptions(set, options);
    expect(problems.some((each) => each.startsWith(problem))).toBe(true);
  });
});

test.each(exampleOptions(set))('its example %j runs', async (options) => {
  const { statement } = await runOperator(set, options, toBatch());
  expect(statement.unaccounted).toBe(0);
});
