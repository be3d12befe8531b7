/** The real command on a real terminal: `script` of util-linux makes one. Where there is none, tests skip. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { COMPILE_CACHE } from './compile-cache.ts';
import { BIN, eventually, type ProcessOptions, temporaryDirectory } from './logcaster-process.ts';

/** Whether there is a way to a terminal. */
export const hasTerminal =
  spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') ?? false;

/** How it ended, and what was on the terminal. */
export interface TerminalExit {
  readonly code: number | null;
  readonly shown: string;
}

/** A command on a terminal of 80 columns. */
export class TerminalProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<TerminalExit>;
  /** What was written to the terminal so far. */
  shown = '';

  /** @param toShell - what a shell is to do with the command; by default it gives way to it, so that Ctrl-C reaches nobody else */
  constructor(
    args: readonly string[],
    { cwd = temporaryDirectory(), env = {} }: ProcessOptions = {},
    toShell = (command: string): string => `exec ${command}`,
  ) {
    const words = [process.execPath, BIN, ...args]
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
      .join(' ');
    const command = `stty cols 80; ${toShell(words)}`;
    // In CI, Node says of a terminal that it has no colours.
    const { NODE_OPTIONS: _, NO_COLOR: __, FORCE_COLOR: ___, CI: ____, ...inherited } = process.env;
    this.child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd,
      env: { ...inherited, ...COMPILE_CACHE, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text;
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code) => resolve({ code, shown: this.shown.replaceAll('\r\n', '\n') }));
    });
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Presses keys. */
  type(keys: string): void {
    this.child.stdin!.write(keys);
  }

  /** Waits until the terminal has shown something. */
  shows(text: string): Promise<void> {
    return eventually(() => {
      if (!this.shown.includes(text)) throw new Error(`not shown: ${text}, but:\n${this.shown}`);
    });
  }
}
