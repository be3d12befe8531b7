/**
 * Scans files in a thread of its own, so that a search is not felt by what else this process does. The files stay here: this thread
 * reads, through the file-system seam, what that one asks for, one block at a time; it decompresses, looks for lines and sends back
 * what it finds, four pieces ahead at most.
 *
 * A thread that has done its search waits a while for the next one, one at most. A search that is left early takes its thread along.
 */
import { Buffer } from 'node:buffer';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { systemClock, type Timer } from '../core/clock.ts';
import type { ExpressionSource } from '../core/line-condition.ts';
import { readFully } from '../core/log-directory/log-file.ts';
import type { FileQuery, FileToScan } from './file-to-scan.ts';
import type { LinesOfFile } from './found-lines.ts';
import { READ_BYTES, type Readable } from './raw-blocks.ts';
import type { FromThread, ToThread } from './scan-protocol.ts';
import type { ScanListener, Scanner } from './scanner.ts';

/** How long a thread waits for the next search, in ms: to start one takes a few tenths of a second of CPU time. */
const IDLE = 10_000;

/** The one that waits, if there is one. */
let idle: { readonly owner: Owner; readonly timer: Timer } | undefined;

/** Begins to find, in a thread, the lines that an expression matches. */
export function scanInThread(expression: ExpressionSource | undefined, query: FileQuery): Scanner {
  const owner = takeIdle() ?? new Owner();
  owner.begin(expression, query);
  let isReleased = false;
  return {
    scan(file, target, listener) {
      // It may work for somebody else by now.
      if (isReleased) throw new Error('the search has ended');
      return owner.scan(file, target, listener);
    },
    async [Symbol.asyncDispose]() {
      if (isReleased) return;
      isReleased = true;
      await release(owner);
    },
  };
}

function takeIdle(): Owner | undefined {
  const waiting = idle;
  idle = undefined;
  waiting?.timer.cancel();
  return waiting?.owner.isFree ? waiting.owner : undefined;
}

/** Lets a thread wait that has nothing more to do, and ends any other. */
async function release(owner: Owner): Promise<void> {
  if (idle || !owner.isFree) return owner.end();
  const timer = systemClock.after(IDLE, () => {
    idle = undefined;
    void owner.end();
  });
  idle = { owner, timer };
}

class Owner {
  readonly #worker: Worker;
  readonly #arrived: FromThread[] = [];
  #wake: (() => void) | undefined;
  #failure: unknown;

  #isScanning = false;

  constructor() {
    const worker = new Worker(new URL(`./scan-worker${extname(import.meta.url)}`, import.meta.url));
    // Whoever waits for it keeps the process alive; it alone does not.
    worker.unref();
    this.#worker = worker;
    worker.on('message', (message: FromThread) => {
      this.#arrived.push(message);
      this.#wake?.();
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('the thread of the search has ended')));
  }

  /** Whether it does nothing, and could do something. */
  get isFree(): boolean {
    return !this.#isScanning && this.#failure === undefined;
  }

  begin(expression: ExpressionSource | undefined, query: FileQuery): void {
    this.#send({ kind: 'begin', expression, query });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  async *scan(
    file: Readable,
    target: FileToScan,
    { tally, warn }: ScanListener,
  ): AsyncGenerator<LinesOfFile> {
    const before = { ...tally };
    let failure: unknown;
    const note = (now: typeof tally): void => {
      tally.lines = before.lines + now.lines;
      tally.bytes = before.bytes + now.bytes;
      tally.matched = before.matched + now.matched;
    };
    this.#isScanning = true;
    this.#send({ kind: 'scan', target });
    for (;;) {
      const message = await this.#next();
      switch (message.kind) {
        case 'read':
          failure = await this.#answer(file, message);
          break;
        case 'piece': {
          note(message.tally);
          const { buffer, byteOffset, byteLength } = message.bytes;
          const bytes = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
          yield { bytes, bounds: message.bounds, receivedAt: message.receivedAt, file: target.name };
          this.#send({ kind: 'more' });
          break;
        }
        case 'warning':
          warn(message.message);
          break;
        case 'progress':
          note(message.tally);
          break;
        case 'done':
          this.#isScanning = false;
          note(message.tally);
          if (message.unreadable) throw failure as Error;
          return;
      }
    }
  }

  /** Answers why the file could not be read. */
  async #answer(file: Readable, asked: Extract<FromThread, { kind: 'read' }>): Promise<unknown> {
    const memory = asked.buffer ?? new ArrayBuffer(Math.max(READ_BYTES, asked.length));
    try {
      const length = await readFully(file, Buffer.from(memory), asked.length, asked.position);
      this.#send({ kind: 'bytes', buffer: memory, length }, [memory]);
      return undefined;
    } catch (error) {
      this.#send({ kind: 'unreadable' });
      return error;
    }
  }

  async #next(): Promise<FromThread> {
    for (;;) {
      const message = this.#arrived.shift();
      if (message) return message;
      if (this.#failure !== undefined) throw this.#failure as Error;
      this.#worker.ref();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#worker.unref();
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  #send(message: ToThread, memory: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, memory);
  }
}
