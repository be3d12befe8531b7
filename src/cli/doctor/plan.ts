/** What a configuration asks of a machine: its listeners, directories and the figures that memory follows from. */
import { resolve } from 'node:path';
import type { Topology } from '../../pipeline/topology.ts';
import type { QueryPortOptions } from '../../query/query-options.ts';
import { toMaxConnections } from '../../sources/socket/kernel-limits.ts';
import type { SpillSettings } from '../../spill/options.ts';

/** Where somebody will listen. */
export interface ListenPlan {
  /** `source tcp`, `query port`. */
  readonly name: string;
  readonly host?: string;
  readonly port?: number;
  /** Of a unix socket. */
  readonly path?: string;
  /** Of those that share their connections, as many as all of them have together. */
  readonly maxConnections: number;
  readonly sharesConnections: boolean;
  /** The most that all of its connections hold in memory, in bytes. */
  readonly buffered: number;
  readonly backlog: number | undefined;
}

/** A directory of files. Sizes in bytes. */
export interface DirectoryPlan {
  /** `sink files`. */
  readonly name: string;
  readonly path: string;
  readonly maxSize: number;
  readonly maxTotalSize: number | undefined;
  /** Whether old files are removed at all. */
  readonly hasRetention: boolean;
  /** It is one of a spill. */
  readonly isSpill?: boolean;
}

export interface RingPlan {
  readonly maxLines: number;
  readonly maxBytes: number;
}

export interface ArchivePlan {
  readonly frameSize: number;
}

export interface Plan {
  readonly listeners: readonly ListenPlan[];
  readonly directories: readonly DirectoryPlan[];
  readonly rings: readonly RingPlan[];
  readonly archives: readonly ArchivePlan[];
  /** How many connections there may be in all. */
  readonly connections: number;
  /** Bytes. */
  readonly credits: number;
  /** Bytes that may wait for all sinks. */
  readonly queues: number;
  /** Bytes of answers that may be in memory. */
  readonly answers: number;
  /** Bytes that searches, counts and tails may keep. */
  readonly questions: number;
}

/** What a connection may bring before it is told to wait. Bytes. */
const LARGEST_CHUNK = 64 * 1024;

type Options = Readonly<Record<string, unknown>>;

/** The name of the HTTP server among the listeners. */
export const HTTP_SERVER = 'HTTP server';

const SOCKETS = new Set(['tcp', 'unix']);
/** What a spill takes in memory for what is written and what is read, half of it: queues count twice. */
const SPILL_BYTES = 4 * 2 ** 20;

const FILES = new Set(['file', 'archive']);

/**
 * Takes from a configuration what it asks for. Only the built-in components are known; a plugin can have put another in the
 * place of one, whose options are others.
 */
export function toPlan(
  topology: Topology,
  query: QueryPortOptions | undefined,
  { cwd, descriptorLimit }: { readonly cwd: string; readonly descriptorLimit: number },
): Plan {
  const listeners: ListenPlan[] = [];
  const claimed = sumOf([...topology.sources.values()], ({ definition, options }) =>
    SOCKETS.has(definition.type) ? (toNumber((options as Options)['maxConnections']) ?? 0) : 0,
  );
  let credits = 0;
  for (const [name, { definition, options, credit }] of topology.sources) {
    credits += credit;
    if (!SOCKETS.has(definition.type)) continue;
    const { host, port, path, maxConnections, maxBufferedBytes, maxLineBytes, backlog } = options as Options;
    const half = (toNumber(maxBufferedBytes) ?? 0) / 2;
    listeners.push({
      name: `source ${name}`,
      ...(typeof host === 'string' && { host }),
      ...(typeof port === 'number' && { port }),
      ...(typeof path === 'string' && { path: resolve(cwd, path) }),
      maxConnections: toNumber(maxConnections) ?? toMaxConnections(descriptorLimit, claimed),
      sharesConnections: toNumber(maxConnections) === undefined,
      buffered: half + Math.max(half, toNumber(maxLineBytes) ?? 0) + LARGEST_CHUNK,
      backlog: toNumber(backlog),
    });
  }
  if (query) {
    const { host, port, maxClients, maxCommandBytes } = query;
    listeners.push({
      name: 'query port',
      host,
      port,
      maxConnections: maxClients,
      sharesConnections: false,
      buffered: maxClients * (maxCommandBytes + LARGEST_CHUNK),
      backlog: undefined,
    });
  }
  if (query?.http) {
    const { host, port, maxClients, maxPipelined, maxUrlBytes, maxHeaderBytes } = query.http;
    listeners.push({
      name: HTTP_SERVER,
      host,
      port,
      maxConnections: maxClients,
      sharesConnections: false,
      buffered: maxClients * ((1 + maxPipelined) * (maxUrlBytes + maxHeaderBytes) + LARGEST_CHUNK),
      backlog: undefined,
    });
  }
  const sinks = [...topology.sinks];
  const ofType = (has: (type: string) => boolean) =>
    sinks.filter(([, { definition }]) => has(definition.type));
  return {
    listeners,
    directories: [
      ...ofType((type) => FILES.has(type)).map(([name, { options }]) =>
        toDirectory(name, options as Options, cwd),
      ),
      ...sinks.flatMap(([name, { queue }]) => (queue.spill ? [toSpill(name, queue.spill, cwd)] : [])),
    ],
    rings: ofType((type) => type === 'ring').map(([, { options }]) => {
      const { maxLines, maxBytes } = options as Options;
      return { maxLines: toNumber(maxLines) ?? 0, maxBytes: toNumber(maxBytes) ?? 0 };
    }),
    archives: ofType((type) => type === 'archive').map(([, { options }]) => ({
      frameSize: toNumber((options as Options)['frameSize']) ?? 0,
    })),
    connections:
      sumOf(listeners, (each) => (each.sharesConnections ? 0 : each.maxConnections)) +
      (listeners.find(({ sharesConnections }) => sharesConnections)?.maxConnections ?? 0),
    credits,
    queues: sumOf(sinks, ([, { queue }]) => queue.maxBytes + (queue.spill ? SPILL_BYTES : 0)),
    answers: query?.maxAnswerBytes ?? 0,
    questions: query ? toQuestions(query) : 0,
  };
}

/** Found lines that are on their way to a client. Bytes. */
const PIECES = 2 ** 20;

/** A group of a count, with a name of the greatest length. Bytes. */
const GROUP = 700;

/** What searches, counts and tails may keep in memory. */
function toQuestions({
  maxSearches,
  maxLastBytes,
  maxGroups,
  maxTails,
  maxTailBytes,
}: QueryPortOptions): number {
  return maxSearches * (maxLastBytes + maxGroups * GROUP + PIECES) + maxTailBytes + maxTails * LARGEST_CHUNK;
}

function toDirectory(name: string, options: Options, cwd: string): DirectoryPlan {
  const { directory } = options;
  const retention = (options['retention'] ?? {}) as Readonly<Record<string, number | undefined>>;
  return {
    name: `sink ${name}`,
    path: resolve(cwd, typeof directory === 'string' ? directory : '.'),
    maxSize: toNumber(options['maxSize']) ?? 0,
    maxTotalSize: retention['maxTotalSize'],
    hasRetention: Object.values(retention).some((limit) => limit !== undefined),
  };
}

function sumOf<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((sum, each) => sum + of(each), 0);
}

function toSpill(name: string, { directory, maxBytes }: SpillSettings, cwd: string): DirectoryPlan {
  return {
    name: `spill of sink ${name}`,
    path: resolve(cwd, directory),
    maxSize: 0,
    maxTotalSize: maxBytes,
    hasRetention: true,
    isSpill: true,
  };
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
