/**
 * Which components there are. A registry is an object that is passed along; nothing registers itself by being imported.
 */
import type {
  ComponentDefinition,
  ComponentKind,
  OperatorDefinition,
  SinkDefinition,
  SourceDefinition,
} from './component.ts';
import { LogCasterError } from './errors.ts';

interface DefinitionByKind {
  source: SourceDefinition;
  operator: OperatorDefinition;
  sink: SinkDefinition;
}

/** The definitions, by kind and type. */
export class Registry {
  readonly #definitions = new Map<string, ComponentDefinition>();

  constructor(definitions: Iterable<ComponentDefinition> = []) {
    for (const definition of definitions) this.add(definition);
  }

  /**
   * Adds a definition.
   *
   * @throws LogCasterError `LC_COMPONENT_DUPLICATE`, unless told to `replace`
   */
  add(definition: ComponentDefinition, options: { readonly replace?: boolean } = {}): void {
    const key = `${definition.kind} ${definition.type}`;
    if (this.#definitions.has(key) && !options.replace) {
      throw new LogCasterError(
        'LC_COMPONENT_DUPLICATE',
        `there is a ${definition.kind} of the type "${definition.type}" already`,
      );
    }
    this.#definitions.set(key, definition);
  }

  /** The definition of this kind and type, if there is one. */
  find<Kind extends ComponentKind>(kind: Kind, type: string): DefinitionByKind[Kind] | undefined {
    return this.#definitions.get(`${kind} ${type}`) as DefinitionByKind[Kind] | undefined;
  }

  /** All definitions of one kind, or all, by type. */
  list(kind?: ComponentKind): ComponentDefinition[] {
    return [...this.#definitions.values()]
      .filter((definition) => kind === undefined || definition.kind === kind)
      .toSorted((a, b) => a.type.localeCompare(b.type));
  }
}
