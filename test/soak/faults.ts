/**
 * The faults. Each asserts that it really happened before it counts as fired; what cannot be done on this machine is said so
 * before the run.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SinkStatement } from '../../src/core/ledger.ts';
import { type CollectorProcess, PATIENCE } from './collector-process.ts';
import { between, pick, type Random } from './random.ts';
import type { Prepared, Written } from './topology.ts';
import type { Witness } from './witness.ts';

export const FAULTS = ['kill', 'term', 'full', 'slow', 'reset', 'clock', 'stop', 'reload', 'rotate'] as const;
export type Fault = (typeof FAULTS)[number];

/** Of each lane one at a time; those of different lanes overlap. */
export const LANES: readonly (readonly Fault[])[] = [
  ['kill', 'term', 'stop', 'reload'],
  ['full'],
  ['slow', 'rotate', 'clock'],
];

const FULL_DISK_BYTES = 2 ** 30;

/** What faults work on. */
export interface Scene {
  readonly collector: CollectorProcess;
  readonly prepared: Prepared;
  readonly configPath: string;
  readonly clockPath: string;
  /** By sink; those of log directories. */
  readonly witnesses: ReadonlyMap<string, Witness>;
  /** The directory on a small disk, if there is one. */
  readonly disk: string | undefined;
  /** Told before the collector starts again: everything that it stored so far is in the files. */
  readonly onLifeEnded: () => void;
  readonly breach: (what: string) => void;
  readonly note: (what: string) => void;
  /** Does something to the process when nobody else does. */
  readonly alone: <T>(job: () => Promise<T>) => Promise<T>;
}

/** How often each fault has fired, in its kinds: `rotate delete`. */
export type Fired = Map<string, number>;

/** Whether a small disk can be mounted; if not, why. */
export function diskProblem(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'logcaster-soak-disk-'));
  try {
    mountDisk(path);
    unmountDisk(path);
    return undefined;
  } catch (error) {
    return `cannot mount a tmpfs (${(error as Error).message.split('\n')[0]})`;
  } finally {
    rmdirSync(path);
  }
}

export function mountDisk(path: string): void {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${FULL_DISK_BYTES},mode=0750`, 'tmpfs', path], {
    stdio: 'pipe',
  });
}

export function unmountDisk(path: string): void {
  execFileSync('umount', ['-l', path], { stdio: 'pipe' });
}

function resizeDisk(path: string, bytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${bytes}`, path], { stdio: 'pipe' });
}

/** Leaves no space on the disk. It may not get smaller than what is on it, and that grows meanwhile. */
async function shrinkDisk(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { blocks, bfree, bsize } = statfsSync(path);
    try {
      return resizeDisk(path, Math.max(1, blocks - bfree) * bsize);
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(20);
    }
  }
}

/** Makes one fault happen. Answers what happened, or `undefined` if it could not just now. */
export async function fire(fault: Fault, scene: Scene, random: Random): Promise<string | undefined> {
  const { alone } = scene;
  switch (fault) {
    case 'kill':
      return alone(() => killAndRestart(scene, random));
    case 'term':
      return alone(() => stopAndRestart(scene));
    case 'stop':
      return alone(() => freezeFor(scene, between(random, 200, 2500)));
    case 'reload':
      return alone(() => reload(scene, random));
    case 'full':
      return fillDisk(scene, between(random, 500, 4000));
    case 'slow':
      return beSlow(scene, random);
    case 'clock':
      return shiftClock(scene, random);
    case 'rotate':
      return meddle(scene, random);
    case 'reset':
      break; // The sender does it.
  }
  return undefined;
}

/**
 * SIGKILL, and a start. Now and then in the midst of a stop, of a reload, of a start; and now and then with what a write leaves
 * that was cut off in the middle, since chance hardly ever makes one.
 */
async function killAndRestart(scene: Scene, random: Random): Promise<string> {
  const { collector, configPath, prepared } = scene;
  const how = ['kill'];
  const moment = random();
  if (moment < 0.2) {
    how.push('in a stop');
    // It may come to its end before.
    collector.life.ending = 'killed';
    collector.signal('SIGTERM');
  } else if (moment < 0.4) {
    how.push('in a reload');
    writeFileSync(configPath, JSON.stringify(vary(prepared.config, random)));
    collector.signal('SIGHUP');
  }
  if (how.length > 1) await sleep(between(random, 0, 400));
  await collector.kill();
  scene.onLifeEnded();
  const torn = random() < 0.5 ? pick(random, [...scene.witnesses.values(), undefined]) : undefined;
  if (torn?.tear()) how.push('torn');
  if (random() < 0.3) {
    how.push('in a start');
    await collector.startAndKill(between(random, 100, 1500));
    scene.onLifeEnded();
  }
  await startAgain(scene);
  return how.join(' ');
}

/** SIGTERM, and a start. */
async function stopAndRestart(scene: Scene): Promise<string> {
  const { collector } = scene;
  await collector.poll();
  await collector.stop();
  scene.onLifeEnded();
  const { final, code } = collector.life;
  if (!final) scene.breach(`SIGTERM: it did not say what it stored (exit code ${code})`);
  else if (final.unaccounted !== 0) scene.breach(`SIGTERM: ${final.unaccounted} lines are unaccounted for`);
  await startAgain(scene);
  return code === 0 ? 'term' : `term (exit code ${code})`;
}

/** A start on a full disk may be refused, and then must work as soon as there is space. */
async function startAgain({ collector, disk, note }: Scene): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await collector.start();
    } catch (error) {
      const isFull = disk !== undefined && /ENOSPC|no space/i.test((error as Error).message);
      if (!isFull || attempt === 20) throw error;
      note('a start was refused since the disk was full');
      // It may get full again at once.
      resizeDisk(disk, FULL_DISK_BYTES);
    }
  }
}

async function freezeFor({ collector }: Scene, ms: number): Promise<string> {
  const resume = await collector.freeze();
  await sleep(ms);
  resume();
  return 'stop';
}

/** Tells it to load another configuration: another size here and there, now and then one that is wrong. */
async function reload(scene: Scene, random: Random): Promise<string | undefined> {
  const { collector, configPath, prepared } = scene;
  const isBad = random() < 0.25;
  const next = isBad ? { ...prepared.config, sinkz: {} } : vary(prepared.config, random);
  writeFileSync(configPath, JSON.stringify(next));
  const { life } = collector;
  const answers = (): string[] =>
    life.entries.map(({ msg }) => msg).filter((msg) => msg.startsWith('SIGHUP: '));
  const before = answers().length;
  collector.signal('SIGHUP');
  const until = Date.now() + PATIENCE;
  while (answers().length === before) {
    if (Date.now() > until) {
      scene.breach(`no answer to SIGHUP: ${await collector.stack()}`);
      return undefined;
    }
    await sleep(20);
  }
  const answer = answers()[before]!;
  if (answer.startsWith('SIGHUP: reloaded') === isBad) scene.breach(`reload: ${answer.slice(0, 400)}`);
  // A start later on must find a good one.
  if (isBad) writeFileSync(configPath, JSON.stringify(prepared.config));
  await collector.poll();
  return isBad ? 'reload refused' : 'reload';
}

function vary(config: Written, random: Random): Written {
  const next = structuredClone(config);
  for (const source of Object.values(next.sources)) {
    // Another source in the place of the one before: it listens at the same place.
    if (random() < 0.2) source['backlog'] = between(random, 512, 1024);
  }
  for (const sink of Object.values(next.sinks)) {
    if (random() < 0.5) continue;
    if (sink['type'] === 'file' || sink['type'] === 'archive') {
      sink['maxSize'] = between(random, 48, 320) * 1024;
      sink['durability'] = pick(random, ['none', 'interval', 'always']);
    }
    if (sink['type'] === 'ring') sink['maxLines'] = between(random, 1000, 8000);
    if (random() < 0.5)
      sink['queue'] = { ...(sink['queue'] as object), maxBytes: `${between(random, 32, 256)}KiB` };
  }
  return next;
}

async function fillDisk({ collector, disk, prepared, note }: Scene, ms: number): Promise<string | undefined> {
  if (disk === undefined) return undefined;
  const sink = prepared.sinks.find(({ directory }) => directory === disk)!.name;
  await collector.poll();
  const { life } = collector;
  const before = life.polled?.sinks[sink]?.retries ?? 0;
  const isFelt = (): boolean =>
    (collector.life.polled?.sinks[sink]?.retries ?? 0) > (collector.life === life ? before : 0);
  await shrinkDisk(disk);
  let felt = false;
  try {
    const until = Date.now() + 15_000;
    while (!felt && Date.now() < until) {
      await sleep(100);
      await collector.poll();
      felt = isFelt();
    }
    await sleep(ms);
  } finally {
    resizeDisk(disk, FULL_DISK_BYTES);
  }
  if (!felt) note('the disk was full, but no write failed');
  return felt ? 'full' : undefined;
}

/**
 * One of the plugin's sinks is a bad one for a while. It counts when the ledger shows it: lines wait, go on to disk, or are refused
 * and become dead letters.
 */
async function beSlow({ prepared, collector }: Scene, random: Random): Promise<string | undefined> {
  const spills = random() < 0.5;
  const sink = spills ? 'soakSpill' : 'soakSlow';
  const control = spills ? prepared.spillControl : prepared.control;
  const modes = spills ? (['slow', 'hang', 'fail'] as const) : (['slow', 'hang', 'fail', 'reject'] as const);
  const mode = pick<string>(random, modes);
  const said = (): SinkStatement | undefined => collector.life.polled?.sinks[sink];
  const refused = (): number => said()?.rejected['told']?.lines ?? 0;
  await collector.poll();
  const { life } = collector;
  const before = refused();
  writeFileSync(control, mode);
  await sleep(between(random, 2000, 6000));
  await collector.poll();
  const waits = said()?.inFlight ?? 0;
  const { lines: spilled } = (said()?.['spill'] ?? { lines: 0 }) as { readonly lines: number };
  writeFileSync(control, 'normal');
  const isSeen = mode === 'reject' ? refused() > (life === collector.life ? before : 0) : waits > 0;
  if (!isSeen) return undefined;
  return spilled > 0 ? `slow (${mode}, on to disk)` : `slow (${mode})`;
}

const HOUR = 3_600_000;

async function shiftClock({ clockPath }: Scene, random: Random): Promise<string | undefined> {
  const shift =
    pick(random, [-HOUR, 10 * 365 * 24 * HOUR, -24 * HOUR, 5000, -5000, 0]) + between(random, 0, 999);
  writeFileSync(clockPath, String(shift));
  const until = Date.now() + 10_000;
  while (Date.now() < until) {
    try {
      if (readFileSync(`${clockPath}.seen`, 'utf8') === String(shift)) return 'clock';
    } catch {
      // Not yet.
    }
    await sleep(50);
  }
  return undefined;
}

/** Does to `current.log` what people and logrotate do. */
async function meddle(scene: Scene, random: Random): Promise<string | undefined> {
  const witness = pick(random, [...scene.witnesses.values()]);
  const kind = pick(random, ['rename', 'delete', 'truncate'] as const);
  // Not between a kill and the start: half a line that the kill left would be in the file that is moved.
  if (kind === 'rename') {
    return scene.alone(async () => (witness.moveCurrent() ? 'rotate (rename)' : undefined));
  }
  return scene.alone(async () => {
    const resume = await scene.collector.freeze();
    try {
      const done = kind === 'delete' ? witness.deleteCurrent() : witness.truncateCurrent();
      return done ? `rotate (${kind})` : undefined;
    } finally {
      resume();
    }
  });
}
