/**
 * The sources that LogCaster brings along.
 */
import type { SourceDefinition } from '../core/component.ts';
import { tcp } from './socket/tcp.ts';
import { unix } from './socket/unix.ts';

/** Every built-in source. */
export const sourceBuiltins: readonly SourceDefinition[] = [tcp, unix];
