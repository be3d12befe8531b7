/** The sinks that LogCaster brings along. */
import type { SinkDefinition } from '../core/component.ts';
import { file } from './file/file.ts';

export const sinkBuiltins: readonly SinkDefinition[] = [file];
