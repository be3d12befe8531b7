/**
 * The `unix` source: lines over a unix stream socket, each ended by a line feed.
 */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { defineSource, type SourceContext } from '../../core/component.ts';
import { LogCasterError, messageOf } from '../../core/errors.ts';
import type { FileStatus } from '../../core/file-system.ts';
import { type Endpoint, toListenError } from './endpoint.ts';
import type { Listener } from './listener.ts';
import { socketOptions } from './options.ts';
import {
  publishSocketFile,
  removeSocketFile,
  removeStaleSocketFile,
  toTemporaryPath,
} from './socket-file.ts';
import { SocketSource } from './socket-source.ts';

/** The longest path in bytes: the kernel takes 103 (macOS) or 107, and the temporary name is 7 longer. */
const LONGEST_PATH = 96;

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'This user may not make a file there: choose another directory.',
  EEXIST: 'Another program made a file there at the same moment: choose another path.',
  EADDRINUSE: 'Another program listens there: stop it, or choose another path.',
  ENOENT: 'There is no such directory: make it first.',
  ENOTDIR: 'There is no such directory: make it first.',
  EROFS: 'Nothing can be written there: choose another directory.',
};

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => Buffer.byteLength(path) <= LONGEST_PATH && !path.includes('\0'), {
      error: `must be a path of at most ${LONGEST_PATH} bytes`,
    })
    .meta({
      description:
        'The socket file. A name that begins with @ is an abstract one (Linux): no file, and no mode',
      unit: 'path',
    }),
  mode: z
    .string({ error: 'must be an octal mode in quotes, such as "0660"' })
    .regex(/^0?[0-7]{3}$/, { error: 'must be an octal mode, such as "0660"' })
    .default('0660')
    .meta({
      description: 'The permissions of the socket file: who may write to it may send lines',
      unit: 'octal permissions',
    }),
  ...socketOptions,
});

type UnixOptions = z.output<typeof options>;

class FileEndpoint implements Endpoint {
  readonly #path: string;
  readonly #mode: number;
  readonly #context: SourceContext;
  #status: FileStatus | undefined;
  #removal: Promise<void> | undefined;

  constructor({ path, mode }: UnixOptions, context: SourceContext) {
    this.#path = path;
    this.#mode = Number.parseInt(mode, 8);
    this.#context = context;
  }

  async open(listener: Listener): Promise<void> {
    const { fs } = this.#context;
    const path = this.#path;
    try {
      const obstacle = await removeStaleSocketFile(fs, path);
      if (obstacle) throw toObstacleError(path, obstacle);
      const temporary = toTemporaryPath(path);
      await listener.listen({ path: temporary });
      this.#status = await publishSocketFile(fs, { temporary, path, mode: this.#mode });
    } catch (error) {
      listener.close();
      throw error instanceof LogCasterError ? error : toListenError(path, error, HINTS);
    }
  }

  /** Each call waits for the end of the removal, whoever began it. */
  async release(): Promise<void> {
    const status = this.#status;
    this.#status = undefined;
    if (status) this.#removal = this.#remove(status);
    await this.#removal;
  }

  address(): string | undefined {
    return this.#status && this.#path;
  }

  peer(_socket: Socket, number: number): string {
    return `#${number}`;
  }

  async #remove(status: FileStatus): Promise<void> {
    const { name, fs, log } = this.#context;
    try {
      await removeSocketFile(fs, this.#path, status);
    } catch (error) {
      log.warn({ source: name, error }, `${name}: cannot remove ${this.#path}: ${messageOf(error)}`);
    }
  }
}

class AbstractEndpoint implements Endpoint {
  readonly #name: string;

  constructor({ path }: UnixOptions) {
    this.#name = path;
  }

  async open(listener: Listener): Promise<void> {
    try {
      await listener.listen({ path: `\0${this.#name.slice(1)}` });
    } catch (error) {
      throw toListenError(this.#name, error, HINTS);
    }
  }

  address(listener: Listener): string | undefined {
    return listener.address() === null ? undefined : this.#name;
  }

  peer(_socket: Socket, number: number): string {
    return `#${number}`;
  }
}

function toObstacleError(path: string, obstacle: 'other file' | 'live socket'): LogCasterError {
  return obstacle === 'live socket'
    ? new LogCasterError('LC_LISTEN_FAILED', `cannot listen on ${path}: somebody listens there already`, {
        hint: 'Stop the program that has it, or choose another path.',
      })
    : new LogCasterError('LC_LISTEN_FAILED', `cannot listen on ${path}: there is a file that is no socket`, {
        hint: 'Choose another path, or move the file out of the way; LogCaster does not touch it.',
      });
}

/**
 * Takes lines over a unix stream socket.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const source = unix.create(unix.options.parse({ path: './logcaster.sock' }), context);
 * await source.start();
 * source.batches$.subscribe((batch) => console.log(batch.texts()));
 * ```
 */
export const unix = defineSource({
  type: 'unix',
  summary: 'Takes lines over a unix stream socket, each ended by a line feed.',
  description: `Works like \`tcp\`, for senders on the same machine. A socket file that was left behind is replaced; one on which somebody
listens, and any other file, is left alone, and the start fails. The file is removed when the source stops. Senders have no address: they are
numbered, \`#1\`, \`#2\`.`,
  guarantees: {
    delivery:
      'Lines that were read are not lost between source and sinks. Bytes that the kernel has taken but that were not read are lost when the process is killed.',
    order: 'The order of each connection is kept.',
    backpressure: 'Senders are slowed down, never disconnected.',
    stop: 'What had arrived is read; a sender that goes on sending is cut off after a second.',
  },
  options,
  examples: [
    { title: 'For everybody in the group', yaml: 'type: unix\npath: ./logcaster.sock\n' },
    { title: 'For everybody on the machine', yaml: 'type: unix\npath: ./logcaster-all.sock\nmode: "0666"\n' },
  ],
  claims: ({ path }) => [`unix ${path}`],
  create: (unixOptions, context) =>
    new SocketSource(
      unixOptions.path.startsWith('@')
        ? new AbstractEndpoint(unixOptions)
        : new FileEndpoint(unixOptions, context),
      unixOptions,
      context,
    ),
});
