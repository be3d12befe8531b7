/** Says what flags changed in a configuration, and what is doubtful in it. */
import type { LoadedCollector } from '../collector/load-settings.ts';
import type { Logger } from '../core/logger.ts';

export function reportLoaded({ loaded }: LoadedCollector, log: Logger): void {
  // What flags change in the built-in configuration everybody expects.
  for (const { flag, path, before, after } of loaded.file === undefined ? [] : loaded.overrides) {
    log.info(
      { flag, path },
      `${flag} overrides ${path}: ${JSON.stringify(after)} in place of ${JSON.stringify(before)}`,
    );
  }
  for (const { code, message, path, line } of loaded.warnings) log.warn({ code, path, line }, message);
}
