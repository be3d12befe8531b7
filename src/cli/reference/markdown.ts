/** A component as a page in Markdown: what `describe --format markdown` prints and `docs/reference` holds. */
import { fullDescription, requirement, typeAndUnit } from './facts.ts';
import type { OptionRow } from './option-rows.ts';
import type { ComponentReference } from './reference.ts';

/** Writes a component as a page in Markdown. */
export function referenceToMarkdown(reference: ComponentReference): string {
  const { kind, type, summary, description, guarantees, options, common, examples } = reference;
  const parts = [
    `# \`${type}\` (${kind})`,
    summary,
    ...(description === undefined ? [] : [description.trim()]),
    '## Options',
    options.length === 0 ? 'None.' : optionTable(options),
    ...(Object.keys(guarantees).length === 0 ? [] : ['## Guarantees', promises(guarantees)]),
    `## Options of every ${kind}`,
    optionTable(common),
    ...(examples.length === 0 ? [] : ['## Examples']),
    ...examples.map(({ title, yaml }) => `${title}:\n\n${fence(yaml)}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Options as a table. */
export function optionTable(rows: readonly OptionRow[]): string {
  const lines = rows.map((row) => {
    const byDefault = row.default === undefined ? requirement(row) : `\`${row.default}\``;
    const cells = [`\`${row.name}\``, typeAndUnit(row), byDefault ?? '', fullDescription(row)];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| option | takes | default | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function promises(guarantees: Readonly<Record<string, string>>): string {
  return Object.entries(guarantees)
    .map(([topic, promise]) => `- **${topic}**: ${promise}`)
    .join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

function fence(yaml: string): string {
  const longest = Math.max(2, ...(yaml.match(/`+/g) ?? []).map((run) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}yaml\n${yaml.trimEnd()}\n${marks}`;
}
