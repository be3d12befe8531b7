/**
 * A running socket source for tests, and clients of it; all of it is closed after the test.
 */
import { connect, type Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { InputOf, Source } from '../../../src/core/component.ts';
import { tcp } from '../../../src/sources/socket/tcp.ts';
import { Collected, type SourceContextInit, TestSourceContext } from '../../support/source-context.ts';

/** The tests share their machine. */
const PATIENCE = 20_000;

type TcpOptions = InputOf<typeof tcp.options>;

/** A source that listens. */
export interface Running {
  readonly source: Source;
  readonly context: TestSourceContext;
  /** A client that is connected. */
  readonly connect: () => Promise<Socket>;
}

/** Starts a `tcp` source on a free port of this machine. */
export async function startTcp(
  options: TcpOptions = {},
  contextInit: SourceContextInit = {},
): Promise<Running & { readonly port: number }> {
  const context = new TestSourceContext(contextInit);
  const source = tcp.create(tcp.options.parse({ port: 0, ...options }), context) as Source;
  await startForTest(source);
  const port = Number(/\d+$/.exec(source.address!()!)![0]);
  const { host = '127.0.0.1' } = options;
  return { source, context, port, connect: () => connectForTest({ port, host }) };
}

/** Starts a source and disposes of it after the test. */
export async function startForTest(source: Source): Promise<void> {
  onTestFinished(() => source[Symbol.asyncDispose]!());
  await source.start!();
}

/** Connects; an error after that is expected, and the socket is destroyed after the test. */
export async function connectForTest(
  where: { port: number; host: string } | { path: string },
): Promise<Socket> {
  const socket = connect(where);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', resolve);
  });
  socket.removeAllListeners('error');
  socket.on('error', () => {});
  return socket;
}

/** Writes, and waits until the kernel has it. */
export function write(socket: Socket, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Subscribes to a source; what it emits is settled at once unless told otherwise. */
export function collect(source: Source, options: ConstructorParameters<typeof Collected>[1] = {}): Collected {
  const collected = new Collected(source, options);
  onTestFinished(() => collected.unsubscribe());
  return collected;
}

/** Waits until a condition is true. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      if (!condition()) throw new Error(`still not: ${condition.toString()}`);
    },
    { timeout: PATIENCE, interval: 5 },
  );
}

/** Resolves when the other end has closed the connection. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once('close', () => resolve());
    // Only who reads sees the end.
    socket.resume();
  });
}

/** Resolves after the event loop has gone around some times: for what must not happen. */
export async function rounds(count = 20): Promise<void> {
  for (let round = 0; round < count; round++) await new Promise((resolve) => setImmediate(resolve));
}
