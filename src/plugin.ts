/**
 * What a source, an operator or a sink of your own is made of. The built-in ones use exactly this.
 *
 * @packageDocumentation
 */
export {
  Batch,
  type BatchInit,
  type Fields,
  type FieldValue,
  joinLines,
  type Lines,
  type Origin,
  toFields,
} from './core/batch.ts';
export type { Clock, Timer } from './core/clock.ts';
export {
  type AdmitInit,
  type ComponentContext,
  type ComponentDefinition,
  type ComponentExample,
  defineOperator,
  defineSink,
  defineSource,
  type Guarantees,
  type HistoryLimits,
  type InputOf,
  type LineSource,
  type Operator,
  type OperatorDefinition,
  type OperatorSpec,
  type OptionsSchema,
  type OutputOf,
  PLUGIN_API_VERSION,
  type RejectedLine,
  type Sink,
  type SinkContext,
  type SinkDefinition,
  type SinkSpec,
  type Source,
  type SourceContext,
  type SourceDefinition,
  type SourceSpec,
  type StreamOperator,
  type StreamOperatorContext,
  type TransformOperator,
  type WriteResult,
} from './core/component.ts';
export type { Credit } from './core/credit.ts';
export { Delivery } from './core/delivery.ts';
export { RejectedError, RetryableError } from './core/errors.ts';
export type { FileSystem, OpenFile } from './core/file-system.ts';
export type { Figures } from './core/ledger.ts';
export type { Logger } from './core/logger.ts';
export type { FoundLines, Searchable, SearchOptions, SearchQuery, SearchResult } from './core/search.ts';
export { duration, size } from './core/units.ts';
export { LineFramer } from './framing/line-framer.ts';
export { eachLine, fromLines, type Line } from './framing/lines.ts';
