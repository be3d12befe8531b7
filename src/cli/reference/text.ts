/** A component for a terminal of 80 columns. Everything is escaped: it may come from a plugin. */
import { escapeText } from '../../core/escape.ts';
import { paint, type Writer } from '../context.ts';
import { wrap } from '../wrap.ts';
import { fullDescription, requirement, typeAndUnit } from './facts.ts';
import type { OptionRow } from './option-rows.ts';
import type { ComponentReference } from './reference.ts';

/** Writes a component for people; ends with a line feed. */
export function referenceToText(reference: ComponentReference, writer: Writer): string {
  const { kind, type, summary, description, guarantees, options, common, examples } = reference;
  const title = (text: string): string => paint(writer, 'bold', text);
  const parts = [
    `${title(escapeText(type))} ${paint(writer, 'dim', `(${kind})`)}\n${wrap(escapeText(summary))}`,
    ...(description === undefined ? [] : [wrap(unbroken(withoutLinks(description)))]),
    section(title('Options'), options, writer) || `${title('Options')}\n  None.`,
    ...(Object.keys(guarantees).length === 0
      ? []
      : [`${title('Guarantees')}\n${promises(guarantees, writer)}`]),
    section(title(`Options of every ${kind}`), common, writer),
    ...(examples.length === 0
      ? []
      : [
          `${title('Examples')}\n${examples.map((example) => toExample(example.title, example.yaml, writer)).join('\n\n')}`,
        ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(title: string, rows: readonly OptionRow[], writer: Writer): string {
  if (rows.length === 0) return '';
  return `${title}\n${rows.map((row) => option(row, writer)).join('\n')}`;
}

function option(row: OptionRow, writer: Writer): string {
  const need = requirement(row);
  const facts = [
    escapeText(typeAndUnit(row)),
    ...(need === undefined ? [] : [paint(writer, 'yellow', need)]),
    ...(row.default === undefined ? [] : [`default ${escapeText(row.default)}`]),
  ];
  const name = escapeText(row.name);
  const head = wrap(`${name}: ${facts.join('; ')}`, { first: '  ', indent: '      ' });
  const text = wrap(escapeText(fullDescription(row)), { indent: '      ' });
  return `  ${paint(writer, 'cyan', name)}${head.slice(name.length + 2)}\n${text}`;
}

function promises(guarantees: Readonly<Record<string, string>>, writer: Writer): string {
  return Object.entries(guarantees)
    .map(([topic, promise]) => {
      const name = escapeText(topic);
      const text = wrap(`${name}: ${escapeText(promise)}`, { first: '  ', indent: '      ' });
      return `  ${paint(writer, 'cyan', name)}${text.slice(name.length + 2)}`;
    })
    .join('\n');
}

function toExample(title: string, yaml: string, writer: Writer): string {
  const code = yaml
    .trimEnd()
    .split('\n')
    .map((line) => `      ${escapeText(line)}`)
    .join('\n');
  return `${wrap(`# ${escapeText(title)}`, { indent: '  ' })}\n${paint(writer, 'dim', code)}`;
}

/** Markdown whose paragraphs are one line each; lists and blank lines stay. */
function unbroken(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) => escapeText(line))
    .join('\n')
    .trim()
    .replaceAll(/(?<=[^\n])\n(?=[^\n\s\-*|>#\d])/g, ' ');
}

/** A link's words; where it leads is for the pages. */
function withoutLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}
