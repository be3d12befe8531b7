/** The operators that LogCaster brings along. */
import type { OperatorDefinition } from '../core/component.ts';
import { filter } from './filter.ts';
import { js } from './js.ts';
import { remove } from './remove.ts';
import { set } from './set.ts';

export const operatorBuiltins: readonly OperatorDefinition[] = [filter, js, remove, set];
