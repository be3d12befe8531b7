/**
 * The conformance kit: what every component must do, as cases that any test runner runs.
 *
 *     import { conformance } from 'logcaster/testing';
 *     import { describe, test } from 'vitest';
 *     import { shout } from './shout.ts';
 *
 *     describe('shout', () => {
 *       for (const { name, run } of conformance(shout)) test(name, { timeout: 60_000 }, run);
 *     });
 *
 * Each case begins with a component of its own, and looks at the end for what it has left open. So they are run one after the
 * other, not side by side. The built-in components pass the same cases.
 */
import type {
  ComponentDefinition,
  OperatorDefinition,
  SinkDefinition,
  SourceDefinition,
} from '../core/component.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { definitionCases } from './definition-cases.ts';
import { type OperatorSetup, operatorCases } from './operator-cases.ts';
import { type SinkSetup, sinkCases } from './sink-cases.ts';
import { type SourceSetup, sourceCases } from './source-cases.ts';

/**
 * The cases for a sink. How much they can check depends on what the setup offers: see its type.
 *
 * @remarks Since 0.1.0
 */
export function conformance(definition: SinkDefinition, setup?: SinkSetup): ConformanceCase[];
/**
 * The cases for an operator. How much they can check depends on what the setup offers: see its type.
 *
 * @remarks Since 0.1.0
 */
export function conformance(definition: OperatorDefinition, setup?: OperatorSetup): ConformanceCase[];
/**
 * The cases for a source. How much they can check depends on what the setup offers: see its type.
 *
 * @remarks Since 0.1.0
 */
export function conformance(definition: SourceDefinition, setup?: SourceSetup): ConformanceCase[];
export function conformance(
  definition: ComponentDefinition,
  setup: SinkSetup | OperatorSetup | SourceSetup = {},
): ConformanceCase[] {
  const common = definitionCases(definition);
  if (definition.kind === 'sink') return [...common, ...sinkCases(definition, setup)];
  if (definition.kind === 'operator') return [...common, ...operatorCases(definition, setup)];
  return [...common, ...sourceCases(definition, setup)];
}
