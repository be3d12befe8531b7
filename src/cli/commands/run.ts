/** `logcaster run`: collects until it is told to stop. */
import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Collector } from '../../collector/collector.ts';
import type { LoadedCollector } from '../../collector/load-settings.ts';
import { formatDiagnostics, summarizeDiagnostics } from '../../config/format-diagnostics.ts';
import { systemClock, type Timer } from '../../core/clock.ts';
import { LogCasterError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { describeStart } from '../describe-start.ts';
import { EXIT } from '../exit-codes.ts';
import { type ConfigFlags, loadFromFlags } from '../load-from-flags.ts';
import { createLog } from '../log.ts';
import { onStopSignals, type StopSignal } from '../stop-signals.ts';
import { summarize } from '../summary.ts';

export interface RunOptions extends ConfigFlags {
  readonly config?: string;
  readonly watch?: boolean;
}

/** How long a file has to be left alone before it is read again, in ms: editors write in several steps. */
const SETTLE = 200;

export async function run(options: RunOptions): Promise<number> {
  const first = await loadFromFlags(options);
  const { settings, loaded } = first;
  if (!settings) {
    process.stderr.write(formatDiagnostics(loaded.diagnostics, { colors: process.stderr.isTTY }));
    return EXIT.config.code;
  }
  const log = createLog({ level: loaded.settings!.log.level, terminal: process.stderr.isTTY });
  report(first, log);

  // Signals that come while it starts must not end it half-way.
  const told = Promise.withResolvers<StopSignal | undefined>();
  const ended = Promise.withResolvers<number>();
  let collector: Collector | undefined;
  const stopListening = onStopSignals(systemClock, told.resolve, (signal) => {
    const abandoned = collector?.abort().abandoned ?? 0;
    log.error({ signal, abandoned }, `${signal} again: ended at once, ${abandoned} lines abandoned`);
    ended.resolve(signal === 'SIGINT' ? EXIT.interrupted.code : EXIT.terminated.code);
  });

  try {
    collector = await Collector.start(settings, { log });
  } catch (error) {
    stopListening();
    process.stderr.write(`logcaster: ${describeError(error)}\n`);
    log.end();
    return EXIT.failed.code;
  }
  for (const line of describeStart(collector, settings)) log.info({}, line);

  const stopReloading = reloadOnDemand(collector, options, loaded.file, log);
  if (settings.topology.sources.size > 0) void collector.sourcesEnded.then(() => told.resolve(undefined));
  const stopped = told.promise.then(async (signal) => {
    stopReloading();
    log.info(
      { signal },
      signal ? `${signal}: stops, and stores what it has read` : 'every source has ended: stops',
    );
    const { abandoned } = await collector.stop();
    log.info({ ledger: collector.ledger() }, `stopped: ${summarize(collector.ledger())}`);
    return abandoned === 0 ? EXIT.ok.code : EXIT.failed.code;
  });
  const code = await Promise.race([stopped, ended.promise]);
  stopListening();
  log.end();
  return code;
}

/** Says what flags changed, and what is doubtful. */
function report({ loaded }: LoadedCollector, log: Logger): void {
  for (const { flag, path, before, after } of loaded.file === undefined ? [] : loaded.overrides) {
    log.info(
      { flag, path },
      `${flag} overrides ${path}: ${JSON.stringify(after)} in place of ${JSON.stringify(before)}`,
    );
  }
  for (const { code, message, path, line } of loaded.warnings) log.warn({ code, path, line }, message);
}

/** Loads the configuration again on SIGHUP, and when its file changes; answers a function that stops it. */
function reloadOnDemand(
  collector: Collector,
  options: RunOptions,
  file: string | undefined,
  log: Logger,
): () => void {
  let turn = Promise.resolve();
  const reload = (cause: string): void => {
    turn = turn.then(() => reloadOnce(collector, options, cause, log));
  };
  const onHangup = (): void => reload('SIGHUP');
  process.on('SIGHUP', onHangup);
  let settling: Timer | undefined;
  // Its directory, since editors put a new file in the place of the old one.
  const watcher =
    options.watch && file !== undefined
      ? watch(dirname(resolve(file)), (_, name) => {
          if (name !== basename(file)) return;
          settling?.cancel();
          settling = systemClock.after(SETTLE, () => reload(`${file} has changed`));
        })
      : undefined;
  watcher?.on('error', (error) => log.warn({ error }, `cannot watch ${file}: ${messageOf(error)}`));
  return () => {
    process.off('SIGHUP', onHangup);
    settling?.cancel();
    watcher?.close();
  };
}

async function reloadOnce(
  collector: Collector,
  options: RunOptions,
  cause: string,
  log: Logger,
): Promise<void> {
  try {
    const next = await loadFromFlags(options);
    if (!next.settings) {
      const { diagnostics } = next.loaded;
      log.error(
        { diagnostics },
        `${cause}: not reloaded, ${summarizeDiagnostics(diagnostics)}:\n${formatDiagnostics(diagnostics)}`,
      );
      return;
    }
    report(next, log);
    await collector.change(next.settings);
    log.info({}, `${cause}: reloaded`);
  } catch (error) {
    log.error({ error }, `${cause}: not reloaded: ${describeError(error)}`);
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof LogCasterError)) return messageOf(error);
  return `${error.message} (${error.hint}) [${error.code}]`;
}
