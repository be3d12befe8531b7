/** `logcaster run`: collects until it is told to stop. */
import { Collector, type CollectorSettings } from '../../collector/collector.ts';
import type { LoadedCollector } from '../../collector/load-settings.ts';
import { formatDiagnostics } from '../../config/format-diagnostics.ts';
import { systemClock } from '../../core/clock.ts';
import { escapeLines } from '../../core/escape.ts';
import { formatDuration } from '../../core/units.ts';
import { describeError } from '../describe-error.ts';
import { describeStart } from '../describe-start.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-count.ts';
import { type ConfigFlags, loadFromFlags } from '../load-from-flags.ts';
import { createLog, type OwnLog } from '../log.ts';
import { Hangups, reloadOnDemand } from '../reload.ts';
import { reportLoaded } from '../report-loaded.ts';
import { onStopSignals, type StopSignal } from '../stop-signals.ts';
import { surviveStrayErrors } from '../stray-errors.ts';
import { summarize } from '../summary.ts';

export interface RunOptions extends ConfigFlags {
  readonly config?: string;
  readonly watch?: boolean;
}

export async function run(options: RunOptions): Promise<number> {
  const hangups = new Hangups();
  try {
    return await runWith(options, hangups);
  } finally {
    hangups.stop();
  }
}

async function runWith(options: RunOptions, hangups: Hangups): Promise<number> {
  const first = await loadFromFlags(options);
  const { settings, loaded } = first;
  if (!settings) return refuse(first);
  const log = createLog({ level: loaded.settings!.log.level, terminal: process.stderr.isTTY });
  reportLoaded(first, log);

  const told = Promise.withResolvers<StopSignal | undefined>();
  const ended = Promise.withResolvers<number>();
  let collector: Collector | undefined;
  const ignoreSignals = onStopSignals(systemClock, told.resolve, (signal) => {
    const abandoned = collector?.abort().abandoned ?? 0;
    log.error(
      { signal, abandoned },
      `${signal} again: ended at once, ${formatCount(abandoned, 'line')} abandoned`,
    );
    ended.resolve(signal === 'SIGINT' ? EXIT.interrupted.code : EXIT.terminated.code);
  });

  const stopSurviving = surviveStrayErrors(log);

  const giveUp = (): void => {
    if (collector) return;
    log.error({}, 'it was told to stop, and cannot: it is still starting');
    ended.resolve(EXIT.failed.code);
  };

  const collect = async (): Promise<number> => {
    // A signal that comes while it starts has to wait, so that nothing is left half made, but not for ever.
    void told.promise.then(() => systemClock.after(settings.stopTimeout, giveUp));
    collector = await Collector.start(settings, { log });
    for (const { data, text } of describeStart(collector, settings)) log.info(data, text);
    const stopReloading = reloadOnDemand({ collector, options, file: loaded.file, log, hangups });
    if (settings.topology.sources.size > 0) void collector.sourcesEnded.then(() => told.resolve(undefined));
    const signal = await told.promise;
    stopReloading();
    const why = signal === undefined ? 'every source has ended' : signal;
    log.info({ signal }, `${why}: stops, and stores what it has read`);
    return stop(collector, settings, log);
  };
  try {
    return await Promise.race([collect(), ended.promise]);
  } catch (error) {
    process.stderr.write(escapeLines(`logcaster: ${describeError(error)}\n`));
    return EXIT.failed.code;
  } finally {
    ignoreSignals();
    stopSurviving();
    log.end();
  }
}

async function stop(collector: Collector, { stopTimeout }: CollectorSettings, log: OwnLog): Promise<number> {
  const { abandoned } = await collector.stop();
  const ledger = collector.ledger();
  if (abandoned > 0) {
    log.error(
      { abandoned },
      `${formatCount(abandoned, 'line')} could not be stored within ${formatDuration(stopTimeout)}: abandoned`,
    );
  }
  log.info({ ledger }, `stopped: ${summarize(ledger)}`);
  return abandoned === 0 ? EXIT.ok.code : EXIT.failed.code;
}

/** Says what is wrong with a configuration, or with the flags where there is no other. */
function refuse({ loaded: { file, diagnostics } }: LoadedCollector): number {
  const isFlags = file === undefined && diagnostics.every(({ file: place }) => place === undefined);
  if (!isFlags) {
    process.stderr.write(formatDiagnostics(diagnostics, { colors: process.stderr.isTTY }));
    return EXIT.config.code;
  }
  for (const { severity, message, hint } of diagnostics) {
    if (severity !== 'error') continue;
    // The description of an option, which some hints are, does not fit on the line; `--help` has it.
    const isDescription = hint === undefined || hint.startsWith('`');
    process.stderr.write(
      escapeLines(`error: ${message} (${isDescription ? 'see logcaster --help' : hint})\n`),
    );
  }
  return EXIT.usage.code;
}
