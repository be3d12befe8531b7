/**
 * What is named on the command line to be searched: files, directories and standard input, in the order in which they are named.
 *
 * A log directory is its files in the order in which they were written (log-directory.ts). Of any other directory the files are
 * taken by name; hidden ones are left out.
 */
import { join } from 'node:path';
import { errorCode, type FileSystem } from '../../../core/file-system.ts';
import { type Input, openFile } from './input.ts';
import { isLogDirectory, logDirectoryInputs } from './log-directory.ts';

/** Told of what cannot be searched. */
export type Complain = (name: string, problem: string) => void;

export interface InputsInit {
  readonly fs: FileSystem;
  readonly complain: Complain;
  /** Whether directories below a directory are searched, too. */
  readonly recursive: boolean;
  /** Finds the path of what was named. */
  readonly resolve: (name: string) => string;
  readonly standardInput: () => AsyncIterable<Uint8Array>;
  /** Reads what has no size: a pipe. */
  readonly openStream: (path: string) => AsyncIterable<Uint8Array>;
}

/** What the names lead to. What leads nowhere is complained of. */
export async function findInputs(names: readonly string[], init: InputsInit): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const name of names) {
    if (name === '-') inputs.push({ name, size: 0, open: async () => ({ stream: init.standardInput() }) });
    else await addInputs(inputs, name, init);
  }
  return inputs;
}

async function addInputs(inputs: Input[], name: string, init: InputsInit): Promise<void> {
  const { fs, complain, resolve } = init;
  const path = resolve(name);
  try {
    const status = await fs.stat(path);
    if (status.isDirectory()) {
      const entries = await fs.readdir(path);
      if (isLogDirectory(entries)) inputs.push(...(await logDirectoryInputs(fs, { name, path })));
      else await addDirectory(inputs, name, entries.toSorted(), init);
    } else if (status.isFile() && status.size > 0)
      inputs.push(fileInput(fs, { name, path, size: status.size }));
    // A pipe; or a file of the kernel, which has no size.
    else inputs.push({ name, size: 0, open: async () => ({ stream: init.openStream(path) }) });
  } catch (error) {
    complain(name, describeProblem(error));
  }
}

async function addDirectory(
  inputs: Input[],
  name: string,
  entries: readonly string[],
  init: InputsInit,
): Promise<void> {
  const { fs, complain, recursive, resolve } = init;
  const left: string[] = [];
  for (const entry of entries) {
    if (entry.startsWith('.')) continue;
    const inner = join(name, entry);
    const path = resolve(inner);
    try {
      // As `grep -r` has it: a link is followed only where it was named.
      const status = await fs.lstat(path);
      if (status.isFile()) inputs.push(fileInput(fs, { name: inner, path, size: status.size }));
      else if (status.isDirectory() && recursive) await addInputs(inputs, inner, init);
      else if (status.isDirectory()) left.push(entry);
    } catch (error) {
      complain(inner, describeProblem(error));
    }
  }
  if (left.length > 0)
    complain(name, `left out directories in it (${left.join(', ')}); -r searches them, too`);
}

/** What is known of a file before it is opened. */
export interface FilePlace {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

function fileInput(fs: FileSystem, { name, path, size }: FilePlace): Input {
  return { name, size, open: () => openFile(fs, path) };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of its path is no directory',
};

/** An error of the system, in a few words. */
export function describeProblem(error: unknown): string {
  return PROBLEMS[errorCode(error) ?? ''] ?? (error as Error).message;
}
