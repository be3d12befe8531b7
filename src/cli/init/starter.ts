/**
 * The configuration that `logcaster init` writes: a whole pipeline with the options that most people change, each with its
 * description, and a test of it. It is made from the definitions, so that it is as right as they are.
 */
import { parse } from 'yaml';
import { isMapping } from '../../config/path.ts';
import { jsonSchemaOf } from '../../config/schema-view.ts';
import { toYaml } from '../../config/to-yaml.ts';
import type { ComponentDefinition, SinkDefinition, SourceDefinition } from '../../core/component.ts';
import { type OptionRow, optionRows } from '../reference/option-rows.ts';
import { wrap } from '../wrap.ts';

/** What is chosen. */
export interface StarterInit {
  /** Each type once, at least one. */
  readonly sources: readonly SourceDefinition[];
  readonly sinks: readonly SinkDefinition[];
  /** The path of the JSON Schema, for editors. */
  readonly schema: string;
}

/** The options that are written out, where they are not required anyway. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'source tcp': ['host', 'port'],
  'source generate': ['rate'],
  'sink file': ['directory', 'maxSize', 'durability'],
  'sink archive': ['directory', 'maxSize', 'compression'],
  'sink ring': ['maxLines', 'maxBytes'],
  'sink stdout': ['encoding'],
};

/** Names other than the type: those that the built-in pipeline has. */
const NAMES: Readonly<Record<string, string>> = { file: 'files' };

/** Writes the configuration. */
export function writeStarter({ sources, sinks, schema }: StarterInit): string {
  const sinkNames = sinks.map(nameOf);
  const parts = [
    `# yaml-language-server: $schema=${schema}`,
    comment(
      'A configuration of LogCaster: lines come from sources, flow through pipelines, and end in sinks.',
    ),
    comment('`logcaster check` checks it, `logcaster test` runs the tests at its end, `logcaster` runs it.'),
    '',
    '# Where lines come from. `logcaster list sources` shows what there is.',
    'sources:',
    ...sources.map((source) => component(source)),
    '',
    '# How they flow.',
    'pipelines:',
    '  main:',
    `    from: ${names(sources.map(nameOf))}`,
    ...PIPELINE,
    `    to: ${names(sinkNames)}`,
    '',
    '# Where they go. `logcaster list sinks` shows what there is.',
    'sinks:',
    ...sinks.map((sink) => component(sink, valuesFor(sink, sinks))),
    ...(sinks.some(({ type }) => type === 'ring') ? QUERY : []),
    '',
    '# What this configuration promises; `logcaster test` checks it.',
    'tests:',
    `  - name: a line comes to ${sinkNames.join(' and ')}`,
    '    input: [hello]',
    '    expect:',
    '      sinks:',
    ...sinkNames.map((name) => `        ${name}: [hello]`),
  ];
  return `${parts.join('\n')}\n`;
}

const PIPELINE = [
  '    # What happens to the lines, in this order; `logcaster list operators` shows',
  '    # what there is. For example, only those with a word stay:',
  '    # through:',
  '    #   - type: filter',
  '    #     word: ERROR',
];

const QUERY = [
  '',
  "# Where queries are answered: echo 'QUERY keyword=hello' | nc 127.0.0.1 9998",
  'query:',
  '  host: 127.0.0.1',
  '  port: 9998',
];

/** What a sink is given because of the others. */
function valuesFor(sink: SinkDefinition, all: readonly SinkDefinition[]): Record<string, string> {
  const history = all.find(({ keepsHistory }) => keepsHistory === true);
  if (sink.type === 'ring') return history ? { refillFrom: nameOf(history) } : {};
  // No two of them may have the same directory.
  if (!hasDirectory(sink) || all.filter(hasDirectory).length < 2) return {};
  return { directory: `./logs/${nameOf(sink)}` };
}

function hasDirectory(sink: SinkDefinition): boolean {
  return optionsOf(sink).some(({ name }) => name === 'directory');
}

function optionsOf({ options }: ComponentDefinition): OptionRow[] {
  return optionRows(jsonSchemaOf(options)).filter(({ name }) => !name.includes('.'));
}

function nameOf({ type }: ComponentDefinition): string {
  return NAMES[type] ?? type;
}

function names(list: readonly string[]): string {
  return list.length === 1 ? list[0]! : `[${list.join(', ')}]`;
}

function component(definition: ComponentDefinition, extra: Readonly<Record<string, string>> = {}): string {
  const { kind, type, summary } = definition;
  const rows = optionsOf(definition);
  const shown = SHOWN[`${kind} ${type}`] ?? [];
  const isShown = ({ name, required, default: byDefault }: OptionRow): boolean =>
    required || name in extra || (shown.includes(name) && byDefault !== undefined);
  const rest = rows.filter((row) => !isShown(row)).map(({ name }) => name);
  return [
    comment(summary, '  '),
    `  ${nameOf(definition)}:`,
    `    type: ${type}`,
    ...rows.filter(isShown).map((row) => option(row, definition, extra[row.name])),
    ...(rest.length > 0 ? [comment(`More: ${rest.join(', ')} (logcaster describe ${type})`, '    ')] : []),
  ].join('\n');
}

function option(row: OptionRow, definition: ComponentDefinition, given: string | undefined): string {
  const { name, description, default: byDefault } = row;
  const text = given ?? (row.required ? undefined : byDefault);
  const value =
    text === undefined
      ? toYaml({ [name]: exampleOf(name, definition) }, { escape: false })
      : `${name}: ${text}`;
  const lines = value
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
  return [comment(description, '    '), ...lines].join('\n');
}

/** What the examples of a component give a required option. */
function exampleOf(name: string, { examples }: ComponentDefinition): unknown {
  for (const { yaml } of examples) {
    const example: unknown = parse(yaml);
    if (isMapping(example) && Object.hasOwn(example, name)) return example[name];
  }
  return '';
}

function comment(text: string, indent = ''): string {
  return wrap(text.replaceAll(/\s*\n\s*/g, ' '), { indent: `${indent}# ` });
}
