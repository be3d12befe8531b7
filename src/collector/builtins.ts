/** Everything that comes with LogCaster. */
import { Registry } from '../core/registry.ts';
import { operatorBuiltins } from '../operators/builtins.ts';
import { sinkBuiltins } from '../sinks/builtins.ts';
import { sourceBuiltins } from '../sources/builtins.ts';

/** A registry of the built-in components, to which plugins can be added. */
export function builtinRegistry(): Registry {
  return new Registry([...sourceBuiltins, ...operatorBuiltins, ...sinkBuiltins]);
}
