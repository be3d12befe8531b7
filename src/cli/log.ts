/**
 * The collector's own log, on standard error: lines for people on a terminal, JSON lines otherwise.
 *
 * It is written without waiting: whoever reads it (or does not) cannot hold up collecting. When its reader is a megabyte
 * behind, entries are dropped, not lines of the users.
 */
import { type DestinationStream, pino } from 'pino';
import pretty from 'pino-pretty';
import { systemClock } from '../core/clock.ts';
import { escapeLines } from '../core/escape.ts';
import type { Logger } from '../core/logger.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const MAX_BEHIND = 2 ** 20;

/** How long the end waits for whoever reads it, in ms. */
const END_TIMEOUT = 1_000;

/** A log that can be changed and ended. */
export interface OwnLog extends Logger {
  setLevel(level: LogLevel): void;
  /** Writes what is left, as far as it is read. */
  end(): void;
}

export interface OwnLogInit {
  readonly level: LogLevel;
  readonly terminal: boolean;
}

export function createLog({ level, terminal }: OwnLogInit): OwnLog {
  let endsAt = Number.POSITIVE_INFINITY;
  const destination = pino.destination({
    dest: 2,
    sync: false,
    minLength: 0,
    maxLength: MAX_BEHIND,
    // A pipe that is full is tried again, but a reader that stands still does not keep the process from ending.
    retryEAGAIN: () => systemClock.monotonic() < endsAt,
  });
  destination.on('error', () => {});
  const stream: DestinationStream = terminal
    ? pretty({
        destination,
        // As far as the terminal has colours and NO_COLOR does not forbid them.
        colorize: process.stderr.hasColors(),
        customColors: 'message:reset',
        useOnlyCustomProps: false,
        translateTime: 'SYS:HH:MM:ss',
        ignore: 'pid,hostname',
        hideObject: true,
        sync: true,
      })
    : destination;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    stream,
  );
  // In JSON control characters are written out anyway.
  const shown = terminal ? escapeLines : (message: string) => message;
  return {
    debug: (data, message) => logger.debug(data, shown(message)),
    info: (data, message) => logger.info(data, shown(message)),
    warn: (data, message) => logger.warn(data, shown(message)),
    error: (data, message) => logger.error(data, shown(message)),
    setLevel: (next) => {
      logger.level = next;
    },
    end: () => {
      endsAt = systemClock.monotonic() + END_TIMEOUT;
      try {
        destination.flushSync();
      } catch {
        // Nobody reads it.
      }
    },
  };
}
