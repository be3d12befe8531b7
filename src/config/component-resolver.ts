/** Makes the nodes of sources, operators and sinks from what is written about them. */
import type {
  ComponentDefinition,
  ComponentKind,
  OperatorDefinition,
  SinkDefinition,
  SourceDefinition,
} from '../core/component.ts';
import type { Registry } from '../core/registry.ts';
import { DEFAULT_RETRY, type OperatorNode, type SinkNode, type SourceNode } from '../pipeline/topology.ts';
import { toSpillSettings } from '../spill/options.ts';
import { checkName, NAME } from './names.ts';
import { toNodeKey } from './node-key.ts';
import type { PartChecker } from './part-checker.ts';
import { isMapping, type Path } from './path.ts';
import { printable, quote } from './printable.ts';
import { isSecretName } from './secrets.ts';
import {
  breakerSettings,
  COMMON_KEYS,
  creditSetting,
  deadLetterSetting,
  queueSettings,
  retrySettings,
} from './settings.ts';
import { didYouMean, listOf } from './suggest.ts';

/** Named nodes; a name without a node is there, but has an error. */
export type Named<Node> = ReadonlyMap<string, Node | undefined>;

type CommonSetting =
  | typeof creditSetting
  | typeof queueSettings
  | typeof retrySettings
  | typeof breakerSettings
  | typeof deadLetterSetting;

interface Component<Definition extends ComponentDefinition> {
  readonly definition: Definition;
  readonly options: unknown;
  /** The options as they are written. */
  readonly written: unknown;
}

/** Resolves components; problems go to the report. */
export class ComponentResolver {
  readonly #registry: Registry;
  readonly #checker: PartChecker;
  /** A plugin could not be loaded: it may have what is missing. */
  readonly #lacksPlugins: boolean;

  constructor(registry: Registry, checker: PartChecker, lacksPlugins: boolean) {
    this.#registry = registry;
    this.#checker = checker;
    this.#lacksPlugins = lacksPlugins;
  }

  sources(written: unknown): Promise<Named<SourceNode>> {
    return this.#section('sources', written, async (value, path, subject) => {
      const component = await this.#component<SourceDefinition>('source', value, path, subject);
      const credit = await this.#setting(creditSetting, value, [...path, 'credit'], subject);
      if (!component || !credit.ok) return undefined;
      const { definition, options } = component;
      const key = toNodeKey(definition, [component.written, credit.value]);
      return { definition, options, key, credit: credit.value };
    });
  }

  sinks(written: unknown): Promise<Named<SinkNode>> {
    return this.#section('sinks', written, async (value, path, subject) => {
      const component = await this.#component<SinkDefinition>('sink', value, path, subject);
      const queue = await this.#setting(queueSettings, value, [...path, 'queue'], subject, {});
      const retry = await this.#setting(retrySettings, value, [...path, 'retry'], subject, {});
      const breaker = await this.#optional(breakerSettings, value, [...path, 'breaker'], subject);
      const deadLetter = await this.#optional(deadLetterSetting, value, [...path, 'deadLetter'], subject);
      if (!component || !queue.ok || !retry.ok || !breaker.ok || !deadLetter.ok) return undefined;
      const { definition, options } = component;
      const { maxBytes, whenFull } = queue.value;
      const spill =
        whenFull === 'spill' ? toSpillSettings(String(path.at(-1)), queue.value.spill) : undefined;
      return {
        definition,
        options,
        // A sink that goes on takes all of these over: they are not in its key. But a spill that it has opened stays where it is.
        key: toNodeKey(definition, spill ? [component.written, spill.directory] : component.written),
        queue: { maxBytes, whenFull, ...(spill && { spill }) },
        retry: { ...retry.value, maxAttempts: retry.value.maxAttempts ?? DEFAULT_RETRY.maxAttempts },
        breaker: breaker.value,
        deadLetter: deadLetter.value,
      };
    });
  }

  /** The operators of a pipeline. One without a name is called by its type, numbered where that is taken. */
  async operators(written: unknown, path: Path): Promise<OperatorNode[] | undefined> {
    if (written === undefined || written === null) return [];
    const { report } = this.#checker.context;
    if (!Array.isArray(written)) {
      const message = `\`through\` must be a list of operators`;
      report.error('LC_CONFIG_OPTION_TYPE', { message, path, hint: 'write it as a list: - type: filter' });
      return undefined;
    }
    const explicit = this.#operatorNames(written, path);
    const taken = new Set(explicit.filter((name) => name !== undefined));
    const nodes: OperatorNode[] = [];
    for (const [index, value] of written.entries()) {
      const at = [...path, index];
      const own = explicit[index];
      const subject = own === undefined ? `operator ${index + 1}` : `operator \`${own}\``;
      const component = await this.#component<OperatorDefinition>('operator', value, at, subject);
      if (!component) continue;
      const name = own ?? freeName(component.definition.type, taken);
      taken.add(name);
      nodes.push({
        name,
        definition: component.definition,
        options: component.options,
        key: toNodeKey(component.definition, component.written),
      });
    }
    return nodes.length === written.length ? nodes : undefined;
  }

  /** The names that are written; reports those that are no names, or that are taken. */
  #operatorNames(written: readonly unknown[], path: Path): (string | undefined)[] {
    const { report } = this.#checker.context;
    const seen = new Set<string>();
    return written.map((value, index) => {
      const name = isMapping(value) ? value['name'] : undefined;
      if (name === undefined || name === null) return undefined;
      const at = [...path, index, 'name'];
      if (typeof name !== 'string' || !NAME.test(name)) {
        report.error('LC_CONFIG_NAME_INVALID', {
          message: 'this cannot be the name of an operator',
          path: at,
        });
        return undefined;
      }
      if (seen.has(name)) {
        report.error('LC_CONFIG_NAME_TAKEN', {
          message: `two operators of this pipeline are called \`${name}\``,
          path: at,
        });
      }
      seen.add(name);
      return name;
    });
  }

  async #section<Node>(
    section: 'sources' | 'sinks',
    written: unknown,
    resolve: (value: unknown, path: Path, subject: string) => Promise<Node | undefined>,
  ): Promise<Named<Node>> {
    const nodes = new Map<string, Node | undefined>();
    if (!isMapping(written)) return nodes;
    for (const [name, value] of Object.entries(written)) {
      const kind = section === 'sources' ? 'source' : 'sink';
      const isName = checkName(name, [section, name], this.#checker.context.report);
      const node = await resolve(value, [section, name], `${kind} \`${printable(name)}\``);
      nodes.set(name, isName ? node : undefined);
    }
    return nodes;
  }

  /** What need not be there: nothing is as good as a value. */
  async #optional<Schema extends CommonSetting>(
    schema: Schema,
    component: unknown,
    path: Path,
    subject: string,
  ) {
    const value = isMapping(component) ? component[String(path.at(-1))] : undefined;
    if (value === undefined || value === null) return { ok: true as const, value: undefined };
    return this.#setting(schema, component, path, subject);
  }

  #setting<Schema extends CommonSetting>(
    schema: Schema,
    component: unknown,
    path: Path,
    subject: string,
    otherwise?: unknown,
  ) {
    const value = isMapping(component) ? component[String(path.at(-1))] : undefined;
    return this.#checker.check(schema, value ?? otherwise, {
      path,
      subject: `${String(path.at(-1))} of ${subject}`,
    });
  }

  /** Finds the definition of a component and checks its options. */
  async #component<Definition extends ComponentDefinition>(
    kind: Definition['kind'],
    value: unknown,
    path: Path,
    subject: string,
  ): Promise<Component<Definition> | undefined> {
    const definition = this.#definition(kind, value, path, subject);
    if (!definition || !isMapping(value)) {
      this.#hideUnknown(value, path);
      return undefined;
    }
    const others = COMMON_KEYS[kind];
    const options = Object.create(null) as Record<string, unknown>;
    for (const [key, each] of Object.entries(value)) if (!Object.hasOwn(others, key)) options[key] = each;
    const checked = await this.#checker.check(definition.options, options, {
      path,
      subject,
      others,
      type: definition.type,
    });
    // Texts from references have become what the options take.
    Object.assign(value, options);
    if (!checked.ok) return undefined;
    return {
      definition: definition as Definition,
      options: checked.value,
      written: options,
    };
  }

  #definition(
    kind: ComponentKind,
    value: unknown,
    path: Path,
    subject: string,
  ): ComponentDefinition | undefined {
    const { report } = this.#checker.context;
    const types = this.#registry.list(kind).map(({ type }) => type);
    if (!isMapping(value)) {
      const hint =
        typeof value === 'string' && types.includes(value)
          ? `write { type: ${value} }`
          : 'write its type: { type: … }';
      report.error('LC_CONFIG_OPTION_TYPE', {
        message: `${subject} must be a mapping with a \`type\``,
        path,
        hint,
      });
      return undefined;
    }
    const { type } = value;
    if (type === undefined || type === null) {
      const name = String(path.at(-1));
      const hint = types.includes(name)
        ? `did you mean \`type: ${name}\`?`
        : `there is ${listOf(types, 'and')}`;
      report.error('LC_CONFIG_OPTION_MISSING', {
        message: `${subject} needs a \`type\``,
        path,
        at: 'key',
        hint,
      });
      return undefined;
    }
    const definition = typeof type === 'string' ? this.#registry.find(kind, type) : undefined;
    if (definition) return definition;
    const shown = printable(typeof type === 'string' ? type : quote(type));
    report.error('LC_CONFIG_TYPE_UNKNOWN', {
      message: `there is no ${kind} of the type \`${shown}\``,
      path: [...path, 'type'],
      hint: typeof type === 'string' ? this.#typeHint(kind, type, types) : undefined,
    });
    return undefined;
  }

  #typeHint(kind: ComponentKind, type: string, types: readonly string[]): string {
    const others = (['source', 'operator', 'sink'] as const).filter((other) => other !== kind);
    const other = others.find((each) => this.#registry.find(each, type));
    if (other) return `\`${type}\` is ${other === 'operator' ? 'an' : 'a'} ${other}`;
    const near = didYouMean(type, types);
    if (near === undefined && this.#lacksPlugins) return 'the plugin that could not be loaded may have it';
    return near ?? `there is ${listOf(types, 'and')}; a plugin that has it must be named under \`plugins\``;
  }

  /** Without a schema, names have to tell what is secret. */
  #hideUnknown(value: unknown, path: Path): void {
    if (Array.isArray(value))
      for (const [index, each] of value.entries()) this.#hideUnknown(each, [...path, index]);
    if (!isMapping(value)) return;
    for (const [key, each] of Object.entries(value)) {
      if (isSecretName(key)) this.#checker.context.secrets.add([...path, key], each);
      else this.#hideUnknown(each, [...path, key]);
    }
  }
}

function freeName(type: string, taken: ReadonlySet<string>): string {
  let name = type;
  for (let number = 2; taken.has(name); number++) name = `${type}-${number}`;
  return name;
}
