import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Batch, toFields } from '../../../src/core/batch.ts';
import { type Style, styleFor, toEscaped, toPretty } from '../../../src/sinks/stdout/pretty.ts';
import { SOME_ORIGIN } from '../../support/arbitrary-batches.ts';

const plain: Style = (_, text) => text;
const tagged: Style = (format, text) => `<${format}>${text}</${format}>`;

test('shows the time, the origin, the line and its fields', () => {
  const fields = [
    toFields(Object.entries({ level: 'error', status: 503, user: 'ada l', empty: '', http: { a: 1 } })),
    undefined,
  ];
  const batch = Batch.fromTexts(['one', 'two'], { ...SOME_ORIGIN, fields });
  expect(toPretty(batch, plain)).toBe(
    '12:00:00.000 test peer:1  one  level=error status=503 user="ada l" empty="" http={"a":1}\n' +
      '12:00:00.000 test peer:1  two\n',
  );
});

test('without a sender', () => {
  const batch = Batch.fromTexts(['one'], { ...SOME_ORIGIN, origin: { source: 'tcp' } });
  expect(toPretty(batch, plain)).toBe('12:00:00.000 tcp  one\n');
});

test('dims what is not the line, and colours errors and warnings', () => {
  const levels = ['error', 'WARN', 'info', 5];
  const fields = levels.map((level) => toFields([['level', level]]));
  const batch = Batch.fromTexts(['a', 'b', 'c', 'd'], { ...SOME_ORIGIN, fields });
  const head = '<dim>12:00:00.000 test peer:1</dim>';
  expect(toPretty(batch, tagged).split('\n')).toEqual([
    `${head}  <red>a</red><dim>  level=error</dim>`,
    `${head}  <yellow>b</yellow><dim>  level=WARN</dim>`,
    `${head}  c<dim>  level=info</dim>`,
    `${head}  d<dim>  level=5</dim>`,
    '',
  ]);
});

test('escapes whatever could disturb a terminal, also in names and fields', () => {
  const batch = Batch.fromTexts(['a\u001b[2Jb\tc', Buffer.from([0xff])], {
    origin: { source: 'so\u0007urce', peer: '\u202epeer' },
    receivedAt: SOME_ORIGIN.receivedAt,
    fields: [toFields([['fi\u001beld', 'va\u0000lue']]), undefined],
  });
  expect(toPretty(batch, plain)).toBe(
    '12:00:00.000 so\\x07urce \\u202epeer  a\\x1b[2Jb\tc  fi\\x1beld=va\\x00lue\n' +
      '12:00:00.000 so\\x07urce \\u202epeer  \\xff\n',
  );
});

test('sets in the further lines of a line, and breaks it nowhere else', () => {
  const batch = Batch.fromTexts([Buffer.from('a\nbé\n\xe9\r\n', 'latin1'), 'a\nbé'], SOME_ORIGIN);
  expect(toPretty(batch, plain)).toBe(
    '12:00:00.000 test peer:1  a\n    b\\xe9\n    \\xe9\\r\n    \n12:00:00.000 test peer:1  a\n    bé\n',
  );
  expect(toEscaped(batch)).toBe('a\nb\\xe9\n\\xe9\\r\n\na\nbé\n');
});

test('a stream that is no terminal has no colours', () => {
  expect(styleFor(new PassThrough())('red', 'a')).toBe('a');
});

test('a time that is none does not stop it', () => {
  const batch = Batch.fromTexts(['a'], { origin: { source: 's' }, receivedAt: Number.NaN });
  expect(toPretty(batch, plain)).toBe(' s  a\n');
});
