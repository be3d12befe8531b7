/** A soak: starts the collector and the sender, lets faults happen, stops everything, and has it judged. */
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/core/errors.ts';
import { Serial } from '../../src/core/serial.ts';
import { CollectorProcess, PATIENCE } from './collector-process.ts';
import { compareSinks } from './compare-sinks.ts';
import { endQuietly, happen, watch } from './course.ts';
import { countDeadLetters } from './dead-letters.ts';
import { diskProblem, type Fault, type Fired, LANES, mountDisk, type Scene, unmountDisk } from './faults.ts';
import { readJournal, type SenderOrder } from './journal.ts';
import { judge, type Verdict } from './judge.ts';
import type { SoakOptions } from './options.ts';
import { randomFrom } from './random.ts';
import { splitLines } from './read-lines.ts';
import { DEFAULT_CONFIG, prepare, readConfig } from './topology.ts';
import { checkUse } from './use.ts';
import { Witness } from './witness.ts';

const SENDER = fileURLToPath(new URL('sender.ts', import.meta.url));

export interface SoakResult {
  readonly options: SoakOptions;
  readonly run: string;
  readonly home: string;
  readonly notes: ReadonlyMap<string, number>;
  readonly skipped: ReadonlyMap<Fault, string>;
  readonly fired: Fired;
  readonly collector: CollectorProcess;
  readonly verdicts: readonly Verdict[];
  readonly sealed: number;
  readonly tornTails: number;
  /** Rejected lines that were found again. */
  readonly deadLetters: number;
  /** What is wrong beside what is wrong with the lines of one sink. */
  readonly breaches: readonly string[];
}

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'logcaster-soak-')));
  const cleanUp: (() => void)[] = [() => !options.keep && rmSync(home, { recursive: true, force: true })];
  const clean = (): void => {
    for (const each of cleanUp.splice(0).toReversed()) each();
  };
  // A disk that is mounted and processes must not stay behind.
  const onSignal = (signal: NodeJS.Signals): void => {
    clean();
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await run(options, home, cleanUp);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    clean();
  }
}

async function run(options: SoakOptions, home: string, cleanUp: (() => void)[]): Promise<SoakResult> {
  const name = `soak-${options.seed.toString(16)}`;
  const skipped = new Map<Fault, string>();
  const notes = new Map<string, number>();
  const breaches: string[] = [];
  const fired: Fired = new Map();
  const note = (what: string): void => void notes.set(what, (notes.get(what) ?? 0) + 1);

  const given = options.config === undefined ? DEFAULT_CONFIG : await readConfig(options.config);
  const prepared = await prepare(given, home, { slow: options.faults.includes('slow') });
  for (const each of prepared.notes) note(each);
  const logs = prepared.sinks.filter(({ kind }) => kind === 'file');
  const enabled = new Set(options.faults);
  const skip = (fault: Fault, reason: string | undefined): void => {
    if (reason === undefined || !enabled.delete(fault)) return;
    skipped.set(fault, reason);
  };
  const noFiles = logs.length === 0 ? 'no file sink can be judged' : undefined;
  if (enabled.has('full')) skip('full', noFiles ?? diskProblem());
  skip('rotate', noFiles);

  // The first file sink gets the small disk.
  const disk = enabled.has('full') ? logs[0]!.directory : undefined;
  if (disk !== undefined) {
    mountDisk(disk);
    cleanUp.push(() => unmountDisk(disk));
  }
  const configPath = join(home, 'config.json');
  writeFileSync(configPath, JSON.stringify(prepared.config, null, 2));
  const clockPath = join(home, 'clock');
  const collector = new CollectorProcess({
    config: configPath,
    cwd: home,
    queryPort: prepared.queryPort,
    clock: clockPath,
    onVanished: (what) => breaches.push(what),
  });
  cleanUp.push(() => {
    if (!collector.isRunning) return;
    collector.life.ending = 'killed';
    collector.signal('SIGKILL');
  });
  const witnesses = new Map(
    prepared.sinks
      .filter(({ kind }) => kind !== 'ring')
      .map((sink) => [sink.name, new Witness(sink.directory, name, sink.suffix)]),
  );
  cleanUp.push(() => witnesses.forEach((witness) => witness.close()));
  const storedByLife = new Map([...witnesses.keys()].map((sink) => [sink, [] as number[]]));
  const onLifeEnded = (): void => {
    for (const [sink, witness] of witnesses)
      storedByLife.get(sink)!.push(witness.countStored(collector.life.ending === 'killed'));
  };
  const serial = new Serial();
  const scene: Scene = {
    collector,
    prepared,
    configPath,
    clockPath,
    witnesses: new Map(logs.map(({ name: sink }) => [sink, witnesses.get(sink)!])),
    disk,
    onLifeEnded,
    breach: (what) => breaches.push(what),
    note,
    alone: (job) => serial.run(job),
  };

  await collector.start();
  const order: SenderOrder = {
    run: name,
    seed: options.seed + 1,
    targets: prepared.targets,
    connections: options.connections,
    rate: options.rate,
    resets: enabled.has('reset'),
    journal: join(home, 'journal'),
  };
  writeFileSync(order.journal, '');
  const watching = new AbortController();
  const sender = spawn(process.execPath, [SENDER, JSON.stringify(order)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  cleanUp.push(() => watching.abort());
  cleanUp.push(() => sender.exitCode === null && sender.kill('SIGKILL'));

  const until = Date.now() + options.minutes * 60_000;
  const isOver = (): boolean => Date.now() >= until;
  const isLost = (): boolean => breaches.length > 0;
  const hasReset = (): boolean => readJournal(order.journal).some(({ ending }) => ending === 'reset');
  const watcher = watch(collector, witnesses, watching.signal);
  await Promise.all(
    LANES.map((lane, index) => {
      const random = randomFrom(options.seed + 2 + index);
      return happen(
        lane.filter((fault) => enabled.has(fault)),
        scene,
        fired,
        { random, isOver, isLost },
      );
    }),
  );

  for (const last = Date.now() + PATIENCE; order.resets && !hasReset() && Date.now() < last; )
    await sleep(200);

  // No more faults: everything must come to a good end.
  await endQuietly({ sender, collector, breaches });
  watching.abort();
  await watcher;
  const quiet = await collector.poll(PATIENCE);
  collector.sample();
  const ring = prepared.sinks.find(({ kind }) => kind === 'ring');
  const ringLines = ring
    ? await collector.ask('QUERY keyword=').catch((error: unknown) => {
        breaches.push(`a query got no answer: ${messageOf(error)}`);
        return undefined;
      })
    : undefined;
  await collector.stop();
  onLifeEnded();
  const { life } = collector;
  if (life.code !== 0) breaches.push(`the last stop ended with the exit code ${life.code}`);
  if (!life.final) breaches.push('the last stop did not say what is stored');
  else if (life.final.unaccounted !== 0) breaches.push(`${life.final.unaccounted} lines are unaccounted for`);
  if (quiet && quiet.unaccounted !== 0)
    breaches.push(`at rest, ${quiet.unaccounted} lines are unaccounted for`);
  if (collector.unaccounted !== 0)
    breaches.push(`while it ran, ${collector.unaccounted} lines were unaccounted for`);

  const sent = readJournal(order.journal);
  const resets = sent.filter(({ ending }) => ending === 'reset').length;
  if (resets > 0) fired.set('reset', resets);
  let tornTails = 0;
  for (const [sink, witness] of witnesses) {
    breaches.push(...witness.changed().map((what) => `${sink}: ${what}`));
    const torn = witness.torn();
    tornTails += torn.count;
    if (torn.count < torn.made)
      breaches.push(`${sink}: ${torn.made} lines were torn, ${torn.count} are set apart`);
    breaches.push(...torn.strange.map((file) => `${sink}: ${file} is no beginning of a line that was sent`));
  }
  const verdicts = prepared.sinks.map((sink) => {
    const witness = witnesses.get(sink.name);
    return judge({
      sink,
      run: name,
      found: witness ? witness.lines() : linesOfAnswer(ringLines ?? Buffer.alloc(0)),
      isOrdered: witness?.isOrdered ?? true,
      taken: witness?.takenLines() ?? [],
      sent,
      lives: collector.lives,
      storedByLife: storedByLife.get(sink.name) ?? [],
    });
  });
  const judged = prepared.sinks.map((sink, index) => ({ sink, verdict: verdicts[index]! }));
  breaches.push(...compareSinks(judged, sent, collector.lives));
  if (ring && ringLines) {
    const resident = Number(quiet?.sinks[ring.name]?.['resident']);
    const { stored } = verdicts.find(({ sink }) => sink === ring.name)!;
    if (resident !== stored)
      breaches.push(`${ring.name}: ${resident} lines are said to be resident, ${stored} are found`);
  }
  breaches.push(...checkUse(collector));
  const letters = countDeadLetters(prepared.deadLetters, name);
  breaches.push(...letters.breaches);
  const sealed = [...witnesses.values()].reduce((sum, witness) => sum + witness.sealed, 0);
  return {
    options,
    run: name,
    home,
    notes,
    skipped,
    fired,
    collector,
    verdicts,
    sealed,
    tornTails,
    deadLetters: letters.count,
    breaches,
  };
}

function* linesOfAnswer(answer: Buffer): Generator<{ line: Buffer; ended: boolean; path: string }> {
  const start = answer.indexOf(10) + 1;
  for (const { line, ended } of splitLines(answer.subarray(start))) yield { line, ended, path: 'QUERY' };
}
