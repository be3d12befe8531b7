import { describe, expect, test } from 'vitest';
import { Batch, toFields } from '../../src/core/batch.ts';
import { LogCasterError } from '../../src/core/errors.ts';
import { fillTemplate, parseTemplate, templateProblem } from '../../src/core/template.ts';

const batch = Batch.fromTexts(['hello', 'bye'], {
  origin: { source: 'tcp', peer: '127.0.0.1:5' },
  receivedAt: Date.UTC(2026, 0, 31, 12),
  fields: [
    toFields(Object.entries({ level: 'error', http: { status: 503 }, tags: ['a', 'b'], no: null })),
    undefined,
  ],
});

function fill(template: string, index = 0): string {
  return fillTemplate(parseTemplate(template), batch, index);
}

test.each([
  ['plain', 'plain'],
  ['', ''],
  ['{message}', 'hello'],
  ['{time} {source} {peer}: {message}!', '2026-01-31T12:00:00.000Z tcp 127.0.0.1:5: hello!'],
  ['{ message }', 'hello'],
  [
    '{fields.level}/{fields.http.status}/{fields.tags}/{fields.no}/{fields.missing}',
    'error/503/["a","b"]/null/',
  ],
  ['{{"m":"{message}"}}', '{"m":"hello"}'],
  ['{{{message}}}', '{hello}'],
  ['{{{{', '{{'],
  ['{message}{message}', 'hellohello'],
  ['line\nfeed', 'line\nfeed'],
])('%j', (template, text) => {
  expect(fill(template)).toBe(text);
});

test('a line without fields leaves nothing', () => {
  expect(fill('{fields.level}|{message}', 1)).toBe('|bye');
});

test('what a placeholder brings in is no template', () => {
  const tricky = Batch.fromTexts(['{source} {{'], { origin: { source: 'tcp' }, receivedAt: 0 });
  expect(fillTemplate(parseTemplate('{message}{peer}'), tricky, 0)).toBe('{source} {{');
});

describe('what is none', () => {
  test.each(['{', '}', 'a { b', 'a } b', '{message', 'message}', '{{message}', '{mess{age}}'])(
    'a brace that belongs to nothing: %j',
    (template) => {
      expect(templateProblem(template)).toMatch(/single|unknown/);
    },
  );

  test.each(['{mesage}', '{}', '{fields}', '{fields.}', '{constructor}', '{field.a}'])(
    'a placeholder that there is not: %j',
    (template) => {
      expect(templateProblem(template)).toContain('unknown placeholder');
      expect(templateProblem(template)).toContain('{message}');
    },
  );

  test('has a code', () => {
    expect(() => parseTemplate('{nope}')).toThrow(
      expect.objectContaining({ constructor: LogCasterError, code: 'LC_TEMPLATE_INVALID' }),
    );
  });

  test('a good one has no problem', () => {
    expect(templateProblem('{message}')).toBeUndefined();
  });
});
