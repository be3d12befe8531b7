/** A log that keeps its entries, so that tests can look at what was said. */
import type { LogData, Logger } from '../../src/core/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  readonly data: LogData;
  readonly message: string;
}

export class MemoryLogger implements Logger {
  readonly entries: LogEntry[] = [];

  debug(data: LogData, message: string): void {
    this.entries.push({ level: 'debug', data, message });
  }

  info(data: LogData, message: string): void {
    this.entries.push({ level: 'info', data, message });
  }

  warn(data: LogData, message: string): void {
    this.entries.push({ level: 'warn', data, message });
  }

  error(data: LogData, message: string): void {
    this.entries.push({ level: 'error', data, message });
  }

  /** Every message, or those of one level, as `level: message`. */
  messages(level?: LogLevel): string[] {
    return this.entries
      .filter((entry) => level === undefined || entry.level === level)
      .map((entry) => `${entry.level}: ${entry.message}`);
  }
}
