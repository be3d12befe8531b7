/** The sinks that LogCaster brings along. */
import type { SinkDefinition } from '../core/component.ts';
import { archive } from './archive/archive.ts';
import { blackhole } from './blackhole.ts';
import { file } from './file/file.ts';
import { ring } from './ring/ring.ts';
import { stdout } from './stdout/stdout.ts';

export const sinkBuiltins: readonly SinkDefinition[] = [archive, blackhole, file, ring, stdout];
