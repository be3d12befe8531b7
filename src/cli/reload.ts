/** Loads the configuration again while lines flow: on SIGHUP, and when its file changes. */
import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { formatDiagnostics, summarizeDiagnostics } from '../config/format-diagnostics.ts';
import { systemClock, type Timer } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { describeError } from './describe-error.ts';
import { type ConfigFlags, loadFromFlags } from './load-from-flags.ts';
import { reportLoaded } from './report-loaded.ts';

/** How long a file has to be left alone before it is read again, in ms: editors write in several steps. */
const SETTLE = 200;

export interface ReloadInit {
  readonly collector: Collector;
  /** What the configuration was loaded with. */
  readonly options: ConfigFlags & { readonly config?: string; readonly watch?: boolean };
  /** The file of the configuration, if it has one. */
  readonly file: string | undefined;
  readonly log: Logger;
  /** Signals that ask for it. */
  readonly hangups: Hangups;
}

/** Takes note of SIGHUP from the beginning: it ends a process that does not. */
export class Hangups {
  #isAsked = false;
  #listener: (() => void) | undefined;
  readonly #note = (): void => {
    if (this.#listener) this.#listener();
    else this.#isAsked = true;
  };

  constructor() {
    process.on('SIGHUP', this.#note);
  }

  /** Tells of each from now on, and of one that came before. */
  listen(listener: () => void): void {
    this.#listener = listener;
    if (this.#isAsked) listener();
    this.#isAsked = false;
  }

  /** Lets them pass without effect. */
  ignore(): void {
    this.#listener = () => {};
  }

  stop(): void {
    process.off('SIGHUP', this.#note);
  }
}

/** Reloads when it is asked to, one time after the other; answers a function that ends this. */
export function reloadOnDemand({ collector, options, file, log, hangups }: ReloadInit): () => void {
  let turn = Promise.resolve();
  let waiting = false;
  // A file that was found, not named, is still meant when it is gone: other pipelines than its own are not.
  const named = file === undefined ? options : { ...options, config: file };
  const reload = (cause: string): void => {
    // What is asked for while another one waits for its turn is the same.
    if (waiting) return;
    waiting = true;
    turn = turn.then(() => {
      waiting = false;
      return reloadOnce({ collector, options: named, log }, cause);
    });
  };
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
  hangups.listen(() => reload('SIGHUP'));
  watcher?.on('error', (error) => log.warn({ error }, `cannot watch ${file}: ${messageOf(error)}`));
  return () => {
    hangups.ignore();
    settling?.cancel();
    watcher?.close();
  };
}

async function reloadOnce(
  { collector, options, log }: Pick<ReloadInit, 'collector' | 'options' | 'log'>,
  cause: string,
): Promise<void> {
  try {
    const next = await loadFromFlags(options);
    if (!next.settings) {
      const { diagnostics } = next.loaded;
      log.error(
        { diagnostics },
        `${cause}: not reloaded, ${summarizeDiagnostics(diagnostics)}:\n${formatDiagnostics(diagnostics).trimEnd()}`,
      );
      return;
    }
    if (next.loaded.file === undefined) {
      log.info({}, `${cause}: there is no configuration file, so there is nothing to reload`);
      return;
    }
    reportLoaded(next, log);
    await collector.change(next.settings);
    log.info({}, `${cause}: reloaded`);
  } catch (error) {
    log.error({ error }, `${cause}: not reloaded: ${describeError(error)}`);
  }
}
