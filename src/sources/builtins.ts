/**
 * The sources that LogCaster brings along.
 */
import type { SourceDefinition } from '../core/component.ts';
import { generate } from './generate/generate.ts';
import { tcp } from './socket/tcp.ts';
import { unix } from './socket/unix.ts';
import { stdin } from './stdin.ts';

/** Every built-in source. */
export const sourceBuiltins: readonly SourceDefinition[] = [generate, stdin, tcp, unix];
