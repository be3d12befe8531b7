/**
 * What a command sees of the world: where it writes, what it reads, where it is. Commands get it as a parameter, so that
 * tests can run them in-process. This file is loaded for every `--help`: it imports nothing that takes time.
 */
import { styleText } from 'node:util';

/** How texts can be shown on a terminal. */
export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** A stream for people or tools. */
export interface Writer {
  write(text: string | Uint8Array): void;
  /**
   * Waits until there is room for more. `false`: nobody reads it any more.
   *
   * @param ahead - so many bytes may wait to be written; none by default
   */
  ready(ahead?: number): Promise<boolean>;
  readonly isTerminal: boolean;
  /** The width of the terminal, if it is one. */
  readonly columns?: number | undefined;
  /** Whether it shows colours: it is a terminal that has them, and the environment (`NO_COLOR`) does not forbid them. */
  readonly colors: boolean;
}

/** Where input comes from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** What a command sees of the world. */
export interface CommandContext {
  readonly out: Writer;
  readonly err: Writer;
  /** Standard input; looking at it opens it. */
  input(): Input;
  /** The working directory. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Waits until everything is written, or cannot be. */
  flush(): Promise<void>;
}

/** Runs what a command does and reports its exit code. What is wrong with flags or files is said on one line. */
export type Execute = (run: (context: CommandContext) => Promise<number>) => Promise<void>;

/** Puts colours around a text, if the writer shows them. */
export function paint(writer: Writer, format: Format | readonly Format[], text: string): string {
  return writer.colors ? styleText(format as Format, text, { validateStream: false }) : text;
}

/** The process's own streams, directory and environment. */
export function processContext(): CommandContext {
  return {
    out: toWriter(process.stdout),
    err: toWriter(process.stderr),
    input: () => process.stdin,
    cwd: process.cwd(),
    env: process.env,
    flush: async () => {
      await Promise.all([flush(process.stdout), flush(process.stderr)]);
    },
  };
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}

function toWriter(stream: NodeJS.WriteStream): Writer {
  let isListening = false;
  let isOver = false;
  let wake: (() => void) | undefined;
  const end = (): void => {
    isOver = true;
    wake?.();
  };
  return {
    write(text) {
      // A reader that has seen enough (`| head`) is no reason for a stack trace.
      if (!isListening)
        stream
          .on('error', end)
          .on('close', end)
          .on('drain', () => wake?.());
      isListening = true;
      if (!isOver) stream.write(text);
    },
    async ready(ahead = 0) {
      if (!isOver && stream.writableNeedDrain && stream.writableLength > ahead) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return !isOver;
    },
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get isTerminal() {
      return stream.isTTY;
    },
    get colors() {
      return styleText('red', '|', { stream }) !== '|';
    },
  };
}
