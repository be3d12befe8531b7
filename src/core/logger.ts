/**
 * What LogCaster says about itself. Any pino logger fits.
 */

/**
 * Structured data of a log entry.
 *
 * @remarks Since 0.1.0
 */
export type LogData = Readonly<Record<string, unknown>>;

/**
 * A log with levels. Each entry is data and a message: `log.warn({ sink: 'file', error }, 'cannot write')`.
 *
 * @remarks Since 0.1.0
 */
export interface Logger {
  /** What helps to find a fault. */
  debug(data: LogData, message: string): void;
  /** What happens as it should. */
  info(data: LogData, message: string): void;
  /** What somebody should look at: lines may be late, or are let go. */
  warn(data: LogData, message: string): void;
  /** What went wrong: lines were lost, or something cannot go on. */
  error(data: LogData, message: string): void;
}

/** Says nothing: the default where LogCaster is embedded. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
