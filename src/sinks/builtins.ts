/** The sinks that LogCaster brings along. */
import type { SinkDefinition } from '../core/component.ts';
import { file } from './file/file.ts';
import { ring } from './ring/ring.ts';

export const sinkBuiltins: readonly SinkDefinition[] = [file, ring];
