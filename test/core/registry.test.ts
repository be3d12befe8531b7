import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineOperator, defineSink, defineSource, PLUGIN_API_VERSION } from '../../src/core/component.ts';
import { Registry } from '../../src/core/registry.ts';

const common = { summary: 'A test.', options: z.strictObject({}), examples: [] };
const source = defineSource({ ...common, type: 'b', create: () => ({ async *lines() {} }) });
const operator = defineOperator({ ...common, type: 'b', create: () => ({ transform: (batch) => batch }) });
const sink = defineSink({ ...common, type: 'a', create: () => ({ write() {} }) });

test('definitions say what they are, and for which version', () => {
  expect([source, operator, sink].map(({ kind }) => kind)).toEqual(['source', 'operator', 'sink']);
  expect(source.apiVersion).toBe(PLUGIN_API_VERSION);
});

test('a definition is found by its kind and type', () => {
  const registry = new Registry([source, operator, sink]);
  expect(registry.find('source', 'b')).toBe(source);
  expect(registry.find('operator', 'b')).toBe(operator);
  expect(registry.find('sink', 'b')).toBeUndefined();
  expect(registry.find('sink', 'constructor')).toBeUndefined();
});

test('all of a kind, or all, are listed by type', () => {
  const registry = new Registry([source, operator, sink]);
  expect(registry.list('source')).toEqual([source]);
  expect(registry.list()).toEqual([sink, source, operator]);
});

test('a type is taken once, unless it is to be replaced', () => {
  const registry = new Registry([sink]);
  const other = defineSink({ ...common, type: 'a', create: () => ({ write() {} }) });
  expect(() => registry.add(other)).toThrow(expect.objectContaining({ code: 'LC_COMPONENT_DUPLICATE' }));
  expect(registry.find('sink', 'a')).toBe(sink);
  registry.add(other, { replace: true });
  expect(registry.find('sink', 'a')).toBe(other);
  expect(registry.list()).toEqual([other]);
});
