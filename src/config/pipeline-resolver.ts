/** Makes the nodes of pipelines from what is written about them. Whether the names they use exist is a matter of the graph. */
import type { PipelineNode } from '../pipeline/topology.ts';
import type { ComponentResolver } from './component-resolver.ts';
import type { Report } from './diagnostics.ts';
import { checkName } from './names.ts';
import { isMapping, type Path } from './path.ts';
import { printable } from './printable.ts';
import { didYouMean, listOf } from './suggest.ts';

const KEYS = ['from', 'through', 'to'];

/** A pipeline, and where each name that it uses stands. */
export interface WrittenPipeline {
  readonly node: PipelineNode;
  readonly fromPaths: readonly Path[];
  readonly toPaths: readonly Path[];
  /** Everything about it is right, as far as that can be said without the others. */
  readonly ok: boolean;
}

/** Resolves the section `pipelines`. */
export async function resolvePipelines(
  written: unknown,
  resolver: ComponentResolver,
  report: Report,
): Promise<ReadonlyMap<string, WrittenPipeline>> {
  const pipelines = new Map<string, WrittenPipeline>();
  if (!isMapping(written)) return pipelines;
  for (const [name, value] of Object.entries(written)) {
    const path = ['pipelines', name];
    const isName = checkName(name, path, report);
    const pipeline = await resolvePipeline(name, value, path, resolver, report);
    pipelines.set(name, { ...pipeline, ok: pipeline.ok && isName });
  }
  return pipelines;
}

async function resolvePipeline(
  name: string,
  value: unknown,
  path: Path,
  resolver: ComponentResolver,
  report: Report,
): Promise<WrittenPipeline> {
  if (!isMapping(value)) {
    const message = `pipeline \`${printable(name)}\` must be a mapping with \`from\` and \`to\``;
    report.error('LC_CONFIG_OPTION_TYPE', { message, path, hint: 'write { from: SOURCE, to: SINK }' });
    return { node: { from: [], through: [], to: [] }, fromPaths: [], toPaths: [], ok: false };
  }
  let ok = true;
  for (const key of Object.keys(value)) {
    if (KEYS.includes(key)) continue;
    ok = false;
    report.error('LC_CONFIG_OPTION_UNKNOWN', {
      message: `unknown option \`${printable(key)}\` of pipeline \`${printable(name)}\``,
      path: [...path, key],
      at: 'key',
      hint: didYouMean(key, KEYS) ?? `there is ${listOf(KEYS, 'and')}`,
    });
  }
  const from = namesOf(value['from'], [...path, 'from'], report);
  const to = namesOf(value['to'], [...path, 'to'], report);
  const through = await resolver.operators(value['through'], [...path, 'through']);
  return {
    node: { from: from.names, through: through ?? [], to: to.names },
    fromPaths: from.paths,
    toPaths: to.paths,
    ok: ok && from.ok && to.ok && through !== undefined,
  };
}

/** One name or a list of names, each with its place. A name that is there twice counts once. */
function namesOf(
  value: unknown,
  path: Path,
  report: Report,
): { names: string[]; paths: Path[]; ok: boolean } {
  if (value === undefined || value === null) return { names: [], paths: [], ok: true };
  const entries = Array.isArray(value)
    ? value.map((each: unknown, index) => [each, [...path, index]] as const)
    : [[value, path] as const];
  const names: string[] = [];
  const paths: Path[] = [];
  let ok = true;
  for (const [name, at] of entries) {
    if (typeof name !== 'string' || name === '') {
      ok = false;
      const message = `\`${String(path.at(-1))}\` must be a name or a list of names`;
      report.error('LC_CONFIG_OPTION_TYPE', { message, path: at, hint: 'write [a, b]' });
    } else if (names.includes(name)) {
      ok = false;
      const message = `\`${printable(name)}\` is named twice`;
      report.error('LC_CONFIG_NAME_TAKEN', { message, path: at, hint: 'remove one of the two' });
    } else {
      names.push(name);
      paths.push(at);
    }
  }
  return { names, paths, ok };
}
