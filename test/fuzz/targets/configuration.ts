/** Configurations and flags: loading ends, throws nothing, and what it says can be shown. Nothing is run. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFromFlags } from '../../../src/cli/load-from-flags.ts';
import { type LoadedCollector, loadCollector } from '../../../src/collector/load-settings.ts';
import { formatDiagnostics } from '../../../src/config/format-diagnostics.ts';
import { toYaml } from '../../../src/config/to-yaml.ts';
import { Choices, type Target } from '../target.ts';

const cwd = mkdtempSync(join(tmpdir(), 'logcaster-fuzz-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));

const env = { A: 'a', EMPTY: '', SECRET: 'hunter2hunter2' };

// oxlint-disable-next-line no-control-regex -- nothing that a terminal would obey
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

/** What must hold of all that was loaded; answers the codes of what is wrong. */
function check({ loaded, settings }: LoadedCollector): string {
  const { diagnostics, redacted } = loaded;
  const isGood = diagnostics.every(({ severity }) => severity === 'warning');
  assert.equal(settings !== undefined, isGood);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
  assert.deepEqual(Object.keys(Object.prototype), []);
  const shown = formatDiagnostics(diagnostics);
  assert.doesNotMatch(shown, CONTROLS);
  for (const { line, column, endColumn, message, hint } of diagnostics) {
    assert.notEqual(message, '');
    assert.ok(!(hint ?? '').includes('undefined'), hint);
    if (line !== undefined) assert.ok(column! > 0 && endColumn! > column!);
  }
  assert.equal(typeof toYaml(redacted), 'string');
  return [...new Set(diagnostics.map(({ code }) => code))].toSorted().join(' ');
}

const WORDS = [
  ...'sources pipelines sinks query plugins log tests from to through type tcp unix stdin generate filter set remove js ring file archive stdout blackhole port host maxLines maxBytes maxSize directory durability encoding retention whenFull queue spill deadLetter __proto__ constructor'.split(
    ' ',
  ),
  ...': , [ ] { } - ? & * ! | > \' " % @ ` # ${ } ${A} ${A:-b} $${ ${file:x} ${SECRET} &a *a <<: --- ... \\ ~ null true 1e400 -1e400 1e999 0x1 .inf .nan 9007199254740993 \u2028'.split(
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
  '\ufeff',
  '\0',
  '😀',
  '[[[[[[[[[[',
  '{"a":'.repeat(10),
  '"\\ud800"',
  '64MiB',
  '500ms',
];

const GOOD =
  'sources: { in: { type: tcp, port: 0 } }\npipelines: { main: { from: in, through: [{ type: filter, word: a }], to: [out, files] } }\nsinks:\n  out: { type: ring, maxLines: 10 }\n  files: { type: file, directory: ./logs, maxSize: 1MiB }\nquery: { port: 0 }\n';

export const configuration: Target = {
  name: 'configuration',
  words: WORDS,
  seeds: [
    `\x00${GOOD}`,
    `\x02${GOOD}`,
    `\x01${JSON.stringify({ sources: { in: { type: 'tcp', port: 0 } }, pipelines: { main: { from: 'in', to: 'out' } }, sinks: { out: { type: 'ring' } } })}`,
    '\x01{"__proto__":{"a":1},"a":1e400,"a":2,"b":"\\ud800"}',
    `\x01${'['.repeat(20_000)}`,
    `\x00${'- '.repeat(10_000)}`,
    '\x00a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n',
    '\x02\xff\xfea\0:\0 \0b\0',
    Buffer.from('\x02\ufeffsources: {}\n'),
  ],
  maxBytes: 40_000,
  patience: 5000,
  async run(input) {
    const choices = new Choices(input);
    const kind = choices.next(4);
    const bytes = choices.rest();
    const file = kind === 1 || kind === 3 ? 'logcaster.json' : 'logcaster.yaml';
    if (kind < 2) return check(await loadCollector({ file, text: bytes.toString(), cwd, env }));
    writeFileSync(join(cwd, file), bytes);
    return check(await loadCollector({ file, cwd, env }));
  },
};

const FLAGS = [
  'port',
  'host',
  'queryPort',
  'queryHost',
  'directory',
  'maxSize',
  'durability',
  'ringLines',
  'ringBytes',
  'logLevel',
];

export const flags: Target = {
  name: 'flags',
  words: [
    ...FLAGS,
    '=',
    '\n',
    'persist',
    '0',
    '-1',
    '65536',
    '1e400',
    '0x10',
    '10MiB',
    '::1',
    '[::1]',
    '',
    '${A}',
    '../',
    '\0',
    '\x1b[2J',
    'NaN',
    '9'.repeat(30),
  ],
  seeds: [
    'port=0\nhost=127.0.0.1\n',
    'persist\ndirectory=./logs\nmaxSize=10',
    'ringLines=10\nringBytes=1MiB\nlogLevel=debug',
    'durability=always\npersist',
    'queryHost=::1\nqueryPort=99999',
  ],
  maxBytes: 4000,
  patience: 5000,
  async run(input) {
    const given: Record<string, string | boolean> = {};
    for (const line of input.toString().split('\n')) {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(line) ?? [];
      if (name === 'persist') given[name] = true;
      else if (FLAGS.includes(name)) given[name] = value;
    }
    return check(await loadFromFlags(given, { cwd: `${cwd}/nowhere`, env }));
  },
};
