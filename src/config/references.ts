/**
 * Options that name a part of the configuration. An option says so with an annotation in its schema:
 *
 *     refillFrom: z.string().optional().meta({ reference: 'sink', needs: 'history' })
 *
 * `reference` is `source`, `pipeline` or `sink`; on the keys of a record it says that these are names. `needs: 'history'`
 * asks for a sink whose definition has `keepsHistory`.
 */
import type { SinkDefinition } from '../core/component.ts';
import type { Report } from './diagnostics.ts';
import { unknownName } from './graph.ts';
import { isMapping, type Path } from './path.ts';
import { printable } from './printable.ts';
import type { SchemaView } from './schema-view.ts';

/** An option that names something. */
export interface Reference {
  readonly path: Path;
  readonly to: 'source' | 'pipeline' | 'sink';
  readonly name: string;
  readonly needsHistory: boolean;
  /** Whether it is the key at the path that names something, not what stands there. */
  readonly isKey?: boolean;
}

/** What can be named. */
export interface Referable {
  readonly source: ReadonlySet<string>;
  readonly pipeline: ReadonlySet<string>;
  readonly sink: ReadonlySet<string>;
  /** The definition of a sink, if it is known. */
  sinkDefinition(name: string): SinkDefinition | undefined;
}

/** Finds the references in what was written. */
export function findReferences(value: unknown, path: Path, view: SchemaView): Reference[] {
  const to = view.annotation('reference');
  if (typeof value === 'string' && (to === 'source' || to === 'pipeline' || to === 'sink')) {
    return [{ path, to, name: value, needsHistory: view.annotation('needs') === 'history' }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => findReferences(each, [...path, index], view.at(index)));
  }
  if (!isMapping(value)) return [];
  const keys = view.annotation('propertyNames');
  const named = isMapping(keys) ? keys['reference'] : undefined;
  return Object.entries(value).flatMap(([key, each]) => {
    const inner = findReferences(each, [...path, key], view.at(key));
    if (named !== 'source' && named !== 'pipeline' && named !== 'sink') return inner;
    return [{ path: [...path, key], to: named, name: key, needsHistory: false, isKey: true }, ...inner];
  });
}

/** Reports references to what is not there, or is not what it must be. */
export function checkReferences(
  references: readonly Reference[],
  referable: Referable,
  report: Report,
): void {
  for (const { path, to, name, needsHistory, isKey } of references) {
    const isItself = to === 'sink' && path[0] === 'sinks' && path[1] === name;
    if (!referable[to].has(name)) {
      unknownName(
        name,
        to,
        path,
        [...referable[to]].filter((each) => each !== path[1]),
        report,
        undefined,
        isKey ? 'key' : 'value',
      );
    } else if (needsHistory && isItself) {
      report.error('LC_CONFIG_HISTORY', {
        message: `sink \`${printable(name)}\` cannot be refilled from itself`,
        path,
      });
    } else if (needsHistory && lacksHistory(referable.sinkDefinition(name))) {
      report.error('LC_CONFIG_HISTORY', { message: `sink \`${printable(name)}\` keeps no history`, path });
    }
  }
}

/** A sink that is in error may be meant to have one. */
function lacksHistory(definition: SinkDefinition | undefined): boolean {
  return definition !== undefined && definition.keepsHistory !== true;
}
