/**
 * LogCaster's own lint rules, loaded by `.oxlintrc.json` as a JS plugin: what the built-in rules cannot express.
 *
 * - `logcaster/layers` resolves each relative import against `layers.ts`. (The built-in `no-restricted-imports` sees only the
 *   text of the specifier, and an override replaces its options as a whole.)
 * - `logcaster/no-current-date` forbids `new Date()` and `Date()`, which read the clock as `Date.now()` does.
 *
 * Tools load a plugin by its default export, hence the one here.
 */
import { relative, sep } from 'node:path';
import { checkImport } from './layers.ts';

type Node = {
  readonly type: string;
  readonly source?: Node | null;
  readonly argument?: Node;
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
  readonly name?: string;
  readonly value?: unknown;
};

type Context = {
  readonly filename: string;
  readonly cwd: string;
  report(problem: { readonly node: Node; readonly message: string }): void;
};

type Visitor = Record<string, (node: Node) => void>;

function createLayersRule(context: Context): Visitor {
  const importer = relative(context.cwd, context.filename).split(sep).join('/');

  function checkSource(node: Node): void {
    const source = node.source;
    if (source == null || typeof source.value !== 'string') return;
    const message = checkImport(importer, source.value);
    if (message !== undefined) context.report({ node: source, message });
  }

  return {
    ImportDeclaration: checkSource,
    ExportNamedDeclaration: checkSource,
    ExportAllDeclaration: checkSource,
    ImportExpression: checkSource,
    TSImportType: checkSource,
  };
}

function createNoCurrentDateRule(context: Context): Visitor {
  function checkCall(node: Node): void {
    if (node.callee?.type !== 'Identifier' || node.callee.name !== 'Date') return;
    if (node.type === 'NewExpression' && node.arguments?.length !== 0) return;
    context.report({
      node,
      message: 'Read the time from the clock seam in src/core/clock.ts, so that tests can set it.',
    });
  }

  return { NewExpression: checkCall, CallExpression: checkCall };
}

export default {
  meta: { name: 'logcaster' },
  rules: {
    layers: { create: createLayersRule },
    'no-current-date': { create: createNoCurrentDateRule },
  },
};
