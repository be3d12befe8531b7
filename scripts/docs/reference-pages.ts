/** `docs/reference`: a page for each component, one for what stands around them, and the list of all. */
import { optionTable, referenceToMarkdown } from '../../src/cli/reference/markdown.ts';
import { optionRows } from '../../src/cli/reference/option-rows.ts';
import { commonOptions, toReference } from '../../src/cli/reference/reference.ts';
import { builtinRegistry } from '../../src/collector/builtins.ts';
import { collectorSections } from '../../src/collector/load-settings.ts';
import { jsonSchemaOf } from '../../src/config/schema-view.ts';
import { logSettings, pluginSetting, shutdownSettings } from '../../src/config/settings.ts';
import type { ComponentDefinition, ComponentKind, OptionsSchema } from '../../src/core/component.ts';
import { generatedFrom, page, table } from './markdown.ts';

const DEFINITIONS = generatedFrom('the definitions of the components');

const KINDS = { source: 'Sources', operator: 'Operators', sink: 'Sinks' } as const satisfies Record<
  ComponentKind,
  string
>;

/** The pages by their path in `docs/reference`. */
export function referencePages(): Readonly<Record<string, string>> {
  const components = builtinRegistry().list();
  return {
    'README.md': list(components),
    'sections.md': sections(),
    ...Object.fromEntries(
      components.map((each) => [pathOf(each), `${DEFINITIONS}\n\n${referenceToMarkdown(toReference(each))}`]),
    ),
  };
}

function pathOf({ kind, type }: ComponentDefinition): string {
  return `${kind}s/${type}.md`;
}

function list(components: readonly ComponentDefinition[]): string {
  const parts = Object.entries(KINDS).flatMap(([kind, title]) => {
    const rows = components
      .filter((component) => component.kind === kind)
      .map((component) => [`[\`${component.type}\`](${pathOf(component)})`, component.summary]);
    return [`## ${title}`, table(['type', ''], rows)];
  });
  return page(
    DEFINITIONS,
    '# Components',
    'What comes with LogCaster. `logcaster list` and `logcaster describe TYPE` show the same, and the components of plugins too. What stands beside them in a configuration: [sections](sections.md).',
    ...parts,
  );
}

/** The sections that have options of their own, and what every source, operator and sink has. */
function sections(): string {
  const { query, ...more } = collectorSections;
  const parts: Readonly<Record<string, OptionsSchema>> = {
    query: query.schema,
    plugins: pluginSetting,
    log: logSettings,
    shutdown: shutdownSettings,
    ...Object.fromEntries(Object.entries(more).map(([name, { schema }]) => [name, schema])),
  };
  return page(
    generatedFrom('`src/config/settings.ts` and the schemas of the sections'),
    '# Sections of a configuration',
    'How they hang together: [configuration](../config.md). The options of each type: [components](README.md).',
    ...Object.entries(parts).flatMap(([name, schema]) => section(name, schema)),
    ...Object.keys(KINDS).flatMap((kind) => [
      `## Every ${kind}`,
      optionTable(commonOptions(kind as ComponentKind)),
    ]),
  );
}

/** What a section is if not a mapping of the options in its table. */
const SHAPES: Readonly<Record<string, string>> = {
  plugins:
    'A list. An entry is the name of a package or the path of a file, or a mapping with these options:',
  tests: 'A list. Each test is a mapping with these options:',
};

function section(name: string, schema: OptionsSchema): string[] {
  const json = jsonSchemaOf(schema);
  const { description } = json;
  return [
    `## \`${name}\``,
    ...(typeof description === 'string' ? [`${description}.`] : []),
    ...(name in SHAPES ? [SHAPES[name]!] : []),
    optionTable(optionRows(json)),
  ];
}
