/**
 * From a configuration to what a collector runs: the built-in components, the sections of the query port, and the types of
 * both for `defineConfig`.
 */

import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load-config.ts';
import { valueAt } from '../config/path.ts';
import type { InputOf, OutputOf } from '../core/component.ts';
import type { filter } from '../operators/filter.ts';
import type { js } from '../operators/js.ts';
import type { remove } from '../operators/remove.ts';
import type { set } from '../operators/set.ts';
import { testsSection } from '../pipeline/trial/tests-section.ts';
import { queryOptions } from '../query/query-options.ts';
import type { archive } from '../sinks/archive/archive.ts';
import type { blackhole } from '../sinks/blackhole.ts';
import type { file } from '../sinks/file/file.ts';
import type { ring } from '../sinks/ring/ring.ts';
import type { stdout } from '../sinks/stdout/stdout.ts';
import type { generate } from '../sources/generate/generate.ts';
import type { tcp } from '../sources/socket/tcp.ts';
import type { unix } from '../sources/socket/unix.ts';
import type { stdin } from '../sources/stdin.ts';
import { builtinRegistry } from './builtins.ts';
import type { CollectorSettings } from './collector.ts';

declare module '../config/define-config.ts' {
  interface SourceOptionsByType {
    generate: InputOf<typeof generate.options>;
    stdin: InputOf<typeof stdin.options>;
    tcp: InputOf<typeof tcp.options>;
    unix: InputOf<typeof unix.options>;
  }
  interface OperatorOptionsByType {
    filter: InputOf<typeof filter.options>;
    js: InputOf<typeof js.options>;
    remove: InputOf<typeof remove.options>;
    set: InputOf<typeof set.options>;
  }
  interface SinkOptionsByType {
    archive: InputOf<typeof archive.options>;
    blackhole: InputOf<typeof blackhole.options>;
    file: InputOf<typeof file.options>;
    ring: InputOf<typeof ring.options>;
    stdout: InputOf<typeof stdout.options>;
  }
  interface ConfigSections {
    /** Where queries are answered. Absent: nowhere. */
    readonly query?: InputOf<typeof queryOptions>;
    /** Tests of the pipelines, for `logcaster test`. */
    readonly tests?: InputOf<typeof testsSection>;
  }
}

/** The sections that a collector has beside those that every configuration has. */
export const collectorSections = {
  query: {
    schema: queryOptions,
    claims: ({ host, port, enabled }: OutputOf<typeof queryOptions>) =>
      enabled && port !== 0 ? [`tcp ${host}:${port}`] : [],
  },
  tests: { schema: testsSection },
} as const satisfies NonNullable<LoadOptions['sections']>;

/** A configuration that was loaded, and the settings in it; no settings if it has errors. */
export interface LoadedCollector {
  readonly loaded: LoadedConfig<typeof collectorSections>;
  readonly settings: CollectorSettings | undefined;
}

/** Loads a configuration with the built-in components. It never throws for what is wrong with it. */
export async function loadCollector(
  options: Omit<LoadOptions, 'registry' | 'sections'>,
): Promise<LoadedCollector> {
  const loaded = await loadConfig({ ...options, registry: builtinRegistry(), sections: collectorSections });
  const { topology, settings } = loaded;
  if (!topology || !settings) return { loaded, settings: undefined };
  const { query } = settings.sections;
  return {
    loaded,
    settings: {
      topology,
      stopTimeout: settings.shutdown.timeout,
      ...(query?.enabled && {
        query: { ...query, maxAnswerBytes: answerBytes(query.maxAnswerBytes, loaded) },
      }),
    },
  };
}

/** A query for everything must succeed, unless somebody has set a lower limit: then as many bytes as the largest ring holds. */
function answerBytes(limit: number, { config, topology }: LoadedCollector['loaded']): number {
  if (valueAt(config, ['query', 'maxAnswerBytes']) !== undefined) return limit;
  const rings = [...(topology?.sinks.values() ?? [])].filter(({ definition }) => definition.type === 'ring');
  return Math.max(limit, ...rings.map(({ options }) => (options as OutputOf<typeof ring.options>).maxBytes));
}
