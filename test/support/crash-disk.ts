/**
 * A disk in memory that knows what was synced. At a power cut it keeps that, and of the rest whatever a file system may keep:
 *
 * - of what was written to a file since its last sync: nothing, all, or the beginning, cut at any byte; and the size can be
 *   ahead of the data, which then reads as zeros
 * - of what happened to the names of a directory since its last sync: nothing, all, the beginning (`ordered`, as a journal
 *   does it), or any of it, each operation as a whole. So a file that was made can be gone, or there and empty; a link, a rename, an unlink
 *   can be undone, or done although what came before it is not. A sync of a file says nothing about its name
 * - of what a sync that failed should have made durable: zeros, also if a later sync succeeds; until the cut it can be read
 *
 * What it does not model: later blocks of a file that reach the disk before earlier ones. No format without a checksum for each line can
 * tell such a hole from a line of zeros.
 *
 * It is a {@link FileSystem} like the machine's, with the same errors, without symbolic links. Put a FaultyFileSystem over it to
 * let operations fail, or to choose the one that the power cut comes at.
 */
import { dirname } from 'node:path';
import {
  type DirectoryEntry,
  type FileStatus,
  type FileSystem,
  OPEN_FLAGS,
  type OpenFile,
} from '../../src/core/file-system.ts';

/** A choice between 0 and `below`, without it. */
export type Choose = (below: number) => number;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

interface FileNode {
  readonly kind: 'file';
  readonly ino: number;
  mode: number;
  links: number;
  content: Buffer;
  durable: Buffer;
  /** What happened to `durable` since. */
  changes: Change[];
  /** What a failed sync has cost: from, to. */
  lost: (readonly [number, number])[];
}

/** What one operation does to names; `undefined` takes one away. */
type NameChange = ReadonlyMap<string, Node | undefined>;

interface DirectoryNode {
  readonly kind: 'directory';
  readonly ino: number;
  mode: number;
  links: number;
  names: Map<string, Node>;
  durable: Map<string, Node>;
  changes: NameChange[];
}

type Node = FileNode | DirectoryNode;

const FILE_TYPE = 0o100000;
const DIRECTORY_TYPE = 0o040000;

let disks = 0;

export class CrashDisk implements FileSystem {
  /** Unlike that of any other disk: locks are named after it. */
  readonly dev = process.pid * 10_000 + disks++;
  /** How many power cuts there were. */
  cuts = 0;
  /** How many syncs have failed. */
  failedSyncs = 0;
  #syncsToFail: { after: number; times: number } = { after: 0, times: 0 };
  #nextIno = 2;
  readonly #root: DirectoryNode;
  readonly #hardLinks: boolean;

  /** @param hardLinks - whether a file can have two names, as on FAT it cannot */
  constructor({ hardLinks = true }: { hardLinks?: boolean } = {}) {
    this.#hardLinks = hardLinks;
    this.#root = this.#makeDirectory(0o755);
  }

  /** Cuts the power. What is there from now on is what the next start finds. Answers whether names were kept in order. */
  cut(choose: Choose): { ordered: boolean } {
    this.cuts++;
    const ordered = choose(2) === 0;
    const links = new Map<Node, number>();
    const visit = (directory: DirectoryNode): void => {
      directory.names = surviving(directory, choose, ordered);
      settle(directory);
      for (const node of directory.names.values()) {
        links.set(node, (links.get(node) ?? 0) + 1);
        if (node.kind === 'directory') visit(node);
      }
    };
    visit(this.#root);
    for (const [node, count] of links) {
      node.links = count;
      if (node.kind === 'directory') continue;
      node.content = withoutLost(survivingBytes(node, choose), node.lost);
      node.lost = [];
      settle(node);
    }
    return { ordered };
  }

  /** Lets the `at`-th sync from now on fail (the first is 1), and those that follow, `times` in all. */
  failSync(at: number, times: number): void {
    this.#syncsToFail = { after: at - 1, times };
  }

  /** The names in a directory, and what each leads to, as they are at the moment. */
  files(path: string): Map<string, { readonly bytes: Buffer; readonly links: number }> {
    const node = this.#find(path);
    const found = new Map<string, { bytes: Buffer; links: number }>();
    if (node?.kind !== 'directory') return found;
    for (const [name, each] of node.names) {
      if (each.kind === 'file') found.set(name, { bytes: each.content, links: each.links });
    }
    return found;
  }

  async open(path: string, flags: number, mode = 0o666): Promise<OpenFile> {
    let node = this.#find(path);
    const creates = (flags & OPEN_FLAGS.create) !== 0;
    if (node && creates && (flags & OPEN_FLAGS.exclusive) !== 0) throw systemError('EEXIST', 'open', path);
    if (!node) {
      if (!creates) throw systemError('ENOENT', 'open', path);
      const made: FileNode = this.#makeFile(mode & 0o666);
      change(this.#parentOf(path), [[nameIn(path), made]]);
      node = made;
    }
    const writes = (flags & (OPEN_FLAGS.write | OPEN_FLAGS.readWrite)) !== 0;
    if (node.kind === 'directory') {
      if (writes) throw systemError('EISDIR', 'open', path);
    } else if (OPEN_FLAGS.directory !== 0 && (flags & OPEN_FLAGS.directory) === OPEN_FLAGS.directory) {
      throw systemError('ENOTDIR', 'open', path);
    }
    return this.#opened(node, path, { writes, appends: (flags & OPEN_FLAGS.append) !== 0 });
  }

  async mkdir(
    path: string,
    { recursive, mode }: { recursive: boolean; mode: number },
  ): Promise<string | undefined> {
    const there = this.#find(path);
    if (there) {
      if (recursive && there.kind === 'directory') return undefined;
      throw systemError('EEXIST', 'mkdir', path);
    }
    const parent = dirname(path);
    const first =
      recursive && !this.#find(parent) ? await this.mkdir(parent, { recursive, mode }) : undefined;
    change(this.#parentOf(path), [[nameIn(path), this.#makeDirectory(mode & 0o777)]]);
    return first ?? path;
  }

  async readdir(path: string): Promise<string[]> {
    return [...this.#directoryAt(path).names.keys()];
  }

  async readEntries(path: string): Promise<DirectoryEntry[]> {
    return [...this.#directoryAt(path).names].map(([name, node]) => ({
      name,
      isFile: () => node.kind === 'file',
    }));
  }

  async stat(path: string): Promise<FileStatus> {
    const node = this.#find(path);
    if (!node) throw systemError('ENOENT', 'stat', path);
    return this.#statusOf(node);
  }

  lstat(path: string): Promise<FileStatus> {
    return this.stat(path);
  }

  async realpath(path: string): Promise<string> {
    if (!this.#find(path)) throw systemError('ENOENT', 'realpath', path);
    return `/${partsOf(path).join('/')}`;
  }

  async link(existing: string, path: string): Promise<void> {
    const node = this.#find(existing);
    if (node?.kind !== 'file') throw systemError('ENOENT', 'link', existing);
    if (!this.#hardLinks) throw systemError('EPERM', 'link', path);
    if (this.#find(path)) throw systemError('EEXIST', 'link', path);
    change(this.#parentOf(path), [[nameIn(path), node]]);
  }

  async rename(from: string, to: string): Promise<void> {
    const node = this.#find(from);
    if (node?.kind !== 'file') throw systemError('ENOENT', 'rename', from);
    const parent = this.#parentOf(from);
    if (parent !== this.#parentOf(to)) throw systemError('EXDEV', 'rename', to);
    // Two names of one file: nothing happens.
    if (this.#find(to) === node) return;
    change(parent, [
      [nameIn(from), undefined],
      [nameIn(to), node],
    ]);
  }

  async unlink(path: string): Promise<void> {
    const node = this.#find(path);
    if (!node) throw systemError('ENOENT', 'unlink', path);
    if (node.kind === 'directory') throw systemError('EISDIR', 'unlink', path);
    change(this.#parentOf(path), [[nameIn(path), undefined]]);
  }

  async chmod(path: string, mode: number): Promise<void> {
    const node = this.#find(path);
    if (!node) throw systemError('ENOENT', 'chmod', path);
    node.mode = mode & 0o7777;
  }

  #opened(node: Node, path: string, how: { writes: boolean; appends: boolean }): OpenFile {
    const cuts = this.cuts;
    const file = (operation: string): FileNode => {
      if (cuts !== this.cuts) throw systemError('EIO', operation, path);
      if (node.kind !== 'file') throw systemError('EISDIR', operation, path);
      return node;
    };
    const sync = async (): Promise<void> => {
      if (cuts !== this.cuts) throw systemError('EIO', 'fsync', path);
      if (this.#syncsToFail.times > 0 && this.#syncsToFail.after-- <= 0) {
        this.#syncsToFail.times--;
        this.failedSyncs++;
        if (node.kind === 'file') node.lost.push([node.durable.length, node.content.length]);
        throw systemError('EIO', 'fsync', path);
      }
      settle(node);
    };
    return {
      writev: async (buffers, position) => {
        const to = file('write');
        if (!how.writes) throw systemError('EBADF', 'write', path);
        // The buffers are the caller's again afterwards.
        const bytes = Buffer.concat(buffers);
        if (bytes.length > 0) apply(to, { at: how.appends ? to.content.length : position, bytes });
        return { bytesWritten: bytes.length };
      },
      read: async (buffer, offset, length, position) => {
        const from = file('read').content;
        return { bytesRead: from.subarray(position, position + length).copy(buffer, offset) };
      },
      truncate: async (size) => apply(file('ftruncate'), { size }),
      sync,
      datasync: sync,
      stat: async () => this.#statusOf(node),
      chmod: async (mode) => {
        node.mode = mode & 0o7777;
      },
      close: async () => {},
    };
  }

  #statusOf(node: Node): FileStatus {
    const isFile = node.kind === 'file';
    return {
      size: isFile ? node.content.length : 4096,
      mtimeMs: 0,
      dev: this.dev,
      ino: node.ino,
      nlink: node.links,
      mode: (isFile ? FILE_TYPE : DIRECTORY_TYPE) | node.mode,
      isFile: () => isFile,
      isDirectory: () => !isFile,
      isSymbolicLink: () => false,
    };
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of partsOf(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = node.names.get(part);
    }
    return node;
  }

  #directoryAt(path: string): DirectoryNode {
    const node = this.#find(path);
    if (!node) throw systemError('ENOENT', 'scandir', path);
    if (node.kind !== 'directory') throw systemError('ENOTDIR', 'scandir', path);
    return node;
  }

  #parentOf(path: string): DirectoryNode {
    return this.#directoryAt(dirname(`/${partsOf(path).join('/')}`));
  }

  #makeFile(mode: number): FileNode {
    const nothing = Buffer.alloc(0);
    return {
      kind: 'file',
      ino: this.#nextIno++,
      mode,
      links: 0,
      content: nothing,
      durable: nothing,
      changes: [],
      lost: [],
    };
  }

  #makeDirectory(mode: number): DirectoryNode {
    return {
      kind: 'directory',
      ino: this.#nextIno++,
      mode,
      links: 1,
      names: new Map(),
      durable: new Map(),
      changes: [],
    };
  }
}

function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

function nameIn(path: string): string {
  return partsOf(path).at(-1)!;
}

/** Makes what is there durable. */
function settle(node: Node): void {
  if (node.kind === 'file') node.durable = withoutLost(node.content, node.lost);
  else node.durable = new Map(node.names);
  node.changes = [];
}

function apply(file: FileNode, what: Change): void {
  file.changes.push(what);
  file.content = changed(file.content, what);
  // What is cut off and written again is as good as new.
  if ('size' in what) file.lost = file.lost.map(([from, to]) => [from, Math.min(to, what.size)]);
}

function changed(content: Buffer, what: Change): Buffer {
  if ('size' in what) return resized(content, what.size);
  const { at, bytes } = what;
  const result = resized(content, Math.max(content.length, at + bytes.length));
  bytes.copy(result, at);
  return result;
}

function withoutLost(content: Buffer, lost: FileNode['lost']): Buffer {
  if (lost.length === 0) return content;
  const result = Buffer.from(content);
  for (const [from, to] of lost) result.subarray(from, to).fill(0);
  return result;
}

/** A copy of another size; what is added is zeros. */
function resized(content: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  content.copy(result, 0, 0, size);
  return result;
}

function change(directory: DirectoryNode, entries: readonly (readonly [string, Node | undefined])[]): void {
  const what = new Map(entries);
  directory.changes.push(what);
  for (const [name, node] of what) {
    const before = directory.names.get(name);
    if (before) before.links--;
    if (node) node.links++;
  }
  rename(directory.names, what);
}

function rename(names: Map<string, Node>, what: NameChange): void {
  for (const [name, node] of what) {
    if (node) names.set(name, node);
    else names.delete(name);
  }
}

/** What a power cut leaves of the names. */
function surviving({ durable, changes }: DirectoryNode, choose: Choose, ordered: boolean): Map<string, Node> {
  const names = new Map(durable);
  const kept = ordered ? choose(changes.length + 1) : changes.length;
  for (const what of changes.slice(0, kept)) {
    if (ordered || choose(2) === 1) rename(names, what);
  }
  return names;
}

/** What a power cut leaves of the bytes. */
function survivingBytes({ durable, changes }: FileNode, choose: Choose): Buffer {
  let content = durable;
  const whole = choose(changes.length + 1);
  for (const what of changes.slice(0, whole)) content = changed(content, what);
  const next = changes[whole];
  if (!next || 'size' in next) return content;
  const { at, bytes } = next;
  const cut = choose(bytes.length + 1);
  if (cut > 0) content = changed(content, { at, bytes: bytes.subarray(0, cut) });
  // The size can be ahead of the data.
  return choose(2) === 0 ? content : resized(content, Math.max(content.length, at + bytes.length));
}

function systemError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path });
}
