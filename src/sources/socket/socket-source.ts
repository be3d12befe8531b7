/**
 * A source of lines that come over connections: what the `tcp` and the `unix` source have in common. This file has its
 * life; connection.ts reads, intake.ts gives to the subscriber, drain.ts ends.
 *
 * Invariants: a connection is never closed because credit is short. Every line that was read is emitted, or counted as
 * discarded: as `fragment`, as `oversize`, or as `abandoned` when the source is ended at once.
 */
import type { Socket } from 'node:net';
import { Observable, type Subscriber } from 'rxjs';
import type { Batch } from '../../core/batch.ts';
import type { Source, SourceContext } from '../../core/component.ts';
import { messageOf } from '../../core/errors.ts';
import { errorCode } from '../../core/file-system.ts';
import type { Figures } from '../../core/ledger.ts';
import { formatSize } from '../../core/units.ts';
import type { FramerListener } from '../../framing/framer-options.ts';
import { LineFramer } from '../../framing/line-framer.ts';
import { Connection, type ConnectionListener } from './connection.ts';
import { processShare } from './connection-share.ts';
import { Drain } from './drain.ts';
import type { Endpoint } from './endpoint.ts';
import { nextPoll } from './event-loop.ts';
import { IdleSweep } from './idle-sweep.ts';
import { Intake } from './intake.ts';
import { readDescriptorLimit, readReceiveBufferLimit, readReceiveQueues } from './kernel-limits.ts';
import { LineMemory } from './line-memory.ts';
import { Listener } from './listener.ts';
import type { SocketOptions } from './options.ts';
import { Seldom } from './seldom.ts';

/** It is said in the log when the limit on open files leaves no more connections than that. */
const FEW_CONNECTIONS = 64;

/** The options of a socket source, as it gets them. */
export type SocketSourceOptions = SocketOptions & { readonly keepAlive?: boolean };

/**
 * What a sender's own kernel may hold of what it has sent: on a stop a sender that has ended gets so much time to give it. A
 * unix socket has nothing else.
 */
const MOST_ON_THE_WAY = 4 * 2 ** 20;

/** The same of all connections together. */
const ALL_ON_THE_WAY = 64 * 2 ** 20;

export class SocketSource implements Source {
  readonly batches$: Observable<Batch>;
  readonly #endpoint: Endpoint;
  readonly #options: SocketSourceOptions;
  readonly #context: SourceContext;
  /** Those that are open. */
  readonly #connections = new Set<Connection>();
  readonly #intake: Intake;
  readonly #lineMemory: LineMemory;
  readonly #connectionListener: ConnectionListener;
  readonly #framerListener: FramerListener;
  readonly #ended = Promise.withResolvers<void>();
  #accepted = 0;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #listener: Listener | undefined;
  #subscriber: Subscriber<Batch> | undefined;
  #forgetCredit: (() => void) | undefined;
  #idleSweep: IdleSweep | undefined;
  #drain: Drain | undefined;
  #hasEnded = false;
  /** How many connections it may have at the moment. */
  #allowed = 0;
  #leaveShare: () => void = () => {};

  constructor(endpoint: Endpoint, options: SocketSourceOptions, context: SourceContext) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#context = context;
    // Half of it for what waits, and half for unfinished lines: a slow sink is not to cost anybody the end of a line.
    const half = options.maxBufferedBytes / 2;
    this.#intake = new Intake({
      context,
      connections: this.#connections,
      maxWaitingBytes: half,
      emit: (batch) => this.#subscriber?.next(batch),
      onTurns: () => this.#endIfDrained(),
    });
    this.#lineMemory = this.#toLineMemory(Math.max(half, options.maxLineBytes));
    this.#connectionListener = this.#toConnectionListener();
    this.#framerListener = toFramerListener(context);
    this.batches$ = new Observable((subscriber) => this.#subscribe(subscriber));
  }

  /** @throws LogCasterError `LC_LISTEN_FAILED` */
  start(): Promise<void> {
    this.#starting ??= this.#listen();
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#starting?.catch(() => {}); // The caller of start() has the error.
    await this.#close();
    await nextPoll();
  }

  clients(): number {
    return this.#connections.size;
  }

  address(): string | undefined {
    return this.#listener && this.#endpoint.address(this.#listener);
  }

  /**
   * `clients`: connections that are open; `connections`: that were accepted in all; `waiting`: that wait for credit;
   * `paused`: for how long, all in all, some did, in ms; `buffered`: what all of them hold, in bytes; `maxConnections`: how many
   * may be open at the moment.
   */
  inspect(): Figures {
    return {
      clients: this.#connections.size,
      maxConnections: this.#allowed,
      connections: this.#accepted,
      waiting: this.#intake.waiting,
      paused: Math.round(this.#intake.paused),
      buffered: this.#intake.waitingBytes + this.#lineMemory.held,
    };
  }

  async #listen(): Promise<void> {
    const { name, log, clock } = this.#context;
    const { backlog, keepAlive = false } = this.#options;
    const refusals = new Seldom(clock, (refused) => {
      const maxConnections = this.#allowed;
      log.warn(
        { source: name, refused, maxConnections },
        `${name}: refused ${refused} connection(s): ${this.#connections.size} are open, and no more may be`,
      );
    });
    const listener = new Listener({
      backlog,
      keepAlive,
      maxConnections: 0,
      onConnection: (socket) => this.#connect(socket),
      onRefused: () => {
        this.#context.note('refusedConnections');
        refusals.add();
      },
      onError: (error) => {
        this.#context.note('acceptErrors');
        log.error({ source: name, error }, `${name}: cannot accept connections: ${messageOf(error)}`);
      },
    });
    await this.#claimConnections(listener);
    try {
      await this.#endpoint.open(listener);
    } catch (error) {
      this.#leaveShare();
      throw error;
    }
    this.#listener = listener;
    if (this.#hasEnded) await this.#close();
  }

  async #claimConnections(listener: Listener): Promise<void> {
    const allow = (maxConnections: number): void => {
      this.#allowed = maxConnections;
      listener.maxConnections = maxConnections;
    };
    const { maxConnections } = this.#options;
    if (maxConnections !== undefined) {
      allow(maxConnections);
      this.#leaveShare = processShare.claim(maxConnections);
      return;
    }
    const { name, fs, log } = this.#context;
    const limit = await readDescriptorLimit(fs);
    this.#leaveShare = processShare.join({ connections: () => this.#connections.size, allow }, limit);
    if (processShare.size >= FEW_CONNECTIONS) return;
    log.warn(
      { source: name, maxConnections: processShare.size, descriptorLimit: limit },
      `${name}: only ${processShare.size} connection(s) at a time: ${limit} files may be open, and most of them are needed for other things; raise that limit (ulimit -n, or LimitNOFILE= of systemd)`,
    );
  }

  #subscribe(subscriber: Subscriber<Batch>): (() => void) | undefined {
    if (this.#hasEnded) {
      subscriber.complete();
      return undefined;
    }
    if (this.#subscriber) {
      subscriber.error(new Error(`the source ${this.#context.name} has a subscriber already`));
      return undefined;
    }
    this.#subscriber = subscriber;
    this.#forgetCredit = this.#context.credit.onAvailable(() => {
      this.#intake.takeTurns();
      this.#endIfDrained();
    });
    if (this.#options.idleTimeout > 0) this.#idleSweep = this.#toIdleSweep();
    for (const connection of this.#connections) this.#intake.add(connection);
    return () => this.#end();
  }

  #toIdleSweep(): IdleSweep {
    return new IdleSweep({
      clock: this.#context.clock,
      timeout: this.#options.idleTimeout,
      connections: this.#connections,
      isWaiting: (connection) => this.#intake.isWaiting(connection),
      onIdle: (connection) => {
        this.#context.note('idleTimeouts');
        connection.destroy();
      },
    });
  }

  #connect(socket: Socket): void {
    const peer = this.#endpoint.peer(socket, ++this.#accepted);
    const framer = new LineFramer(this.#options, this.#framerListener);
    const connection = new Connection(socket, peer, framer, this.#connectionListener);
    this.#connections.add(connection);
    processShare.update();
    if (this.#subscriber) this.#intake.add(connection);
  }

  #toLineMemory(limit: number): LineMemory {
    const { name, log, clock } = this.#context;
    const { maxBufferedBytes, oversize } = this.#options;
    const cuts = new Seldom(clock, (cut) =>
      log.warn(
        { source: name, cut, maxBufferedBytes, oversize },
        `${name}: cut ${cut} unfinished line(s): all connections together may hold ${formatSize(maxBufferedBytes)}, half of it for such lines`,
      ),
    );
    return new LineMemory(limit, this.#connections, () => {
      this.#context.note('cutLines');
      cuts.add();
    });
  }

  #toConnectionListener(): ConnectionListener {
    const context = this.#context;
    return {
      accepts: (connection, bytes) => this.#intake.accepts(connection, bytes),
      read: (connection, runs) => this.#intake.read(connection, runs),
      grew: (bytes) => this.#lineMemory.changed(bytes),
      unterminated: () => context.note('unterminated'),
      fragment: (bytes) => context.discard('fragment', 1, { intentional: false, bytes }),
      failed: (connection, error) => {
        context.note(errorCode(error) === 'ECONNRESET' ? 'resets' : 'connectionErrors');
        context.log.debug(
          { source: context.name, peer: connection.peer, error },
          `${context.name}: ${connection.peer}: ${messageOf(error)}`,
        );
      },
      closed: (connection) => {
        this.#connections.delete(connection);
        processShare.update();
        this.#endIfDrained();
      },
    };
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => {}); // The caller of start() has the error.
    if (this.#subscriber && this.#listener) await this.#startDrain(this.#listener);
    else this.#end();
    await this.#ended.promise;
    await this.#close();
  }

  async #startDrain(listener: Listener): Promise<void> {
    const { clock, fs } = this.#context;
    await this.#endpoint.release?.();
    await listener.acceptWaiting();
    listener.close();
    const receiveBuffer = await readReceiveBufferLimit(fs);
    const queues = await readReceiveQueues(fs);
    if (this.#hasEnded) return;
    const onTheWay = Math.min(MOST_ON_THE_WAY, ALL_ON_THE_WAY / this.#connections.size);
    this.#drain = new Drain({
      clock,
      connections: this.#connections,
      isWaiting: (connection) => this.#intake.isWaiting(connection),
      unread: ({ ports }) => onTheWay + (ports === undefined ? 0 : (queues.get(ports) ?? receiveBuffer)),
      onCut: () => this.#context.note('cutConnections'),
    });
    this.#drain.start();
    this.#endIfDrained();
  }

  #endIfDrained(): void {
    if (this.#drain && this.#connections.size === 0 && this.#intake.waiting === 0) this.#end();
  }

  /** Ends everything at once. Safe at any moment, and twice. */
  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#forgetCredit?.();
    this.#idleSweep?.stop();
    this.#drain?.stop();
    this.#intake.end();
    for (const connection of this.#connections) connection.abort();
    void this.#close();
    this.#subscriber?.complete();
    this.#ended.resolve();
  }

  async #close(): Promise<void> {
    this.#listener?.close();
    if (this.#hasEnded) this.#leaveShare();
    await this.#endpoint.release?.();
  }
}

function toFramerListener(context: SourceContext): FramerListener {
  return {
    truncated: (lines) => context.note('truncated', lines),
    split: (lines) => context.note('split', lines),
    dropped: (lines, bytes) => context.discard('oversize', lines, { intentional: true, bytes }),
  };
}
