/** From a configuration to what a collector runs: the built-in components, and the sections of the query port and of tests. */
import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load-config.ts';
import { valueAt } from '../config/path.ts';
import type { OutputOf } from '../core/component.ts';
import { testsSection } from '../pipeline/trial/tests-section.ts';
import { queryOptions } from '../query/query-options.ts';
import type { ring } from '../sinks/ring/ring.ts';
import { builtinRegistry } from './builtins.ts';
import type { CollectorSettings } from './collector.ts';

/** The sections that a collector has beside those that every configuration has. */
export const collectorSections = {
  query: {
    schema: queryOptions,
    claims: ({ enabled, http, ...queryPort }: OutputOf<typeof queryOptions>) =>
      [queryPort, ...(http ? [http] : [])]
        .filter(({ port }) => enabled && port !== 0)
        .map(({ host, port }) => `tcp ${host}:${port}`),
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
      loopLag: settings.log.loopLag,
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
