/** Whatever is loaded, loading ends, does not throw, and says what is wrong in a way that can be shown. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { type LoadedConfig, loadConfig } from '../../src/config/load-config.ts';
import { toYaml } from '../../src/config/to-yaml.ts';
import { fc, test } from '../support/properties.ts';
import { around, folder, load, registry } from './support.ts';

/** What must hold for all configurations. */
function check({ diagnostics, topology, redacted, settings }: LoadedConfig): void {
  const isGood = diagnostics.every(({ severity }) => severity === 'warning');
  expect(topology !== undefined).toBe(isGood);
  expect(settings !== undefined).toBe(isGood);
  for (const { line, column, endColumn, excerpt, message } of diagnostics) {
    expect(message).not.toBe('');
    if (line === undefined) continue;
    expect(column).toBeGreaterThan(0);
    expect(endColumn).toBeGreaterThan(column!);
    expect(excerpt!.from).toBeGreaterThanOrEqual(0);
    expect(excerpt!.to).toBeGreaterThan(excerpt!.from);
  }
  // oxlint-disable-next-line no-control-regex -- nothing that a terminal would obey
  expect(formatDiagnostics(diagnostics)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(toYaml(redacted)).toBeTypeOf('string');
}

const COMPLETE = around({
  source: '{ type: listen, port: 5140, idle: 5s, token: "${TOKEN:-12345678}", credit: 8MiB }',
  operator: '{ type: pick, word: error, name: p }, { type: pick, pattern: "^x", flags: i }',
  sink: '\n  type: remote\n  url: https://x\n  headers: &h { a: b }\n  batch:\n    lines: 5\n  tags:\n    - a\n    - b\n  queue: { maxBytes: 1MiB, whenFull: block }\n'.replaceAll(
    '\n',
    '\n    ',
  ),
})
  .replace('sinks: { out: ', 'sinks:\n  out:')
  .replace(/ \}\n$/, '\n');

/** Pieces that mean something in YAML, or here. */
const piece = fc.oneof(
  fc.constantFrom(
    ...'sources pipelines sinks query plugins log from to through type listen memory disk pick x-a __proto__ constructor'.split(
      ' ',
    ),
    ...': , [ ] { } - ? & * ! | > \' " % @ ` # ${ } ${A} ${A:-b} $${ ${file:x} &a *a << : --- ... \\ ~ null true 1e999 0x1 .inf'.split(
      ' ',
    ),
    ' ',
    '\n',
    '\n  ',
    '\n    ',
    '\t',
    ': ',
    '- ',
    '\r\n',
    '\u2028',
    '\ud800',
    '😀',
    '\u001b[31m',
    '64MIB',
    '5 seconds',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);

test.prop([fc.array(piece, { maxLength: 60 })], { numRuns: 150 })('any text', async (pieces) => {
  check(await load(pieces.join(''), { env: { A: 'a' } }));
});

test.prop([fc.array(piece, { maxLength: 60 })], { numRuns: 80 })('any text as JSON', async (pieces) => {
  check(await load(pieces.join(''), { file: 'c.json' }));
});

test.prop([fc.array(fc.tuple(fc.nat(), fc.nat({ max: 4 }), piece), { maxLength: 4 })], { numRuns: 150 })(
  'a good configuration with slips',
  async (slips) => {
    let text = COMPLETE;
    for (const [at, removed, added] of slips) {
      const offset = at % (text.length + 1);
      text = text.slice(0, offset) + added + text.slice(offset + removed);
    }
    check(await load(text));
  },
);

test.prop([fc.uint8Array({ maxLength: 200 })], { numRuns: 30 })('any bytes', async (bytes) => {
  const cwd = await folder();
  await writeFile(join(cwd, 'c.yaml'), bytes);
  check(await loadConfig({ file: 'c.yaml', cwd, registry: registry(), env: {} }));
});

const key = fc.oneof(
  fc.constantFrom(
    'sources',
    'pipelines',
    'sinks',
    'plugins',
    'log',
    'in',
    'out',
    'type',
    'from',
    'to',
    'through',
    'name',
    'queue',
    'retry',
    '__proto__',
  ),
  fc.string({ maxLength: 5 }),
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    'in',
    'out',
    'listen',
    'memory',
    'disk',
    'pick',
    '${A}',
    '${file:x}',
    './x.ts',
    null,
    undefined,
    Number.NaN,
    () => 1,
    /x/,
    new Map(),
    Symbol('s'),
    1n,
  ),
  fc.integer(),
  fc.boolean(),
  fc.string({ maxLength: 5 }),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
  ),
}));
const shape = fc.record(
  { sources: tree, pipelines: tree, sinks: tree, plugins: tree, log: tree, query: tree, shutdown: tree },
  { requiredKeys: [] },
);

test.prop([shape], { numRuns: 150 })('any value', async (value) => {
  check(await loadConfig({ value, registry: registry(), env: { A: 'a' } }));
});
