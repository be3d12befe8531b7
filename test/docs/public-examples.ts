/** The examples in the comments of what the package exports. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryExports } from '../../scripts/docs/entry-exports.ts';
import { codeBlocksIn, ROOT } from '../support/markdown.ts';

/** An example. */
export interface Example {
  /** `src/core/batch.ts:87`. */
  readonly place: string;
  readonly text: string;
}

const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function|class|const|interface|type) (\w+)/;

/** Every example in this language in the comments of what the entries export. */
export function publicExamples(language: string): Example[] {
  const names = new Set([...entryExports().values()].flatMap((each) => [...each]));
  return globSync('src/**/*.ts', { cwd: ROOT })
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return Array.from(text.matchAll(/^\/\*\*\n(?: \*.*\n)+/gm)).flatMap(({ 0: comment, index }) => {
        const name = DECLARATION.exec(text.slice(index + comment.length))?.[1];
        if (name === undefined || !names.has(name)) return [];
        const firstLine = text.slice(0, index).split('\n').length;
        const body = comment.replaceAll(/^(?:\/\*\*| \*\/| \*(?: |$))/gm, '');
        return codeBlocksIn(body)
          .filter((block) => block.language === language)
          .map((block) => ({ place: `${file}:${firstLine + block.line - 1}`, text: block.text }));
      });
    });
}
