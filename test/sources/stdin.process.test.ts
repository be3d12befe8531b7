/**
 * The `stdin` source in a process of its own: a pipe, a file, nothing at all.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logcaster-stdin-'));
});

afterEach(() => rm(directory, { recursive: true }));

const script = new URL('count-stdin.ts', import.meta.url).pathname;

/** Runs the process; answers what it has counted. */
async function count(
  input: 'pipe' | 'ignore' | number,
  write?: (input: NodeJS.WritableStream) => void,
): Promise<unknown> {
  const counter = spawn(process.execPath, [script], { stdio: [input, 'pipe', 'inherit'] });
  if (counter.stdin) write?.(counter.stdin);
  let text = '';
  counter.stdout!.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = (await once(counter, 'close')) as [number | null];
  expect(code).toBe(0);
  return JSON.parse(text) as unknown;
}

test('a pipe', async () => {
  const chunk = Buffer.from('0123456789\n'.repeat(10_000));
  const counted = await count('pipe', (input) => {
    for (let times = 0; times < 20; times++) input.write(chunk);
    input.end('last');
  });
  expect(counted).toEqual({ lines: 200_001, bytes: 20 * chunk.length + 5, error: null });
}, 60_000);

test('a file', async () => {
  const path = join(directory, 'lines');
  await writeFile(path, '0123456789\n'.repeat(100_000));
  const file = await open(path);
  expect(await count(file.fd)).toEqual({ lines: 100_000, bytes: 1_100_000, error: null });
  await file.close();
}, 60_000);

test('nothing', async () => {
  expect(await count('ignore')).toEqual({ lines: 0, bytes: 0, error: null });
}, 60_000);
