/** Copies of the examples in a folder where LogCaster is installed, as far as they can tell. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { makeConsumer } from '../support/consumer.ts';
import { BIN, PATIENCE } from '../support/logcaster-process.ts';
import { ROOT } from '../support/markdown.ts';

const execute = promisify(execFile);

/** Copies an example; answers its folder, which is removed after the test. */
export async function copyExample(name: string): Promise<string> {
  const consumer = await makeConsumer();
  onTestFinished(() => consumer[Symbol.asyncDispose]());
  const folder = join(consumer.directory, name);
  await cp(join(ROOT, 'examples', name), folder, { recursive: true });
  return folder;
}

/** Makes a folder a package that is installed beside it. */
export async function install(folder: string, name: string): Promise<void> {
  await symlink(folder, join(folder, '..', 'node_modules', name));
}

/** Runs the command `logcaster` to its end. */
export function logcaster(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return node(folder, BIN, ...args);
}

/** Runs Node to its end. */
export function node(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  return execute(process.execPath, args, { cwd: folder, env, timeout: PATIENCE });
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
