/**
 * Every TypeScript block of the documentation, and every example in the comments of the public API, compiles as the code
 * of somebody who has installed the package; the examples also run.
 *
 * A block that begins with a comment like `// shout.ts` can be imported by the other blocks of its file. An example of a
 * comment need not import what the entries of the package export.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryExports } from '../../scripts/docs/entry-exports.ts';
import { makeConsumer } from '../support/consumer.ts';
import { codeBlocks, markdownFiles, ROOT, titleOf } from '../support/markdown.ts';
import { type Example, publicExamples } from './public-examples.ts';

const run = promisify(execFile);

interface Snippet {
  /** Where it is, for people: `docs/config.md:53`. */
  readonly place: string;
  /** Its file in the folder of the consumer. */
  readonly file: string;
  readonly text: string;
}

const blocks: Snippet[] = markdownFiles().flatMap((document) =>
  codeBlocks(document)
    .filter(({ language }) => ['ts', 'typescript', 'js', 'javascript'].includes(language))
    .map((block) => {
      const { text, line } = block;
      const folder = join('blocks', document.replaceAll(/[/.]/g, '-'));
      return { place: `${document}:${line}`, file: join(folder, titleOf(block) ?? `line-${line}.ts`), text };
    }),
);

const examples: Snippet[] = publicExamples('ts').map((example) => ({
  place: example.place,
  file: join('examples', `${example.place.replaceAll(/[/.:]/g, '-')}.ts`),
  text: withImports(example),
}));

let consumer: Awaited<ReturnType<typeof makeConsumer>>;
let problems: ReadonlyMap<string, readonly string[]>;
let failures: Readonly<Record<string, string>>;

beforeAll(async () => {
  consumer = await makeConsumer();
  for (const { file, text } of [...blocks, ...examples]) {
    await mkdir(dirname(join(consumer.directory, file)), { recursive: true });
    await writeFile(join(consumer.directory, file), text);
  }
  [problems, failures] = await Promise.all([compile(consumer.directory), runExamples(consumer.directory)]);
}, 120_000);

afterAll(() => consumer?.[Symbol.asyncDispose]());

test('there are blocks and examples to look at', () => {
  expect(blocks.length).toBeGreaterThan(1);
  expect(examples.length).toBeGreaterThan(5);
});

test.each([...blocks, ...examples])('$place compiles', ({ file }) => {
  expect(problems.get(file) ?? []).toEqual([]);
});

test('nothing else is wrong with them', () => {
  const known = new Set([...blocks, ...examples].map(({ file }) => file));
  expect([...problems].filter(([file]) => !known.has(file))).toEqual([]);
});

test.each(examples)('$place runs', ({ file }) => {
  expect(failures[file]).toBeUndefined();
});

/** Runs all of them in one process; answers what went wrong, by file. */
async function runExamples(directory: string): Promise<Record<string, string>> {
  const files = examples.map(({ file }) => file);
  const script = `
    const failures = {};
    for (const file of ${JSON.stringify(files)}) {
      await import('./' + file).catch((error) => { failures[file] = error.stack; });
    }
    process.stdout.write('\\n' + JSON.stringify(failures));
  `;
  await writeFile(join(directory, 'run.mjs'), script);
  const { stdout } = await run(process.execPath, ['run.mjs'], { cwd: directory, timeout: 60_000 });
  return JSON.parse(stdout.split('\n').at(-1)!) as Record<string, string>;
}

/** Imports what the example uses of the entries, each name from the first entry that has it, and `z`. */
function withImports({ text }: Example): string {
  const taken = new Set<string>();
  const isNeeded = (name: string): boolean =>
    !taken.has(name) &&
    new RegExp(`\\b${name}\\b`).test(text) &&
    !new RegExp(`(?:const|class|function) ${name}\\b|import \\{[^}]*\\b${name}\\b`).test(text);
  const modules = [...entryExports(), ['zod', new Set(['z'])] as const];
  const imports = modules.flatMap(([module, names]) => {
    const needed = [...names].filter(isNeeded);
    for (const name of needed) taken.add(name);
    return needed.length === 0 ? [] : [`import { ${needed.join(', ')} } from '${module}';\n`];
  });
  return imports.join('') + text;
}

/** What the compiler says, by file. */
async function compile(directory: string): Promise<Map<string, string[]>> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, checkJs: true },
    include: ['blocks', 'examples'],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const output = await run(tsc, ['--project', directory, '--pretty', 'false'], { cwd: directory }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout?: string }).stdout || String(error),
  );
  const found = new Map<string, string[]>();
  for (const row of output.split('\n').filter((each) => each.trim() !== '')) {
    const [, file = basename(directory), message = row] = /^(.+?)\((\d+,\d+\): .*)$/.exec(row) ?? [];
    found.set(file, [...(found.get(file) ?? []), message]);
  }
  return found;
}
