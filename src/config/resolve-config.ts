/** Makes a topology and settings of what is written, section by section. */
import type { ComponentDefinition, OptionsSchema, OutputOf } from '../core/component.ts';
import type { Registry } from '../core/registry.ts';
import type { PipelineNode, SinkNode, SourceNode, Topology } from '../pipeline/topology.ts';
import { type Claim, checkClaims } from './claims.ts';
import { ComponentResolver, type Named } from './component-resolver.ts';
import { checkGraph } from './graph.ts';
import type { PartChecker } from './part-checker.ts';
import { isMapping, type Path } from './path.ts';
import { resolvePipelines, type WrittenPipeline } from './pipeline-resolver.ts';
import { printable, reasonOf } from './printable.ts';
import { checkReferences, findReferences, type Reference } from './references.ts';
import { jsonSchemaOf, optionsView, SchemaView } from './schema-view.ts';
import type { Sections, Settings } from './sections.ts';
import { logSettings, SECTIONS, shutdownSettings } from './settings.ts';
import { didYouMean, listOf } from './suggest.ts';

/** What a configuration is resolved with. */
export interface ResolveContext<S extends Sections> {
  readonly registry: Registry;
  readonly checker: PartChecker;
  readonly cwd: string;
  readonly sections: S;
  readonly lacksPlugins: boolean;
}

/** A configuration as it can be run, if nothing was reported. */
export interface ResolvedConfig<S extends Sections> {
  readonly topology: Topology;
  readonly settings: Settings<S>;
}

/** Resolves a configuration; problems go to the report. */
export async function resolveConfig<S extends Sections>(
  config: Record<string, unknown>,
  context: ResolveContext<S>,
): Promise<ResolvedConfig<S>> {
  return new ConfigResolver(config, context).resolve();
}

class ConfigResolver<S extends Sections> {
  readonly #config: Record<string, unknown>;
  readonly #context: ResolveContext<S>;
  readonly #claims: Claim[] = [];
  readonly #references: Reference[] = [];

  constructor(config: Record<string, unknown>, context: ResolveContext<S>) {
    this.#config = config;
    this.#context = context;
  }

  async resolve(): Promise<ResolvedConfig<S>> {
    const { registry, checker, lacksPlugins, cwd } = this.#context;
    const { report } = checker.context;
    this.#checkNames();
    const components = new ComponentResolver(registry, checker, lacksPlugins);
    const sources = await components.sources(this.#config['sources']);
    const sinks = await components.sinks(this.#config['sinks']);
    const pipelines = await resolvePipelines(this.#config['pipelines'], components, report);
    for (const [name, node] of sources) this.#look('source', name, node);
    for (const [name, node] of sinks) this.#look('sink', name, node);
    const settings = await this.#settings();

    const names = {
      source: new Set(sources.keys()),
      pipeline: new Set(pipelines.keys()),
      sink: new Set(sinks.keys()),
    };
    checkReferences(
      this.#references,
      { ...names, sinkDefinition: (name) => sinks.get(name)?.definition },
      report,
    );
    const neededSinks = new Set(
      this.#references.flatMap(({ needsHistory, name }) => (needsHistory ? [name] : [])),
    );
    const feeding = new Set([...pipelines.values()].flatMap(({ node }) => node.from));
    const inUse = checkGraph(
      {
        sources: names.source,
        sinks: names.sink,
        deadLetters: deadLettersOf(this.#config['sinks']),
        pipelines,
        feeding,
        neededSinks,
      },
      report,
    );
    await checkClaims(this.#claims, cwd, report);
    return { topology: toTopology(sources, pipelines, sinks, inUse), settings };
  }

  /** Looks at the names of the sections, and at what must be there. */
  #checkNames(): void {
    const { checker, sections } = this.#context;
    const { report } = checker.context;
    const names = [...SECTIONS, ...Object.keys(sections)];
    for (const key of Object.keys(this.#config)) {
      // `$schema` is for editors of JSON, `x-…` a place for anchors.
      if (names.includes(key) || key === '$schema' || key.startsWith('x-')) continue;
      const hint = didYouMean(key, names) ?? `there is ${listOf(names, 'and')}`;
      report.error('LC_CONFIG_OPTION_UNKNOWN', {
        message: `unknown section \`${printable(key)}\``,
        path: [key],
        at: 'key',
        hint,
      });
    }
    for (const name of ['sources', 'pipelines', 'sinks'] as const) {
      const section = this.#config[name];
      if (
        section === undefined ||
        section === null ||
        (isMapping(section) && Object.keys(section).length === 0)
      ) {
        const isThere = Object.hasOwn(this.#config, name);
        report.error('LC_CONFIG_OPTION_MISSING', {
          message: isThere ? `\`${name}\` is empty` : `the section \`${name}\` is missing`,
          path: isThere ? [name] : [],
          at: 'key',
          hint: EXAMPLES[name],
        });
      } else if (!isMapping(section)) {
        const message = `\`${name}\` must be a mapping of names to ${name}`;
        report.error('LC_CONFIG_OPTION_TYPE', { message, path: [name], hint: EXAMPLES[name] });
      }
    }
  }

  async #settings(): Promise<Settings<S>> {
    const { sections } = this.#context;
    const outputs: Record<string, unknown> = {};
    for (const [name, section] of Object.entries(sections)) {
      const written = this.#config[name];
      if (written === undefined || written === null) continue;
      const output = await this.#section(name, section.schema, written);
      if (output === undefined) continue;
      outputs[name] = output;
      this.#claim(`\`${name}\``, [name], written, () => section.claims?.(output) ?? []);
      this.#references.push(...findReferences(written, [name], new SchemaView(jsonSchemaOf(section.schema))));
    }
    return {
      log: (await this.#section('log', logSettings, this.#config['log'] ?? {}))!,
      shutdown: (await this.#section('shutdown', shutdownSettings, this.#config['shutdown'] ?? {}))!,
      sections: outputs,
    };
  }

  async #section<Schema extends OptionsSchema>(
    name: string,
    schema: Schema,
    written: unknown,
  ): Promise<OutputOf<Schema> | undefined> {
    const checked = await this.#context.checker.check(schema, written, {
      path: [name],
      subject: `\`${name}\``,
    });
    return checked.ok ? checked.value : undefined;
  }

  /** Notes what a component needs for itself, and what it names. */
  #look(kind: 'source' | 'sink', name: string, node: SourceNode | SinkNode | undefined): void {
    if (!node) return;
    const path = [`${kind}s`, name];
    const section = this.#config[`${kind}s`] as Record<string, unknown>;
    const definition: ComponentDefinition = node.definition;
    this.#references.push(...findReferences(section[name], path, optionsView(definition)));
    const owner = `${kind} \`${name}\``;
    this.#claim(owner, path, section[name], () => definition.claims?.(node.options) ?? []);
    const spill = 'queue' in node ? node.queue.spill : undefined;
    if (!spill) return;
    const { queue } = section[name] as { queue?: { spill?: unknown } };
    const at = isMapping(queue?.spill) ? [...path, 'queue', 'spill'] : [...path, 'queue'];
    this.#claim(`the spill of ${owner}`, at, queue?.spill, () => [`directory ${spill.directory}`]);
  }

  #claim(owner: string, path: Path, written: unknown, claims: () => readonly string[]): void {
    try {
      for (const claim of claims())
        this.#claims.push({ owner, path: claimPath(claim, path, written), claim });
    } catch (error) {
      this.#context.checker.context.report.error('LC_CONFIG_PLUGIN_FAILED', {
        message: `${owner} cannot say what it needs: ${reasonOf(error)}`,
        path,
        at: 'key',
      });
    }
  }
}

/** Where each sink's dead letters go, as it is written: also of those that have other errors. */
function deadLettersOf(sinks: unknown): Map<string, { readonly deadLetter: string }> {
  return new Map(
    Object.entries(isMapping(sinks) ? sinks : {}).flatMap(([name, sink]) => {
      const deadLetter = isMapping(sink) ? sink['deadLetter'] : undefined;
      return typeof deadLetter === 'string' && deadLetter !== '' ? [[name, { deadLetter }]] : [];
    }),
  );
}

const EXAMPLES = {
  sources: 'lines come from there: sources: { tcp: { type: tcp } }',
  pipelines: 'they connect sources and sinks: pipelines: { main: { from: tcp, to: ring } }',
  sinks: 'lines go there: sinks: { ring: { type: ring } }',
} as const;

/** The option that a claim is about, where it is written. */
function claimPath(claim: string, path: Path, written: unknown): Path {
  const option = /^(?:tcp|udp) /.test(claim) ? 'port' : claim.slice(0, claim.indexOf(' '));
  const isWritten = isMapping(written) && Object.hasOwn(written, option);
  const asPath = isMapping(written) && Object.hasOwn(written, 'path');
  return isWritten ? [...path, option] : asPath && option !== 'port' ? [...path, 'path'] : path;
}

/** Leaves out what is in no pipeline: it is not started. */
function toTopology(
  sources: Named<SourceNode>,
  pipelines: ReadonlyMap<string, WrittenPipeline>,
  sinks: Named<SinkNode>,
  inUse: { readonly sources: ReadonlySet<string>; readonly sinks: ReadonlySet<string> },
): Topology {
  return {
    sources: pick(sources, inUse.sources),
    pipelines: new Map(Array.from(pipelines, ([name, { node }]): [string, PipelineNode] => [name, node])),
    sinks: pick(sinks, inUse.sinks),
  };
}

function pick<Node>(nodes: Named<Node>, names: ReadonlySet<string>): Map<string, Node> {
  return new Map(
    [...nodes].filter((entry): entry is [string, Node] => names.has(entry[0]) && entry[1] !== undefined),
  );
}
