/**
 * The `tcp` source: lines over TCP, each ended by a line feed.
 */
import type { Socket } from 'node:net';
import { z } from 'zod';
import { defineSource } from '../../core/component.ts';
import { formatAddress, listeningAddress } from '../../core/format-address.ts';
import { peerOf } from './addresses.ts';
import { type Endpoint, toListenError } from './endpoint.ts';
import type { Listener } from './listener.ts';
import { socketOptions } from './options.ts';
import { SocketSource } from './socket-source.ts';

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there: stop it, or choose another port.',
  EACCES: 'This user may not listen on this port: choose one from 1024 on.',
  EADDRNOTAVAIL:
    'This machine has no such address: choose one that it has, or 0.0.0.0 or :: for all of them.',
  EAFNOSUPPORT: 'This machine has no such addresses: IPv6 may be turned off.',
  ENOTFOUND: 'This name is not known: write an address, or a name that this machine can look up.',
  EAI_AGAIN: 'The name cannot be looked up now: write an address instead.',
};

const options = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').meta({
    description:
      'The address to listen on. 0.0.0.0 are all IPv4 addresses, :: are all there are; anybody who reaches them can send',
    unit: 'host name or address',
  }),
  port: z.int().min(0).max(65_535).default(9999).meta({
    description: 'The port to listen on; 0 takes any that is free',
    unit: 'port',
  }),
  ipv6Only: z.boolean().default(false).meta({
    description: 'Whether a host of :: takes IPv6 only; else it takes IPv4 too',
    unit: 'true or false',
  }),
  keepAlive: z.boolean().default(true).meta({
    description:
      'Whether the kernel asks a silent sender after a minute if it is still there, and ends the connection if not',
    unit: 'true or false',
  }),
  ...socketOptions,
});

class TcpEndpoint implements Endpoint {
  readonly #options: z.output<typeof options>;

  constructor(endpointOptions: z.output<typeof options>) {
    this.#options = endpointOptions;
  }

  async open(listener: Listener): Promise<void> {
    const { host, port, ipv6Only } = this.#options;
    try {
      await listener.listen({ host, port, ipv6Only });
    } catch (error) {
      throw toListenError(formatAddress(host, port), error, HINTS);
    }
  }

  address(listener: Listener): string | undefined {
    return listeningAddress(listener);
  }

  peer(socket: Socket, number: number): string {
    return peerOf(socket) ?? `#${number}`;
  }
}

/**
 * Takes lines over TCP.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const source = tcp.create(tcp.options.parse({ port: 0 }), context);
 * await source.start();
 * source.address(); // '127.0.0.1:40123'
 * source.batches$.subscribe((batch) => console.log(batch.texts()));
 * ```
 */
export const tcp = defineSource({
  type: 'tcp',
  summary: 'Takes lines over TCP, each ended by a line feed.',
  description: `Any number of senders at a time, up to \`maxConnections\`. When sinks are slower than the senders, it stops reading, so that
TCP slows the senders down; a connection is never closed because of that. A sender that sends much takes turns with those that send little.

The last line of a connection needs no line feed if the connection is ended in good order. What was begun when it was reset, timed out
or the source stopped is no line: it counts as \`fragment\`.`,
  guarantees: {
    delivery:
      'Lines that were read are not lost between source and sinks. TCP tells the sender that bytes arrived before they are read: when the process is killed, those are lost.',
    order: 'The order of each connection is kept.',
    backpressure: 'Senders are slowed down, never disconnected.',
    stop: 'What had arrived is read; a sender that goes on sending is cut off after a second.',
  },
  options,
  examples: [
    { title: 'On this machine only, on any port that is free', yaml: 'type: tcp\nport: 0\n' },
    {
      title: 'From everywhere, with limits',
      yaml: 'type: tcp\nhost: 0.0.0.0\nport: 0\nmaxConnections: 500\nidleTimeout: 10m\nmaxLineBytes: 64KiB\noversize: split\n',
    },
  ],
  claims: ({ host, port }) => (port === 0 ? [] : [`tcp ${host}:${port}`]),
  create: (tcpOptions, context) => new SocketSource(new TcpEndpoint(tcpOptions), tcpOptions, context),
});
