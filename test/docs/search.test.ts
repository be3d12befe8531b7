/** Every example of docs/search.md finds what it says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { parseExpression } from '../../src/expression/expression.ts';

const page = readFileSync(new URL('../../docs/search.md', import.meta.url), 'utf8');

const examples = Array.from(
  page.matchAll(/^```search\n(.*)\n([^]*?)^```$/gm),
  ([, expression, lines]) => [expression!, lines!.trimEnd().split('\n')] as const,
);

describe('the examples of docs/search.md', () => {
  test.each(examples)('%s', (expression, lines) => {
    const { condition } = parseExpression(expression);
    expect(lines.length).toBeGreaterThan(1);
    const texts = lines.map((line) => line.slice(2));
    const batch = Batch.fromTexts(texts, { origin: { source: 'tcp' }, receivedAt: 0 });
    const marks = new Uint8Array(batch.length);
    condition.mark(batch, marks);
    expect(texts.map((text, index) => `${marks[index] === 1 ? '✓' : '✗'} ${text}`)).toEqual(lines);
  });

  test('are there', () => {
    expect(examples.length).toBeGreaterThan(15);
  });

  const indented = Array.from(page.matchAll(/^ {4}(\S.*)$/gm), ([, expression]) => expression!);
  test.each(indented)('%s is read', (expression) => {
    expect(parseExpression(expression).text).toBe(expression);
  });

  const refused = Array.from(
    page.slice(page.indexOf('## What is refused')).matchAll(/^\| `(.*?)` \| `(.*?)`/gm),
    ([, written, instead]) => [written!, instead!] as const,
  );
  test.each(refused)('%s is refused, %s is read', (written, instead) => {
    expect(() => parseExpression(written)).toThrow(/^column \d+: /);
    expect(parseExpression(instead).text).toBe(instead);
  });
});
