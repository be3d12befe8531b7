/**
 * LogCaster in your program: start a collector, watch its batches, search, read the ledger. To write a source, an operator or
 * a sink, import `logcaster/plugin`.
 *
 * @packageDocumentation
 */
export { Collector, type CollectorEnvironment, type CollectorSettings } from './collector/collector.ts';
export { ConfigError, startCollector } from './collector/start-collector.ts';
export {
  type Config,
  type ConfigSections,
  defineConfig,
  type OperatorConfig,
  type OperatorOptionsByType,
  type PipelineConfig,
  type PluginConfig,
  type SinkConfig,
  type SinkOptionsByType,
  type SourceConfig,
  type SourceOptionsByType,
  type UntypedName,
  untyped,
} from './config/define-config.ts';
export type { Diagnostic, Severity } from './config/diagnostics.ts';
export { Batch, type Fields, type FieldValue, type Lines, type Origin } from './core/batch.ts';
export { type Clock, type Timer } from './core/clock.ts';
export { type ErrorCode, LogCasterError } from './core/errors.ts';
export type { FileStatus, FileSystem, OpenFile } from './core/file-system.ts';
export type {
  Discard,
  LedgerStatement,
  PipelineStatement,
  SinkStatement,
  SourceStatement,
} from './core/ledger.ts';
export type { Logger } from './core/logger.ts';
export type { FoundLines, SearchOptions, SearchQuery, SearchResult } from './core/search.ts';
export { eachLine, fromLines, type Line } from './framing/lines.ts';
