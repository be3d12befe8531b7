/**
 * Finds what a component leaves open, and what it opens too early.
 *
 * A leak is what grows with each life of a component. So where something is left, the same life is lived once more: what a
 * module makes once (a pool, a cache with a timer) is left the first time only.
 *
 * Three ways of looking, since no single one sees everything:
 * - `process.getActiveResourcesInfo()` counts what keeps the process alive: sockets, servers, child processes.
 * - The file system shows open files, also those without a handle.
 * - Timers and immediates are followed by async hooks, also those that keep nothing alive. Only those count that were set by
 *   code outside of Node, in the asynchronous context of the life: neither those of the test runner nor those of Node's own
 *   pools of connections.
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

/** Follows the asynchronous resources of one life. */
class Follower {
  /** Where each timer that still runs was set, by its asynchronous id. */
  readonly timers = new Map<number, string>();
  /** What was opened or begun. */
  readonly opened = new Set<string>();
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
  const resources = countResources();
  const files = await openFiles();
  const hook = follow(follower).enable();
  try {
    await following.run(follower, work);
    return await whatIsLeft(async () => [
      ...follower.timers.values().map((place) => `a timer that was set ${place}`),
      ...grown(resources, countResources()),
      ...added(files, await openFiles()),
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
    init(id, type) {
      const what = OPENING.get(type);
      if (what === undefined || following.getStore() !== follower) return;
      const isTimer = type === 'Timeout' || type === 'Immediate';
      const place = isTimer ? callerOutsideOfNode() : undefined;
      if (isTimer && place === undefined) return;
      if (place !== undefined) follower.timers.set(id, place);
      follower.opened.add(place === undefined ? what : `${what}, set ${place}`);
    },
    destroy: (id) => void follower.timers.delete(id),
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

/** What keeps the process alive, by kind. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // Followed by hooks: those of the kit itself and of the test runner are among them.
    if (kind === 'Timeout' || kind === 'Immediate') continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function grown(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
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
