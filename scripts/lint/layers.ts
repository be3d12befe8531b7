/**
 * Who may import whom inside `src/`: the layer table of LogCaster, and the check behind the lint rule `logcaster/layers`.
 *
 * Invariants:
 * - A layer imports itself and the layers that its row names, nothing else; a folder without a row is an error.
 * - A component (one file or folder of sources, operators or sinks) imports its own parts and never another component. Only
 *   the folder's `builtins.ts` sees all of them, and no component sees `builtins.ts`.
 * - Within the pipeline the runners of sources, operators and sinks know nothing of each other, and the containment of what
 *   components may do wrong knows none of them.
 * - Nothing under `src/` imports from outside `src/`, and nothing but `bin/` and tests imports a public entry or the cli.
 *
 * Types count as much as values: a layer that names another layer's type depends on it.
 */
import { posix } from 'node:path';

/** Each layer, and the layers it may import besides itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  framing: ['core'],
  // The language that lines are searched and filtered with.
  expression: ['core'],
  // Search in files, here or in a thread of its own.
  'file-search': ['core', 'expression'],
  sources: ['core', 'framing'],
  operators: ['core', 'framing', 'expression'],
  sinks: ['core', 'framing', 'expression', 'file-search'],
  // Queues on disk.
  spill: ['core'],
  pipeline: ['core', 'framing', 'spill'],
  query: ['core', 'expression', 'file-search'],
  config: ['core', 'expression', 'pipeline', 'spill'],
  collector: [
    'core',
    'framing',
    'expression',
    'file-search',
    'sources',
    'operators',
    'sinks',
    'pipeline',
    'query',
    'config',
  ],
  conformance: ['core', 'framing', 'pipeline'],
  cli: [
    'core',
    'framing',
    'expression',
    'file-search',
    'sources',
    'operators',
    'sinks',
    'spill',
    'pipeline',
    'query',
    'config',
    'collector',
  ],
  // The public entries: src/index.ts, src/plugin.ts, src/testing.ts.
  entry: [
    'core',
    'framing',
    'expression',
    'file-search',
    'sources',
    'operators',
    'sinks',
    'pipeline',
    'query',
    'config',
    'collector',
    'conformance',
  ],
  bin: ['cli'],
};

const componentLayers = new Set(['sources', 'operators', 'sinks']);

/** Folders inside of a layer, and which folders of it each may import besides itself; files beside the folders all may import. */
const parts: Readonly<Record<string, readonly string[]>> = {
  'pipeline/containment': [],
  'pipeline/source': ['pipeline/containment'],
  'pipeline/operator': ['pipeline/containment'],
  'pipeline/sink': ['pipeline/containment'],
};

type Place = {
  readonly layer: string;
  readonly component: string | undefined;
  /** The folder inside of the layer, as in `pipeline/sink`. */
  readonly part: string | undefined;
};

/** The layer and the component of a path relative to the repository; `undefined` outside of `src/` and `bin/`. */
function toPlace(path: string): Place | undefined {
  const [top, folder, part] = path.split('/');
  const none = { component: undefined, part: undefined };
  if (top === 'bin') return { layer: 'bin', ...none };
  if (top !== 'src' || folder === undefined) return undefined;
  if (part === undefined) return { layer: 'entry', ...none };
  const component = componentLayers.has(folder) ? part.replace(/\.ts$/, '') : undefined;
  return { layer: folder, component, part: part.endsWith('.ts') ? undefined : `${folder}/${part}` };
}

/**
 * Says what is wrong with an import, or `undefined` when it is allowed.
 *
 * @param importer - The importing file, relative to the repository, with `/` separators, as in `src/sinks/ring/ring.ts`.
 * @param specifier - The specifier as written. Packages and `node:` modules are not this check's concern.
 */
export function checkImport(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const from = toPlace(importer);
  if (from === undefined) return undefined;
  const target = posix.join(posix.dirname(importer), specifier);
  const to = toPlace(target);

  const allowed = layers[from.layer];
  if (allowed === undefined) {
    return `src/${from.layer}/ is no known layer: add a row for it to scripts/lint/layers.ts.`;
  }
  if (to === undefined) return `${from.layer} may not import ${target}, which is not part of the product.`;
  if (to.layer !== from.layer) {
    if (allowed.includes(to.layer)) return undefined;
    const may = allowed.length === 0 ? 'no other layer' : `only ${allowed.join(', ')}`;
    return `${from.layer} may not import ${to.layer} (it may import ${may}).`;
  }
  const others = from.part === undefined ? undefined : parts[from.part];
  if (others && to.part !== undefined && to.part !== from.part && !others.includes(to.part)) {
    return `${from.part} may not import ${to.part}: see scripts/lint/layers.ts.`;
  }
  if (from.component === to.component || from.component === 'builtins') return undefined;
  return `${from.layer}/${from.component} may not import ${to.layer}/${to.component}: components never import each other. Move what they share to core or framing.`;
}
