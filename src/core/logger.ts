/**
 * What LogCaster says about itself. Any pino logger fits.
 */

/** Structured data of a log entry. */
export type LogData = Readonly<Record<string, unknown>>;

/** A log with levels. Each entry is data and a message: `log.warn({ sink: 'file', error }, 'cannot write')`. */
export interface Logger {
  debug(data: LogData, message: string): void;
  info(data: LogData, message: string): void;
  warn(data: LogData, message: string): void;
  error(data: LogData, message: string): void;
}

/** Says nothing: the default where LogCaster is embedded. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
