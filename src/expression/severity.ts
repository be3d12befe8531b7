/**
 * Levels of log lines, by the names and the numbers they have in the field: those of syslog (0 to 7), of pino and bunyan (10
 * to 69, by tens), and words. They are ordered, so that `level:>=warn` can be asked.
 */
import { Buffer } from 'node:buffer';

/** How bad it is; higher is worse. */
export const SEVERITIES = {
  trace: 1,
  debug: 2,
  info: 3,
  notice: 4,
  warn: 5,
  error: 6,
  fatal: 7,
  alert: 8,
  emergency: 9,
} as const;

/** The names that stand for each level, in lower case. */
const NAMES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    trace: ['trace', 'trc', 'verbose', 'finest', 'finer', 'silly'],
    debug: ['debug', 'dbg', 'fine'],
    info: ['info', 'inf', 'information', 'informational'],
    notice: ['notice'],
    warn: ['warn', 'warning', 'wrn'],
    error: ['error', 'err', 'eror', 'severe'],
    fatal: ['fatal', 'ftl', 'critical', 'crit', 'dpanic'],
    alert: ['alert'],
    emergency: ['emergency', 'emerg', 'panic'],
  } satisfies Record<keyof typeof SEVERITIES, readonly string[]>).flatMap(([level, names]) =>
    names.map((name) => [name, SEVERITIES[level as keyof typeof SEVERITIES]] as const),
  ),
);

/** The longest of the names. */
export const LONGEST_NAME = Math.max(...Array.from(NAMES.keys(), (name) => name.length));

/** What syslog's 0 to 7 are. */
const SYSLOG = [9, 8, 7, 6, 5, 4, 3, 2] as const;
/** What pino's 10 to 60 are. */
const PINO = [1, 2, 3, 5, 6, 7] as const;

/** The severity of syslog's number; `undefined` for what is none. */
export function severityOfNumber(number: number): number | undefined {
  if (number >= 0 && number <= 7) return SYSLOG[number];
  return number >= 10 && number < 70 ? PINO[Math.floor(number / 10) - 1] : undefined;
}

/** The severity that some bytes name, as a word or as a number; `undefined` if they name none. */
export function toSeverity(bytes: Uint8Array, from = 0, to = bytes.length): number | undefined {
  const length = to - from;
  if (length === 0 || length > LONGEST_NAME) return undefined;
  const first = bytes[from]!;
  if (first < 58) {
    const second = length === 2 ? bytes[from + 1]! - 48 : 0;
    const isNumber = length <= 2 && first >= (length === 2 ? 49 : 48) && second >= 0 && second <= 9;
    return isNumber ? severityOfNumber(length === 2 ? (first - 48) * 10 + second : first - 48) : undefined;
  }
  const names = BYTES_OF_NAMES[length]!;
  for (let index = 0; index < names.length; index++) {
    const { bytes: name, severity } = names[index]!;
    let at = 0;
    // Letters differ from their capitals by one bit.
    while (at < length && (bytes[from + at]! | 32) === name[at]) at++;
    if (at === length) return severity;
  }
  return undefined;
}

/** Names by their length. They are letters only, so that no other byte but the capital has the same bits behind `| 32`. */
const BYTES_OF_NAMES = Array.from({ length: LONGEST_NAME + 1 }, (_, length) =>
  Array.from(NAMES, ([name, severity]) => ({ bytes: Buffer.from(name), severity })).filter(
    ({ bytes }) => bytes.length === length,
  ),
);
