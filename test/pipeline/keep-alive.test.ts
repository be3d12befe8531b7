/** What lines wait for keeps the process alive: in a process of its own, with the machine's clock. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url).href;

/** Runs a script that is given a way to start a topology and to write a line. */
async function run(script: string): Promise<string> {
  const prelude = `
    const { Runtime } = await import('${root}src/pipeline/runtime.ts');
    const { systemClock: clock } = await import('${root}src/core/clock.ts');
    const { systemFileSystem: fs } = await import('${root}src/core/file-system.ts');
    const { silentLogger: log } = await import('${root}src/core/logger.ts');
    const { topologyOf } = await import('${root}test/support/topology.ts');
    const runtime = new Runtime({ clock, fs, log });
    const source = { create: () => ({ async *lines() { yield 'a'; } }) };
    const start = (sink, retry) => runtime.change(topologyOf({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: { sink, retry } },
    }));
  `;
  const args = ['--input-type=module', '-e', prelude + script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
  return stdout;
}

test('a write that is to be tried again', async () => {
  const script = `
    let attempts = 0;
    await start({
      write() {
        if (++attempts < 3) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
        console.log('stored');
      },
    }, { initial: 50, max: 50 });
  `;
  expect(await run(script)).toBe('stored\n');
});

test('the deadline of a stop', async () => {
  const script = `
    await start({ write: () => new Promise(() => {}) });
    console.log('abandoned', await runtime.stop(100));
  `;
  expect(await run(script)).toBe('abandoned 1\n');
});

test('and nothing else does', async () => {
  const script = `
    await start({ write: () => console.log('stored') });
    await runtime.sourcesEnded;
  `;
  expect(await run(script)).toBe('stored\n');
});
