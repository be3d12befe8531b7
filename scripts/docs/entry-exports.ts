/** What the entries of the package export, by name, read from their sources: types too, which are gone when they run. */
import { readFileSync } from 'node:fs';

const ENTRIES = {
  logcaster: 'src/index.ts',
  'logcaster/plugin': 'src/plugin.ts',
  'logcaster/testing': 'src/testing.ts',
} as const;

/** The names that each entry exports, by the name of the entry. */
export function entryExports(): Map<string, ReadonlySet<string>> {
  return new Map(
    Object.entries(ENTRIES).map(([entry, file]) => {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      const lists = Array.from(text.matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, list]) => list!);
      const names = lists.flatMap((list) => list.split(',').map((name) => name.trim().replace(/^type /, '')));
      return [entry, new Set(names.filter((name) => name !== ''))];
    }),
  );
}
