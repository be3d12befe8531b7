/** What a configuration asks of a machine: its listeners, directories and the figures that memory follows from. */
import { resolve } from 'node:path';
import type { Topology } from '../../pipeline/topology.ts';
import type { QueryPortOptions } from '../../query/query-options.ts';
import { toMaxConnections } from '../../sources/socket/kernel-limits.ts';

/** Where somebody will listen. */
export interface ListenPlan {
  /** `source tcp`, `query port`. */
  readonly name: string;
  readonly host?: string;
  readonly port?: number;
  /** Of a unix socket. */
  readonly path?: string;
  readonly maxConnections: number;
  /** Whether the configuration says how many. */
  readonly isChosen: boolean;
  readonly maxLineBytes: number;
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
}

export interface RingPlan {
  readonly maxLines: number;
  readonly maxBytes: number;
}

export interface Plan {
  readonly listeners: readonly ListenPlan[];
  readonly directories: readonly DirectoryPlan[];
  readonly rings: readonly RingPlan[];
  /** Bytes. */
  readonly credits: number;
  /** Bytes that may wait for all sinks. */
  readonly queues: number;
  /** Bytes of answers that may be in memory. */
  readonly answers: number;
}

type Options = Readonly<Record<string, unknown>>;

const SOCKETS = new Set(['tcp', 'unix']);
const FILES = new Set(['file', 'archive']);

/** Takes from a configuration what it asks for. Only the built-in components are known. */
export function toPlan(
  topology: Topology,
  query: QueryPortOptions | undefined,
  { cwd, descriptorLimit }: { readonly cwd: string; readonly descriptorLimit: number },
): Plan {
  const listeners: ListenPlan[] = [];
  let credits = 0;
  for (const [name, { definition, options, credit }] of topology.sources) {
    credits += credit;
    if (!SOCKETS.has(definition.type)) continue;
    const { host, port, path, maxConnections, maxLineBytes, backlog } = options as Options;
    listeners.push({
      name: `source ${name}`,
      ...(typeof host === 'string' && { host }),
      ...(typeof port === 'number' && { port }),
      ...(typeof path === 'string' && { path: resolve(cwd, path) }),
      maxConnections: (maxConnections as number | undefined) ?? toMaxConnections(descriptorLimit),
      isChosen: maxConnections !== undefined,
      maxLineBytes: Number(maxLineBytes),
      backlog: Number(backlog),
    });
  }
  if (query) {
    const { host, port, maxClients, maxCommandBytes } = query;
    const limits = { maxConnections: maxClients, isChosen: true, maxLineBytes: maxCommandBytes };
    listeners.push({ name: 'query port', host, port, ...limits, backlog: undefined });
  }
  const sinks = [...topology.sinks];
  const ofType = (has: (type: string) => boolean) =>
    sinks.filter(([, { definition }]) => has(definition.type));
  return {
    listeners,
    directories: ofType((type) => FILES.has(type)).map(([name, { options }]) =>
      toDirectory(name, options as Options, cwd),
    ),
    rings: ofType((type) => type === 'ring').map(([, { options }]) => options as RingPlan),
    credits,
    queues: sinks.reduce((sum, [, { queue }]) => sum + queue.maxBytes, 0),
    answers: query?.maxAnswerBytes ?? 0,
  };
}

function toDirectory(name: string, options: Options, cwd: string): DirectoryPlan {
  const retention = options['retention'] as Readonly<Record<string, number | undefined>>;
  return {
    name: `sink ${name}`,
    path: resolve(cwd, String(options['directory'])),
    maxSize: Number(options['maxSize']),
    maxTotalSize: retention['maxTotalSize'],
    hasRetention: Object.values(retention).some((limit) => limit !== undefined),
  };
}
