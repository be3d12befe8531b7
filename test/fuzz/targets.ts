/** All that is fuzzed. */
import type { Target } from './target.ts';
import { configuration, flags } from './targets/configuration.ts';
import { archiveDirectory, logDirectory } from './targets/directory.ts';
import { expression } from './targets/expression.ts';
import { framer } from './targets/framer.ts';
import { http } from './targets/http.ts';
import { query } from './targets/query.ts';
import { spillDirectory } from './targets/spill.ts';

export const targets: readonly Target[] = [
  framer,
  query,
  http,
  configuration,
  flags,
  logDirectory,
  archiveDirectory,
  expression,
  spillDirectory,
];

export function targetNamed(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (!found)
    throw new Error(`--target is one of ${targets.map((target) => target.name).join(', ')}, or all`);
  return found;
}
