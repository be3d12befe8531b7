/** The seams of a trial: time stands still, and nothing is written. */
import type { Clock, Timer } from '../../core/clock.ts';
import { type FileSystem, OPEN_FLAGS, systemFileSystem } from '../../core/file-system.ts';

const NEVER: Timer = { cancel: () => {} };

/** A clock that stands at `now()`, so that the same lines always give the same result. Its timers never fire. */
export function stillClock(now: () => number): Clock {
  return { now, monotonic: () => 0, after: () => NEVER, every: () => NEVER };
}

/** A clock on which hours pass between two looks: what is logged once in a while is logged every time. */
export function hastyClock(now: () => number): Clock {
  let hours = 0;
  return { ...stillClock(now), monotonic: () => ++hours * 3_600_000 };
}

const WRITING = OPEN_FLAGS.write | OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.append;

/** The machine's file system, for reading only. */
export const readOnlyFileSystem: FileSystem = {
  ...systemFileSystem,
  open: (path, flags, mode) =>
    (flags & WRITING) === 0 ? systemFileSystem.open(path, flags, mode) : refuse('open', path),
  mkdir: (path) => refuse('mkdir', path),
  link: (_, path) => refuse('link', path),
  rename: (_, to) => refuse('rename', to),
  unlink: (path) => refuse('unlink', path),
  chmod: (path) => refuse('chmod', path),
};

function refuse(what: string, path: string): Promise<never> {
  return Promise.reject(new Error(`${what} ${path}: a trial writes nothing`));
}
