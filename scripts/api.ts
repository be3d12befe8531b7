/**
 * Writes the report of the public API (`npm run api`), or, with `--check`, fails when the committed one says something else.
 * One file for each entry of the package, `docs/api/ENTRY.api.md`: what users can name, with its types. Needs a build.
 *
 * Invariants: every type that an exported signature names is exported, by the same entry or another one, or stands in
 * HIDDEN with the reason; every `@link` leads somewhere; everything is documented, each member too, but for the names of error
 * classes. What is marked `@internal` is not in the compiled types at all.
 *
 * The options of the built-in components are not in the report: `defineConfig` knows them from a `declare module`, which API
 * Extractor does not look at. They are in `docs/logcaster.schema.json`, which is compared too.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Extractor,
  ExtractorConfig,
  type ExtractorMessage,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor';
import { entryExports } from './docs/entry-exports.ts';

/** What signatures name and nobody can import. */
const HIDDEN: Readonly<Record<string, string>> = {
  ERRORS: 'the keys of the table are the type ErrorCode; the table itself is docs/errors.md',
  CONFIG_CODES: 'the keys of the table are the type ConfigCode; the table itself is docs/errors.md',
};

/** The compiler in API Extractor is not the one that builds: it is told what it understands. */
const COMPILER_OPTIONS = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: ['node'],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'docs', 'api');
/** Below `dist`, since API Extractor wants to write it where the package is. */
const scratch = join(root, 'dist', 'api');
const isCheck = process.argv.includes('--check');
const exported = new Set([...entryExports().values()].flatMap((names) => [...names]));

/** Writes or compares the report of an entry; answers what is wrong with it. */
function report(entry: string): string[] {
  const file = join(root, 'dist', 'src', `${entry}.d.ts`);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      newlineKind: 'lf',
      mainEntryPointFilePath: file,
      compiler: { overrideTsconfig: { compilerOptions: COMPILER_OPTIONS, files: [file] } },
      apiReport: {
        enabled: true,
        reportFileName: `${entry}.api.md`,
        reportFolder: reports,
        reportTempFolder: scratch,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
  const problems: string[] = [];
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !isCheck,
    messageCallback(message) {
      message.handled = true;
      if (isProblem(message)) problems.push(`${placeOf(message)}${message.text}`);
    },
  });
  if (isCheck && apiReportChanged) {
    problems.push(
      `docs/api/${entry}.api.md is not current: \`npm run build && npm run api\`, and look at what changed`,
    );
  }
  return problems;
}

function isProblem({ category, messageId, text }: ExtractorMessage): boolean {
  if (category === ExtractorMessageCategory.Compiler) return true;
  if (messageId === 'ae-unresolved-link') return true;
  if (messageId === 'ae-undocumented') return !text.includes('"name"');
  if (messageId !== 'ae-forgotten-export') return false;
  const name = /^The symbol "(\w+)"/.exec(text)?.[1] ?? '';
  return !exported.has(name) && !(name in HIDDEN);
}

function placeOf({ sourceFilePath, sourceFileLine }: ExtractorMessage): string {
  return sourceFilePath === undefined ? '' : `${sourceFilePath}:${sourceFileLine ?? 1}: `;
}

mkdirSync(reports, { recursive: true });
const problems = ['index', 'plugin', 'testing'].flatMap(report);
rmSync(scratch, { recursive: true, force: true });
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(isCheck ? 'the API reports are current' : 'API reports written to docs/api');
