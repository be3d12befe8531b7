import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Batch, countDecodedLines, type Fields, toFields } from '../../src/core/batch.ts';
import { Delivery } from '../../src/core/delivery.ts';
import { type Encoding, encodingOption, toEncoder } from '../../src/core/encoding.ts';

const time = Date.UTC(2026, 0, 31, 12, 0, 0, 7);

function toBatch(lines: readonly (string | Uint8Array)[], fields?: readonly (Fields | undefined)[]): Batch {
  return Batch.fromTexts(lines, {
    origin: { source: 'tcp', peer: '127.0.0.1:5' },
    receivedAt: time,
    fields,
    delivery: new Delivery(() => {}),
  });
}

function encode(encoding: Encoding, batch: Batch): string[] {
  return toEncoder(encoding).encode(batch).texts();
}

describe('line', () => {
  test('is the batch itself, and decodes nothing', () => {
    const batch = toBatch(['a', Buffer.from([0xff])]);
    const before = countDecodedLines();
    expect(toEncoder('line').encode(batch)).toBe(batch);
    expect(countDecodedLines()).toBe(before);
  });
});

describe('json', () => {
  test('has the line, when it came and from where, and its fields', () => {
    const fields = toFields(Object.entries({ level: 'error', http: { status: 503 } }));
    expect(encode('json', toBatch(['GET "/" \t\u001b[1m é\u2028', ''], [fields, undefined]))).toEqual([
      '{"time":"2026-01-31T12:00:00.007Z","source":"tcp","peer":"127.0.0.1:5","message":"GET \\"/\\" \\t\\u001b[1m é\u2028","fields":{"level":"error","http":{"status":503}}}',
      '{"time":"2026-01-31T12:00:00.007Z","source":"tcp","peer":"127.0.0.1:5","message":""}',
    ]);
  });

  test('leaves out a sender that is not known', () => {
    const batch = Batch.fromTexts(['a'], { origin: { source: 's"t' }, receivedAt: time });
    expect(encode('json', batch)).toEqual([
      '{"time":"2026-01-31T12:00:00.007Z","source":"s\\"t","message":"a"}',
    ]);
  });

  test('a line that is no UTF-8 can be had back from messageBase64; others have none', () => {
    const batch = toBatch([Buffer.from('caf\xe9', 'latin1'), 'café', 'caf\ufffd']);
    const objects = encode('json', batch).map((line) => JSON.parse(line) as Record<string, string>);
    expect(objects.map(({ message }) => message)).toEqual(['caf\ufffd', 'café', 'caf\ufffd']);
    expect(objects.map(({ messageBase64 }) => messageBase64)).toEqual(['Y2Fm6Q==', undefined, undefined]);
  });

  test('is one line each, also of a line that has several', () => {
    expect(encode('json', toBatch(['a\nb\r\nc']))[0]).toContain('"message":"a\\nb\\r\\nc"');
  });

  test('fields that no JSON can be written of cost the fields, not the line', () => {
    let deep: unknown[] = [];
    for (let depth = 0; depth < 20_000; depth++) deep = [deep];
    const [line] = encode('json', toBatch(['a'], [toFields([['deep', deep as never]])]));
    expect(JSON.parse(line!)).toMatchObject({ message: 'a', fields: {}, fieldsError: 'nested too deep' });
  });

  test('a field named __proto__ is written', () => {
    const [line] = encode('json', toBatch(['a'], [toFields([['__proto__', 1]])]));
    expect(line).toContain('"fields":{"__proto__":1}');
  });
});

describe('template', () => {
  test('puts in what it names', () => {
    const fields = toFields(Object.entries({ level: 'ü', status: 503 }));
    const template = '→ {time} {source} {peer} {message} {fields.level} {fields.status}{fields.missing}';
    expect(encode({ template }, toBatch(['hello é'], [fields]))).toEqual([
      '→ 2026-01-31T12:00:00.007Z tcp 127.0.0.1:5 hello é ü 503',
    ]);
  });

  test('puts bytes in as they are, and decodes nothing', () => {
    const before = countDecodedLines();
    const encoded = toEncoder({ template: 'é{message}' }).encode(
      toBatch([Buffer.from([0xff, 0x0a, 0x00, 0xc3])]),
    );
    expect(encoded.line(0).toString('hex')).toBe('c3a9ff0a00c3');
    expect(countDecodedLines()).toBe(before);
  });

  test('is refused if it is none', () => {
    expect(() => toEncoder({ template: '{nope}' })).toThrow(/unknown placeholder/);
  });
});

test.each(['json', { template: '{message}' }] as const)('%j keeps origin, time and delivery', (encoding) => {
  const batch = toBatch(['a', 'b']);
  const encoded = toEncoder(encoding).encode(batch);
  expect(encoded).toMatchObject({ origin: batch.origin, receivedAt: time, length: 2 });
  expect(encoded.delivery).toBe(batch.delivery);
});

test.each(['line', 'json', { template: '{message}' }] as const)(
  '%j takes a batch without lines',
  (encoding) => {
    expect(toEncoder(encoding).encode(toBatch([])).chunks()).toEqual([]);
  },
);

describe('the option', () => {
  const options = z.strictObject({ encoding: encodingOption });

  test.each([
    [{}, 'line'],
    [{ encoding: 'json' }, 'json'],
    [{ encoding: { template: '{message}' } }, { template: '{message}' }],
  ])('%j', (input, encoding) => {
    expect(options.parse(input)).toEqual({ encoding });
  });

  test.each([
    [{ encoding: 'jsn' }, /must be `line`, `json`/],
    [{ encoding: { template: '{nope}' } }, /unknown placeholder/],
    [{ encoding: { templat: 'a' } }, /must be `line`, `json`/],
  ])('refuses %j', (input, message) => {
    expect(options.safeParse(input).error?.message).toMatch(message);
  });

  test('has a JSON Schema', () => {
    const schema = z.toJSONSchema(options, { io: 'input' });
    expect(JSON.stringify(schema)).toContain('"template"');
  });
});
