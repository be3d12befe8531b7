/**
 * LogCaster in your program: start a collector, watch its batches, search, read the ledger. To write a source, an operator or
 * a sink, import `logcaster/plugin`.
 *
 * @packageDocumentation
 */
export {
  type Ask,
  Collector,
  type CollectorEnvironment,
  type CollectorQuery,
} from './collector/collector.ts';

// oxlint-disable-next-line import/no-unassigned-import -- it declares the types of the built-in components
import './collector/config-types.ts';

export { ConfigError, startCollector } from './collector/start-collector.ts';
export type { ConfigCode } from './config/codes.ts';
export {
  type ComponentConfig,
  type Config,
  type ConfigSections,
  type DurationInput,
  defineConfig,
  type OperatorCommon,
  type OperatorConfig,
  type OperatorOptionsByType,
  type PipelineConfig,
  type PluginConfig,
  type SinkCommon,
  type SinkConfig,
  type SinkOptionsByType,
  type SizeInput,
  type SourceCommon,
  type SourceConfig,
  type SourceOptionsByType,
  type UntypedName,
  untyped,
} from './config/define-config.ts';
export type { Diagnostic, Severity } from './config/diagnostics.ts';
export type { Excerpt } from './config/source-text.ts';
export {
  Batch,
  type BatchInit,
  type Fields,
  type FieldValue,
  type Lines,
  type Origin,
} from './core/batch.ts';
export { type Clock, systemClock, type Timer, type TimerOptions } from './core/clock.ts';
export { Delivery, type SettledListener } from './core/delivery.ts';
export { type ErrorCode, LogCasterError } from './core/errors.ts';
export type { DirectoryEntry, FileStatus, FileSystem, OpenFile } from './core/file-system.ts';
export type {
  Discard,
  Figures,
  LedgerStatement,
  PipelineStatement,
  ProcessStatement,
  SinkStatement,
  SourceStatement,
} from './core/ledger.ts';
export type {
  ExpressionSource,
  FactsOf,
  FoundLine,
  LineCondition,
  LineFacts,
} from './core/line-condition.ts';
export type { LineMatcher } from './core/line-matcher.ts';
export type { LogData, Logger } from './core/logger.ts';
export type { Passage, Position } from './core/passage.ts';
export {
  type FoundLines,
  type OriginRun,
  originOf,
  type SearchOptions,
  type SearchQuery,
  type SearchResult,
  textsOf,
} from './core/search.ts';
export type { DecidingPart, ExpressionTrace } from './expression/explain.ts';
export { type Expression, type ExpressionOptions, parseExpression } from './expression/expression.ts';
export { ExpressionError } from './expression/expression-error.ts';
export type { ExpressionLimits } from './expression/parse.ts';
export { eachLine, type FromLinesInit, fromLines, Line, type LineChanges } from './framing/lines.ts';
export type { CountResult } from './query/answering/count-lines.ts';
export type { Group } from './query/answering/groups.ts';
export type { SearchSummary, Truncation } from './query/answering/summary.ts';
export type { TailEvent } from './query/answering/tail-lines.ts';
export type {
  CountQuestion,
  Grouping,
  LinesQuestion,
  SearchPlace,
  SearchQuestion,
  TailQuestion,
} from './query/questions/question.ts';
