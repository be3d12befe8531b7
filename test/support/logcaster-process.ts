/**
 * The real command in a process of its own, as its users have it: started with arguments, spoken to over sockets, stopped with
 * signals. Every process is killed, and every directory removed, when the test that made it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import type { LedgerStatement } from '../../src/core/ledger.ts';
import { COMPILE_CACHE } from './compile-cache.ts';

export const BIN = fileURLToPath(new URL('../../bin/logcaster.ts', import.meta.url));

/** How long anything may take before a test fails, in ms: the machine may be busy with other things. */
export const PATIENCE = 25_000;

// Several starts of a process take their time on a busy machine.
vi.setConfig({ testTimeout: 4 * PATIENCE });

/** An entry of the collector's own log. */
export interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly [name: string]: unknown;
}

/** How a process ended, and what it had said. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `STATS` answers. */
export interface Stats {
  readonly total: number;
  readonly dropped: number;
  readonly current: number;
  readonly clients: number;
}

/** A directory for one test. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'logcaster-e2e-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** Waits until `check` does not throw any more; answers what it answers. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE, interval: 20 });
}

export interface ProcessOptions {
  /** @defaultValue a temporary directory */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it gets no other variables than those. */
  readonly cleared?: boolean;
  /** Whose process it is. @defaultValue that of the tests */
  readonly uid?: number;
}

/** A process of the command, whatever becomes of it. */
export class CommandProcess {
  readonly child: ChildProcess;
  readonly cwd: string;
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';

  constructor(
    args: readonly string[],
    { cwd = temporaryDirectory(), env = {}, cleared = false, uid }: ProcessOptions = {},
  ) {
    this.cwd = cwd;
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    this.child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: cleared ? env : { ...inherited, ...COMPILE_CACHE, ...env },
      ...(uid !== undefined && { uid, gid: uid }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    onTestFinished(() => this.kill());
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The entries of its log so far; lines that are no JSON are left out. */
  get entries(): LogEntry[] {
    return this.stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogEntry);
  }

  /** Waits for an entry of the log whose message contains this, as the `count`-th one. */
  entry(text: string, count = 1): Promise<LogEntry> {
    return eventually(() => {
      const found = this.entries.filter(({ msg }) => msg.includes(text))[count - 1];
      if (found) return found;
      throw new Error(`no entry "${text}" in:\n${this.stderr}${this.hasExited ? '(it has exited)' : ''}`);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it without a word, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** A collector that listens. */
export class LogcasterProcess extends CommandProcess {
  #addresses: Readonly<Record<string, string>> = {};

  /** Starts `logcaster run` with these flags, and on free ports unless a configuration says which; waits until it listens. */
  static async start(args: readonly string[] = [], options: ProcessOptions = {}): Promise<LogcasterProcess> {
    const ports = args.includes('-c') ? [] : ['-p', '0', '-q', '0'];
    const collector = new LogcasterProcess(['run', ...ports, ...args], options);
    const { addresses } = await collector.entry('started');
    collector.#addresses = addresses as Record<string, string>;
    return collector;
  }

  get port(): number {
    return this.#portOf('tcp');
  }

  get queryPort(): number {
    return this.#portOf('query');
  }

  #portOf(name: string): number {
    return Number(this.#addresses[name]!.split(':').at(-1));
  }

  connect(): Promise<Socket> {
    return connectTo(this.port);
  }

  /** Sends bytes on a connection of their own, and waits until the collector has taken them in and closed it. */
  async send(bytes: string | Uint8Array): Promise<void> {
    const socket = await this.connect();
    socket.end(bytes);
    socket.resume();
    await closed(socket);
  }

  async sendLines(lines: readonly string[]): Promise<void> {
    await this.send(lines.map((line) => `${line}\n`).join(''));
  }

  /** Sends a command to the query port; answers everything that comes until it is closed. */
  async askBytes(command: string | Uint8Array): Promise<Buffer> {
    const socket = await connectTo(this.queryPort);
    socket.end(Buffer.concat([Buffer.from(command), Buffer.from('\n')]));
    return readAll(socket);
  }

  async ask(command: string): Promise<string> {
    return (await this.askBytes(command)).toString();
  }

  async stats(): Promise<Stats> {
    const answer = await this.ask('STATS');
    const match = /^STATS: Total=(\d+), Dropped=(\d+), Current=(\d+), Clients=(\d+)\n$/.exec(answer);
    if (!match) throw new Error(`not an answer to STATS: ${answer}`);
    const [total, dropped, current, clients] = match.slice(1).map(Number) as [number, number, number, number];
    return { total, dropped, current, clients };
  }

  async ledger(): Promise<LedgerStatement> {
    return JSON.parse(await this.ask('LEDGER')) as LedgerStatement;
  }

  /** Waits until so many lines are stored in a sink. */
  async stored(lines: number, sink = 'ring'): Promise<void> {
    await eventually(async () => {
      const stored = (await this.ledger()).sinks[sink]!.stored;
      if (stored !== lines) throw new Error(`${sink} has stored ${stored} lines, not ${lines}`);
    });
  }

  /** Asks it to stop, and waits until it has. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.signal(signal);
    return this.exited;
  }

  /** The ledger that it printed when it stopped. */
  get finalLedger(): LedgerStatement {
    const entry = this.entries.find(({ msg }) => msg.startsWith('stopped: '));
    if (!entry) throw new Error(`it has not said what it stored:\n${this.stderr}`);
    return entry['ledger'] as LedgerStatement;
  }
}

/** A connection to this machine. It survives a reset: what became of it, tests see from what arrived. */
export function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => {});
      resolve(socket);
    });
    onTestFinished(() => void socket.destroy());
  });
}

/** Everything that comes until the other end closes. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Waits until the other end has closed the connection, too. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** A port that nobody has at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
