import { expect } from 'vitest';
import type { Batch } from '../../src/core/batch.ts';
import { toEncoder } from '../../src/core/encoding.ts';
import { toFieldsOf } from '../../src/core/field-value.ts';
import { batchOf, lineBytes } from '../support/arbitrary-batches.ts';
import { fc, test } from '../support/properties.ts';

const batches = batchOf(lineBytes()).filter((batch) => batch.length > 0);
const fieldObjects = fc.array(
  fc.option(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: false }), { nil: undefined }),
  { minLength: 20, maxLength: 20 },
);

function lineFeeds(batch: Batch): number {
  return batch.chunks().reduce((sum, chunk) => sum + chunk.toString('latin1').split('\n').length - 1, 0);
}

test.prop([batches, fieldObjects])('JSON gives every byte and every field back', (plain, objects) => {
  const batch = plain.withFields(
    objects.slice(0, plain.length).map((object) => object && toFieldsOf(object)),
  );
  const encoded = toEncoder('json').encode(batch);
  expect(encoded.length).toBe(batch.length);
  expect(lineFeeds(encoded)).toBe(batch.length);
  for (let index = 0; index < batch.length; index++) {
    const { message, messageBase64, fields } = JSON.parse(encoded.text(index)) as Record<string, string>;
    const bytes = messageBase64 === undefined ? Buffer.from(message!) : Buffer.from(messageBase64, 'base64');
    expect(bytes).toEqual(Buffer.from(batch.line(index)));
    // Through JSON, since there is no -0 in it.
    expect(fields).toEqual(objects[index] && JSON.parse(JSON.stringify(batch.fields![index])));
  }
});

test.prop([batches])('a template of the message alone changes nothing', (batch) => {
  const encoded = toEncoder({ template: '{message}' }).encode(batch);
  expect(Buffer.concat(encoded.chunks())).toEqual(Buffer.concat(batch.chunks()));
  for (let index = 0; index < batch.length; index++) {
    expect(Buffer.from(encoded.line(index))).toEqual(Buffer.from(batch.line(index)));
  }
});
