/** Every built-in component passes the conformance kit that plugins use. */

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { builtinRegistry } from '../../src/collector/builtins.ts';
import type { ComponentKind, OutputOf } from '../../src/core/component.ts';
import { StdoutSink, stdout } from '../../src/sinks/stdout/stdout.ts';
import { conformance, type OperatorSetup, type SinkSetup, type SourceSetup } from '../../src/testing.ts';
import { archiveKind } from '../sinks/archive/archive-rig.ts';
import { plainFiles, type RigKind } from '../sinks/file/rig.ts';

/** Setups by type. Every built-in must have one. */
const SINKS: Readonly<Record<string, SinkSetup>> = {
  archive: {
    world: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'logcaster-conformance-'));
      return {
        options: {
          directory,
          maxSize: '100KiB',
          frameSize: '1KiB',
          syncInterval: '5ms',
          flushInterval: '5ms',
        },
        stored: () => linesOf(directory, archiveKind('zstd')),
        dispose: () => rm(directory, { recursive: true }),
      };
    },
  },
  blackhole: {},
  file: {
    world: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'logcaster-conformance-'));
      return {
        options: { directory, maxSize: '100KiB', syncInterval: '5ms' },
        stored: () => linesOf(directory, plainFiles),
        dispose: () => rm(directory, { recursive: true }),
      };
    },
  },
  ring: {},
  stdout: {},
};

const OPERATORS: Readonly<Record<string, OperatorSetup>> = {
  filter: { options: { word: 'line' }, lines: ['this line passes', 'this does not'] },
  js: {
    options: {
      run: (line: { readonly text: string }) => (line.text.includes('#') ? `${line.text} ` : line.text),
    },
    lines: ['one', 'two'],
  },
  remove: { options: { fields: ['a'] } },
  set: { options: { fields: { a: 1 } } },
};

const SOURCES: Readonly<Record<string, SourceSetup>> = {
  generate: { world: () => ({ options: { rate: 1000 } }) },
  tcp: { world: () => ({ options: { port: 0 }, send: sendToTcp }) },
  unix: {
    world: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'logcaster-conformance-'));
      const path = join(directory, 'socket');
      return {
        options: { path },
        send: (lines) => sendTo({ path }, lines),
        dispose: () => rm(directory, { recursive: true }),
      };
    },
  },
};

/** What has no world in this process: standard input belongs to the test runner. See test/sources/stdin.test.ts. */
const ELSEWHERE = ['stdin'];

const registry = builtinRegistry();

/** The sink `stdout`, but not into the report of the tests. */
const quietStdout = {
  ...stdout,
  create: ({ encoding }: OutputOf<typeof stdout.options>) =>
    new StdoutSink(encoding, () => new PassThrough().resume()),
};

test('every built-in component has a setup', () => {
  const types = registry.list().map(({ kind, type }) => `${kind} ${type}`);
  const setups = [
    ...Object.keys(SOURCES).map((type) => `source ${type}`),
    ...ELSEWHERE.map((type) => `source ${type}`),
    ...Object.keys(OPERATORS).map((type) => `operator ${type}`),
    ...Object.keys(SINKS).map((type) => `sink ${type}`),
  ];
  expect(setups.toSorted()).toEqual(types.toSorted());
});

describe.each([
  ...Object.entries(SOURCES).map(
    ([type, setup]) => [`source ${type}`, conformance(find('source', type), setup)] as const,
  ),
  ...Object.entries(OPERATORS).map(
    ([type, setup]) => [`operator ${type}`, conformance(find('operator', type), setup)] as const,
  ),
  ...Object.entries(SINKS).map(
    ([type, setup]) => [`sink ${type}`, conformance(find('sink', type), setup)] as const,
  ),
])('%s', (_, cases) => {
  test.each(cases)('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

function find<Kind extends ComponentKind>(
  kind: Kind,
  type: string,
): NonNullable<ReturnType<typeof registry.find<Kind>>> {
  return kind === 'sink' && type === 'stdout' ? (quietStdout as never) : registry.find(kind, type)!;
}

async function sendToTcp(lines: readonly string[], address: string | undefined): Promise<void> {
  await sendTo({ port: Number(address!.split(':').at(-1)), host: '127.0.0.1' }, lines);
}

async function sendTo(
  where: { path: string } | { port: number; host: string },
  lines: readonly string[],
): Promise<void> {
  const socket = connect(where);
  await once(socket, 'connect');
  socket.end(lines.map((line) => `${line}\n`).join(''));
  socket.resume();
  await once(socket, 'close');
}

async function linesOf(directory: string, kind: RigKind): Promise<Buffer[]> {
  const { suffix } = kind;
  const current = `current${suffix}`;
  const names = (await readdir(directory))
    .filter((name) => name.endsWith(suffix) && name !== current)
    .toSorted();
  const texts = [...names, current].map(
    async (name) => kind.read(await readFile(join(directory, name)), name).text,
  );
  const bytes = Buffer.from((await Promise.all(texts)).join(''), 'latin1');
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return lines;
}
