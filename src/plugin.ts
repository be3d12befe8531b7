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
export type { Clock, Timer, TimerOptions } from './core/clock.ts';
export {
  type AdmitInit,
  type ComponentContext,
  type ComponentDefinition,
  type ComponentExample,
  type ComponentKind,
  type ComponentSpec,
  defineOperator,
  defineSink,
  defineSource,
  type Guarantees,
  type HistoryLimits,
  type InputOf,
  type LineSource,
  type Operator,
  type OperatorContext,
  type OperatorDefinition,
  type OperatorSpec,
  type OptionsSchema,
  type OutputOf,
  PLUGIN_API_VERSION,
  type RejectedLine,
  type SchemaIssue,
  type SchemaResult,
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
  type WriteContext,
  type WriteResult,
} from './core/component.ts';
export type { Credit } from './core/credit.ts';
export { Delivery, type SettledListener } from './core/delivery.ts';
export { RejectedError, RetryableError } from './core/errors.ts';
export type { DirectoryEntry, FileStatus, FileSystem, OpenFile } from './core/file-system.ts';
export type { Figures } from './core/ledger.ts';
export type {
  ExpressionSource,
  FactsOf,
  FoundLine,
  LineCondition,
  LineFacts,
} from './core/line-condition.ts';
export type { LineMatcher } from './core/line-matcher.ts';
export type { LogData, Logger } from './core/logger.ts';
export type { Passage, Position, Through } from './core/passage.ts';
export type {
  CopiedLines,
  FoundLines,
  OriginRun,
  ScanQuery,
  ScanTally,
  Searchable,
  SearchOptions,
  SearchQuery,
  SearchResult,
  StoredLines,
  StoredListener,
} from './core/search.ts';
export { duration, size } from './core/units.ts';
export {
  type FramerListener,
  type FramerOptions,
  LARGEST_LINE_LIMIT,
  type Oversize,
} from './framing/framer-options.ts';
export { LineFramer } from './framing/line-framer.ts';
export { eachLine, type FromLinesInit, fromLines, Line, type LineChanges } from './framing/lines.ts';
