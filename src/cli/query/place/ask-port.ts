/** Asks the query port: a command, and the answer until it closes. */
import { connect } from 'node:net';
import { LogCasterError, messageOf } from '../../../core/errors.ts';
import { errorCode } from '../../../core/file-system.ts';
import type { Asked, Asking } from './asking.ts';

const COMMANDS = { search: 'SEARCH', count: 'COUNT', tail: 'TAIL', top: 'TOP' } as const;

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** How long a collector may take to take the connection, in ms. */
const CONNECT_TIMEOUT = 10_000;

export class PortAsking implements Asking {
  readonly address: string;
  readonly #to: HostAndPort;

  constructor(to: HostAndPort) {
    this.#to = to;
    this.address = to.host.includes(':') ? `[${to.host}]:${to.port}` : `${to.host}:${to.port}`;
  }

  async *ask(
    asked: Asked,
    signal: AbortSignal,
    onConnected?: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    signal.throwIfAborted();
    const socket = connect({ ...this.#to, signal, timeout: CONNECT_TIMEOUT });
    socket.once('connect', () => {
      // Only the connection is timed: an answer may take its time.
      socket.setTimeout(0);
      onConnected?.();
    });
    socket.once('timeout', () => {
      if (socket.connecting) socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    // Not closed on this side: some proxies take that for the end of it all.
    socket.write(`${toCommand(asked)}\n`);
    try {
      for await (const chunk of socket) yield chunk as Buffer;
    } catch (error) {
      signal.throwIfAborted();
      throw connectFailed(this.address, error);
    } finally {
      socket.destroy();
    }
  }
}

/** The command. The expression stands behind `--`, so that nothing in it is taken for an option. */
export function toCommand({ kind, options, key, expression }: Asked): string {
  const { n, ...others } = options;
  const words: string[] = [COMMANDS[kind]];
  if (kind === 'top') words.push(String(n), quoteKey(key!));
  for (const [name, value] of Object.entries(others)) if (value !== undefined) words.push(`${name}=${value}`);
  if (kind === 'count' && key !== undefined) words.push('BY', quoteKey(key));
  return `${words.join(' ')} -- ${expression}`.trimEnd();
}

function quoteKey(key: string): string {
  return /[\s"\\]/.test(key) ? `"${key.replaceAll(/["\\]/g, '\\$&')}"` : key;
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'there is no answer',
  EHOSTUNREACH: 'there is no way to the host',
  ECONNRESET: 'the connection was closed',
};

/** The error for a collector that cannot be asked. */
export function connectFailed(address: string, cause: unknown): LogCasterError {
  const why = WHY[errorCode(cause) ?? ''] ?? messageOf(cause);
  return new LogCasterError('LC_CONNECT_FAILED', `no collector answers on ${address}: ${why}`, { cause });
}
