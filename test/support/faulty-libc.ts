/** Real faults of file operations in a process of its own: see faulty-libc.c. Needs Linux and a C compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { eventually } from './logcaster-process.ts';

const SOURCE = fileURLToPath(new URL('./faulty-libc.c', import.meta.url));

/** What can be ordered. */
export type Order = 'sync-error' | 'sync-slow' | 'write-half' | 'kill' | 'power';

export class FaultyLibc {
  readonly #home: string;
  readonly #orders: string;

  /** Compiles the library. It is removed when the test ends. */
  constructor() {
    this.#home = mkdtempSync(join(tmpdir(), 'logcaster-libc-'));
    onTestFinished(() => rmSync(this.#home, { recursive: true, force: true }));
    this.#orders = join(this.#home, 'orders');
    mkdirSync(this.#orders);
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', this.#library, SOURCE, '-ldl'], { stdio: 'pipe' });
  }

  /** What a process needs to get the faults. One thread for files, so that operations come one after the other. */
  get env(): Readonly<Record<string, string>> {
    return { LD_PRELOAD: this.#library, FAULTS: this.#orders, UV_THREADPOOL_SIZE: '1' };
  }

  /** Orders a fault; `at` is the number of the operation, the next one is 1. */
  order(order: Order, at = 1): void {
    rmSync(join(this.#orders, `fired-${order}`), { force: true });
    writeFileSync(join(this.#orders, order), String(at).padEnd(9));
  }

  /** Takes an order back that was not carried out. */
  cancel(order: Order): void {
    rmSync(join(this.#orders, order), { force: true });
  }

  /** The operation that a fault hit; `undefined` if there was none yet. */
  fired(order: Order): string | undefined {
    const path = join(this.#orders, `fired-${order}`);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** Waits until the fault has happened. */
  async hasFired(order: Order): Promise<void> {
    await eventually(() => expect(this.fired(order)).toBeDefined());
  }

  get #library(): string {
    return join(this.#home, 'faulty-libc.so');
  }

  /** Why there can be no such faults here; `undefined` if there can. */
  static problem(): string | undefined {
    if (process.platform !== 'linux') return 'it takes Linux';
    return spawnSync('cc', ['--version']).status === 0 ? undefined : 'there is no C compiler';
  }
}
