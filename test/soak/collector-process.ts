/**
 * The collector under test, through all its lives: each start of the process on the same directories is an {@link Life}. What
 * it says of itself (its log, its LEDGER) is noted here and judged elsewhere.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LedgerStatement } from '../../src/core/ledger.ts';
import { stackOf } from './stack.ts';

const BIN = fileURLToPath(new URL('../../bin/logcaster.ts', import.meta.url));
const PRELOADED = ['count-timers.ts', 'shift-clock.ts'].flatMap((file) => [
  '--import',
  new URL(file, import.meta.url).href,
]);

/** How long a start, an answer or a stop may take, in ms. */
export const PATIENCE = 60_000;

export interface LogEntry {
  readonly msg: string;
  readonly level: string;
  readonly [name: string]: unknown;
}

/** One life of the process. Times in ms since the epoch. */
export interface Life {
  readonly startedAt: number;
  endedAt: number;
  /** How it ended: by SIGKILL, or as it was asked to. */
  ending: 'running' | 'killed' | 'stopped';
  code: number | null;
  readonly entries: LogEntry[];
  /** What it said last while it ran. */
  polled: LedgerStatement | undefined;
  /** What it said at its end. */
  final: LedgerStatement | undefined;
}

/** What the process used at a moment. */
export interface Sample {
  readonly at: number;
  readonly residentBytes: number;
  readonly descriptors: number;
  /** Sockets among them. */
  readonly sockets: number;
  /** Memory of JavaScript objects, and of buffers, as it says itself; 0 before it has said anything. */
  readonly heapBytes: number;
  readonly bufferBytes: number;
  /** Timers that are set, and what keeps the process alive; 0 before it has said so. */
  readonly timers: number;
  readonly handles: number;
}

export interface CollectorOptions {
  readonly config: string;
  readonly cwd: string;
  readonly queryPort: number;
  /** The file that the clock shim looks at. */
  readonly clock: string;
  /** Told when it has ended and nobody wanted it to. */
  readonly onVanished: (what: string) => void;
}

export class CollectorProcess {
  readonly lives: Life[] = [];
  readonly samples: Sample[] = [];
  /** The highest `unaccounted` of any answer, and how many answers there were. */
  unaccounted = 0;
  /** The accounts of that answer that do not balance, by name. */
  unbalanced: Record<string, object> = {};
  polls = 0;
  readonly #options: CollectorOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #rest = '';
  /** The end of what it has written to standard error. */
  #said = '';

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  get life(): Life {
    return this.lives.at(-1)!;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get isRunning(): boolean {
    const child = this.#child;
    const lives = child?.exitCode === null && child.signalCode === null;
    return this.lives.length > 0 && this.life.ending === 'running' && lives;
  }

  /** Starts it; throws with what it said if it does not get to listen. */
  async start(): Promise<void> {
    const { child, life, said } = this.#spawn();
    const until = Date.now() + PATIENCE;
    while (!life.entries.some(({ msg }) => msg.startsWith('started'))) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > until) {
        child.kill('SIGKILL');
        await this.#exited;
        throw new Error(`it did not start: ${said().trim()}`);
      }
      await sleep(20);
    }
    this.lives.push(life);
  }

  /**
   * Starts it and kills it soon after, whatever it has done by then: a life of its own. Throws if it has ended before, but for want
   * of space.
   */
  async startAndKill(ms: number): Promise<void> {
    const { child, life, said } = this.#spawn();
    life.ending = 'killed';
    this.lives.push(life);
    await Promise.race([sleep(ms), this.#exited]);
    child.kill('SIGKILL');
    await this.#exited;
    if (life.code !== null && !/ENOSPC|no space/i.test(said())) {
      throw new Error(`it did not start: ${said().trim()}`);
    }
  }

  #spawn(): { child: ChildProcess; life: Life; said: () => string } {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, [...PRELOADED, BIN, 'run', '-c', this.#options.config], {
      cwd: this.#options.cwd,
      env: { ...env, LOGCASTER_SOAK_CLOCK: this.#options.clock },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const life: Life = {
      startedAt: Date.now(),
      endedAt: Number.POSITIVE_INFINITY,
      ending: 'running',
      code: null,
      entries: [],
      polled: undefined,
      final: undefined,
    };
    let text = '';
    this.#rest = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      if (text.length < 10_000) text += part;
      this.#said = (this.#said + part).slice(-10_000);
      this.#read(life, part);
    });
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    child.once('close', (code) => {
      life.endedAt = Date.now();
      life.code = code;
      if (life.ending === 'running' && this.lives.includes(life)) {
        this.#options.onVanished(
          `it ended by itself, with the exit code ${code ?? child.signalCode}: ${life.entries.at(-1)?.msg}`,
        );
      }
      resolve();
    });
    return { child, life, said: () => text };
  }

  signal(signal: NodeJS.Signals): void {
    this.#child!.kill(signal);
  }

  async kill(): Promise<void> {
    this.life.ending = 'killed';
    this.signal('SIGKILL');
    await this.#exited;
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    this.life.ending = 'stopped';
    this.signal('SIGTERM');
    // Not of a later one: the timeout outlives a stop that is quick.
    const child = this.#child!;
    const tooLong = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await this.#exited;
    clearTimeout(tooLong);
    const entry = this.life.entries.find(({ msg }) => msg.startsWith('stopped: '));
    this.life.final = entry?.['ledger'] as LedgerStatement | undefined;
  }

  /** Stops it in its tracks, every thread of it, until the answer is called. */
  async freeze(): Promise<() => void> {
    this.signal('SIGSTOP');
    const { pid } = this;
    const threadsStopped = (): boolean =>
      readdirSync(`/proc/${pid}/task`).every((task) =>
        /\) [TtZX] /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')),
      );
    const until = Date.now() + PATIENCE;
    while (!threadsStopped()) {
      if (Date.now() > until) throw new Error('SIGSTOP did not stop it');
      await sleep(5);
    }
    return () => this.signal('SIGCONT');
  }

  /** Sends a command to the query port. */
  ask(command: string, timeout: number = PATIENCE): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.#options.queryPort, host: '127.0.0.1', allowHalfOpen: true });
      const chunks: Buffer[] = [];
      socket.setTimeout(timeout, () => socket.destroy(new Error(`no answer to ${command}`)));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => resolve(Buffer.concat(chunks)));
      socket.end(`${command}\n`);
    });
  }

  /** Asks for the ledger and notes it; `undefined` if there is no answer. */
  async poll(timeout: number = 2000): Promise<LedgerStatement | undefined> {
    if (!this.isRunning) return undefined;
    const { life } = this;
    try {
      const ledger = JSON.parse((await this.ask('LEDGER', timeout)).toString()) as LedgerStatement;
      if (life !== this.life) return undefined;
      life.polled = ledger;
      this.polls++;
      if (Math.abs(ledger.unaccounted) > this.unaccounted) {
        this.unaccounted = Math.abs(ledger.unaccounted);
        const accounts = { ...ledger.sources, ...ledger.pipelines, ...ledger.sinks };
        this.unbalanced = Object.fromEntries(
          Object.entries(accounts).filter(([, { unaccounted }]) => unaccounted !== 0),
        );
      }
      return ledger;
    } catch {
      return undefined;
    }
  }

  /** What it is doing, if it does not answer. */
  async stack(): Promise<string> {
    return this.isRunning ? stackOf(this.pid, () => this.#said) : 'it does not run';
  }

  /** Notes what it uses now. */
  sample(): void {
    if (!this.isRunning) return;
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      const names = readdirSync(`/proc/${this.pid}/fd`);
      const sockets = names.filter((name) => this.#isSocket(name)).length;
      this.samples.push({
        at: Date.now(),
        residentBytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
        descriptors: names.length,
        sockets,
        heapBytes: this.life.polled?.process?.heapUsed ?? 0,
        bufferBytes: this.life.polled?.process?.arrayBuffers ?? 0,
        ...this.#countTimers(),
      });
    } catch {
      // It has just ended, or this is no Linux.
    }
  }

  #countTimers(): { readonly timers: number; readonly handles: number } {
    const path = `${this.#options.clock}.timers`;
    const [pid, timers, handles] = existsSync(path) ? readFileSync(path, 'utf8').split(' ').map(Number) : [];
    return pid === this.pid ? { timers: timers ?? 0, handles: handles ?? 0 } : { timers: 0, handles: 0 };
  }

  #isSocket(descriptor: string): boolean {
    try {
      return readlinkSync(`/proc/${this.pid}/fd/${descriptor}`).startsWith('socket:');
    } catch {
      return false;
    }
  }

  #read(life: Life, text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith('{')) continue;
      try {
        life.entries.push(JSON.parse(line) as LogEntry);
      } catch {
        // Not one of its entries.
      }
    }
  }
}
