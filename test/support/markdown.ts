/** What tests read out of Markdown: its code blocks, its inline code, its links and headings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced code block. */
export interface CodeBlock {
  /** The word behind the fence; empty if there is none. */
  readonly language: string;
  readonly text: string;
  /** The line of the file on which its text begins, from 1 on. */
  readonly line: number;
}

/**
 * Every Markdown file for readers, relative to the root: those at the top, and in `docs` and `examples`. The reports of the
 * API are not for reading.
 */
export function markdownFiles(): string[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const below = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .filter((path) => !path.includes('node_modules/') && !path.startsWith('docs/api/')),
  );
  return [...top, ...below].toSorted();
}

/** The text of a file, whose path is relative to the root. */
export function readDocument(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The code blocks of a file, whose path is relative to the root. */
export function codeBlocks(file: string): CodeBlock[] {
  return codeBlocksIn(readDocument(file));
}

/** The name of the file that a block is, if it begins with a comment that is nothing but that: `// shout.ts`, `# logcaster.yaml`. */
export function titleOf({ text }: CodeBlock): string | undefined {
  return /^(?:\/\/|#) (?:\.\/)?([\w-]+(?:[./][\w-]+)*\.\w+)$/m.exec(text.split('\n')[0]!)?.[1];
}

/** The code blocks of a text. The indentation of a block (in a list) is taken off its lines. */
export function codeBlocksIn(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { indent: string; fence: string; language: string; line: number; text: string[] } | undefined;
  markdown.split('\n').forEach((row, index) => {
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(row) ?? [];
    if (open === undefined) {
      if (fence === '') return;
      open = { indent, fence, language: info.split(/\s/)[0] ?? '', line: index + 2, text: [] };
    } else if (fence.startsWith(open.fence) && info === '') {
      const { language, line, text } = open;
      blocks.push({ language, line, text: text.map((each) => `${each}\n`).join('') });
      open = undefined;
    } else {
      open.text.push(row.startsWith(open.indent) ? row.slice(open.indent.length) : row.trimStart());
    }
  });
  if (open !== undefined) throw new Error(`the code block in line ${open.line} is never closed`);
  return blocks;
}

/** The text without its code blocks; their lines stay, empty. */
function proseOf(markdown: string): string {
  let fence: string | undefined;
  const rows = markdown.split('\n').map((row) => {
    const marks = /^\s*(`{3,}|~{3,})/.exec(row)?.[1];
    if (fence === undefined) {
      fence = marks;
      return marks === undefined ? row : '';
    }
    if (marks?.startsWith(fence)) fence = undefined;
    return '';
  });
  return rows.join('\n');
}

/** What stands between backticks in the text, outside of code blocks. */
export function inlineCode(markdown: string): string[] {
  return Array.from(proseOf(markdown).matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs), ([, , code]) =>
    code!.trim().replaceAll(/\s*\n\s*/g, ' '),
  );
}

/** Where the links of the text lead, outside of code. */
export function linksOf(markdown: string): string[] {
  const text = proseOf(markdown).replaceAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs, '');
  return Array.from(text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g), ([, target]) => target!);
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const anchor = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}
