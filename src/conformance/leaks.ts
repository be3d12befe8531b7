/**
 * Finds what a component leaves open, and what it opens too early.
 *
 * A leak is what grows with each life of a component. So where something is left, the same life is lived once more: what a
 * module makes once (a pool, a cache with a timer) is left the first time only.
 *
 * Sockets, servers, timers, watchers and child processes are followed by async hooks, from when they are made in the
 * asynchronous context of the life: so neither what the test runner opens counts nor what belongs to the world of the
 * component. Node's own pools are left out: idle connections, which keep nothing alive, and timers that Node sets itself.
 * Open files have no such hook; the file system shows them, where it does.
 */
import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { sleep, systemClock } from '../core/clock.ts';
import { systemFileSystem } from '../core/file-system.ts';

/** What is the same for so long, in ms, and so many looks, is not going to be closed. */
const SETTLED_AFTER = 750;
const SETTLED_LOOKS = 25;

const DESCRIPTORS = '/proc/self/fd';

/** Kinds of asynchronous resources that stand for something opened or begun. */
const OPENING = new Map([
  ['Timeout', 'a timer'],
  ['Immediate', 'an immediate'],
  ['TCPWRAP', 'a TCP socket'],
  ['TCPSERVERWRAP', 'a TCP server'],
  ['PIPEWRAP', 'a pipe'],
  ['PIPESERVERWRAP', 'a unix socket'],
  ['UDPWRAP', 'a UDP socket'],
  ['FSREQCALLBACK', 'a file operation'],
  ['FSREQPROMISE', 'a file operation'],
  ['FSEVENTWRAP', 'a file watcher'],
  ['STATWATCHER', 'a file watcher'],
  ['PROCESSWRAP', 'a child process'],
  ['WORKER', 'a worker'],
  ['SIGNALWRAP', 'a signal handler'],
  ['GETADDRINFOREQWRAP', 'a DNS query'],
  ['QUERYWRAP', 'a DNS query'],
  ['HTTPCLIENTREQUEST', 'an HTTP request'],
]);

/** Of these, those that stay open until somebody closes them. */
const HANDLES = new Set(
  'TCPWRAP TCPSERVERWRAP PIPEWRAP PIPESERVERWRAP UDPWRAP FSEVENTWRAP STATWATCHER PROCESSWRAP WORKER SIGNALWRAP'.split(
    ' ',
  ),
);

/** Connections, of which those that keep nothing alive wait in a pool to be used again. */
const CONNECTIONS = new Set(['TCPWRAP', 'PIPEWRAP']);

/** What a handle of Node can say of itself. */
interface Handle {
  hasRef?(): boolean;
}

/** Follows the asynchronous resources of one life. */
class Follower {
  /** What is open, by its asynchronous id: what it is, and whether that counts. */
  readonly open = new Map<number, { readonly what: string; readonly counts: () => boolean }>();
  /** What was opened or begun, though it may be closed by now. */
  readonly opened = new Set<string>();

  /** What is open and should not be. */
  left(): string[] {
    return [...this.open.values()].filter(({ counts }) => counts()).map(({ what }) => what);
  }
}

const following = new AsyncLocalStorage<Follower>();

/** Does one part of a life under observation. */
export type Watch = (work: () => Promise<void>) => Promise<void>;

/** Lets a component live, and checks that it left no socket, file, timer or process behind. */
export async function leavingNothing(live: (watch: Watch) => Promise<void>): Promise<void> {
  let left: readonly string[] = [];
  for (let lives = 0; lives < 2; lives++) {
    await live(async (work) => void (left = await watch(work)));
    if (left.length === 0) return;
  }
  assert.fail(`left open: ${left.join(', ')}`);
}

/** What `make` opens or begins, at once or soon after. */
export async function openedBy(make: () => unknown): Promise<readonly string[]> {
  const follower = new Follower();
  const files = await openFiles();
  const hook = follow(follower).enable();
  try {
    following.run(follower, make);
    for (let turns = 0; turns < 5; turns++) await pause(2);
  } finally {
    hook.disable();
  }
  return [...follower.opened, ...added(files, await openFiles()).map((path) => `the file ${path}`)];
}

async function watch(work: () => Promise<void>): Promise<readonly string[]> {
  const follower = new Follower();
  const files = await openFiles();
  const hook = follow(follower).enable();
  try {
    await following.run(follower, work);
    return await whatIsLeft(async () => [
      ...follower.left(),
      ...added(files, await openFiles()).map((path) => `the file ${path}`),
    ]);
  } finally {
    hook.disable();
  }
}

/** What stays when things have had time to close: they do so in the turns of the loop that follow. */
async function whatIsLeft(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let before = '';
  let since = 0;
  for (let looks = 0; ; looks++) {
    const left = await look();
    if (left.length === 0) return left;
    const now = left.join();
    if (now !== before) {
      before = now;
      since = systemClock.monotonic();
      looks = 0;
    } else if (looks >= SETTLED_LOOKS && systemClock.monotonic() - since >= SETTLED_AFTER) return left;
    await pause(5);
  }
}

function follow(follower: Follower): ReturnType<typeof createHook> {
  return createHook({
    init(id, type, trigger, resource: Handle) {
      const kind = OPENING.get(type);
      // What a server accepts comes outside of any context; the server is what triggers it.
      if (kind === undefined || (following.getStore() !== follower && !follower.open.has(trigger))) return;
      const isTimer = type === 'Timeout' || type === 'Immediate';
      const place = isTimer ? callerOutsideOfNode() : undefined;
      if (isTimer && place === undefined) return;
      const what = place === undefined ? kind : `${kind}, set ${place}`;
      follower.opened.add(what);
      if (!isTimer && !HANDLES.has(type)) return;
      const counts = (): boolean => !CONNECTIONS.has(type) || resource.hasRef?.() !== false;
      follower.open.set(id, { what, counts });
    },
    destroy: (id) => void follower.open.delete(id),
  });
}

/** Stack frames that say nothing about who sets a timer. */
const BETWEEN = [
  'node:internal/async_hooks',
  'node:internal/timers',
  'node:timers',
  import.meta.filename,
  import.meta.filename.replace(/conformance([/\\])leaks(?=\.[jt]s$)/, 'core$1clock'),
];

/** The stack frame that sets a timer right now, as in `at RetrySink.write (retry-sink.ts:12:5)`; `undefined` for Node itself. */
function callerOutsideOfNode(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const frame = frames.find((line) => !BETWEEN.some((part) => line.includes(part)));
  if (frame === undefined) return 'somewhere';
  return /[( ]node:/.test(frame) ? undefined : frame.trim();
}

/** Open files and directories: their paths, by descriptor and file. Nothing where the system does not tell. */
async function openFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const descriptor of await systemFileSystem.readdir(DESCRIPTORS).catch(() => [])) {
    const link = `${DESCRIPTORS}/${descriptor}`;
    try {
      const status = await systemFileSystem.stat(link);
      if (!status.isFile() && !status.isDirectory()) continue;
      const path = await systemFileSystem.realpath(link).catch(() => 'that was removed');
      files.set(`${descriptor} ${status.dev} ${status.ino}`, path);
    } catch {
      // It was closed meanwhile.
    }
  }
  return files;
}

function added(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after].filter(([file]) => !before.has(file)).map(([, path]) => path);
}

/** Waits outside of the life. */
function pause(ms: number): Promise<void> {
  return sleep(systemClock, ms, undefined, { keepAlive: true });
}
