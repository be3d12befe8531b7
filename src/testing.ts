/**
 * The conformance kit: puts a component of your own through its life, difficult lines and faults, in any test runner.
 *
 * @packageDocumentation
 */

export { conformance } from './conformance/conformance.ts';
export type { CommonSetup, ConformanceCase } from './conformance/conformance-case.ts';
export type { Trouble } from './conformance/failing-file-system.ts';
export type { OperatorSetup } from './conformance/operator-cases.ts';
export type { SinkSetup, SinkWorld } from './conformance/sink-cases.ts';
export type { SourceSetup, SourceWorld } from './conformance/source-cases.ts';
