/**
 * How much memory a configuration takes at the most: the formula of docs/operating.md. A fault test holds it against real
 * processes.
 */
import { formatSize } from '../../core/units.ts';
import type { Plan } from './plan.ts';

/** Node and LogCaster with their code. Bytes. */
const BASE = 110e6;

/** Buffers that nobody needs any more and that the garbage collector has not seen yet. Bytes. */
const GARBAGE = 100e6;

/** What a ring keeps of a line beside its bytes: where it starts and when it came. */
const RING_LINE = 12;

/** An open connection that waits for bytes. */
const IDLE_CONNECTION = 4 * 1024;

/** A compressor, beside its frames. Bytes. */
const COMPRESSOR = 8 * 2 ** 20;

/** Frames of an archive that are in memory: lines, what is made of them, what is written. */
const FRAMES = 3;

/** One part of the memory. */
export interface MemoryPart {
  /** What takes it, for people: `rings`. */
  readonly what: string;
  /** The options with which it becomes less; none for what is always there. */
  readonly options: string;
  readonly bytes: number;
}

export interface MemoryPrediction {
  /** Bytes. */
  readonly total: number;
  /** The largest first; none is 0. */
  readonly parts: readonly MemoryPart[];
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}

/** The most that a collector with this plan takes. */
export function predictMemory(plan: Plan): MemoryPrediction {
  const { listeners, rings, archives, credits, queues, answers } = plan;
  const parts: readonly MemoryPart[] = [
    { what: 'Node and LogCaster', options: '', bytes: BASE + GARBAGE },
    {
      what: 'rings',
      options: 'maxBytes and maxLines of rings',
      bytes: sum(rings, ({ maxBytes, maxLines }) => maxBytes + RING_LINE * maxLines),
    },
    { what: 'lines on their way', options: 'credit', bytes: credits },
    // What is being written comes on top of what waits.
    { what: 'queues', options: 'queue.maxBytes', bytes: 2 * queues },
    {
      what: 'compression',
      options: 'frameSize',
      bytes: sum(archives, ({ frameSize }) => COMPRESSOR + FRAMES * frameSize),
    },
    {
      what: 'what connections hold',
      options: 'maxBufferedBytes and maxLineBytes of sources',
      bytes: sum(listeners, ({ buffered }) => buffered),
    },
    {
      what: 'connections',
      options: 'maxConnections',
      bytes: plan.connections * IDLE_CONNECTION,
    },
    { what: 'answers to queries', options: 'query.maxAnswerBytes', bytes: answers },
    {
      what: 'searches and tails',
      options: 'maxSearches, maxLastBytes, maxGroups and maxTailBytes of query',
      bytes: plan.questions,
    },
  ];
  return {
    total: sum(parts, ({ bytes }) => bytes),
    parts: parts.filter(({ bytes }) => bytes > 0).toSorted((one, other) => other.bytes - one.bytes),
  };
}

/** `256 MiB answers to queries, 200 MiB Node and LogCaster, …`: those that make a difference. */
export function describeParts(parts: readonly MemoryPart[]): string {
  return parts
    .filter(({ bytes }) => bytes >= 2 ** 20)
    .map(({ what, bytes }) => `${formatSize(Math.round(bytes / 2 ** 20) * 2 ** 20)} ${what}`)
    .join(', ');
}

/** `memory: at most 584 MiB: …`. */
export function describeMemory({ total, parts }: MemoryPrediction): string {
  return `memory: at most ${formatSize(Math.ceil(total / 2 ** 20) * 2 ** 20)}: ${describeParts(parts)}`;
}
