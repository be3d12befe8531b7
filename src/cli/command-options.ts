/** Flags that several commands have, and the examples at the end of a help text. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Examples for the end of a help text: a command and what it does. */
export function examples(...rows: readonly (readonly [command: string, purpose: string])[]): string {
  return `\nExamples:\n${rows.map(([command, purpose]) => `  # ${purpose}\n  $ ${command}\n`).join('')}`;
}

export function configOption(): Option {
  return new Option(
    '-c, --config <file>',
    'the configuration: YAML, JSON, TypeScript or JavaScript',
  ).argParser(toFile);
}

export function logLevelOption(): Option {
  return new Option(
    '--log-level <level>',
    'the least important entries of its own log that are shown',
  ).choices(['debug', 'info', 'warn', 'error', 'silent']);
}

/** `--format`, the first of the formats being the default. */
export function formatOption(...formats: readonly string[]): Option {
  return new Option('--format <format>', 'how it is written').choices(formats).default(formats[0]);
}

/** The flags of the built-in pipeline, which override what they name in a configuration. */
export function addCollectorFlags(command: Command): Command {
  return command
    .option('-p, --port <port>', 'the port for log lines (default: 9999)', toPort)
    .option('--host <host>', 'the address for log lines (default: 127.0.0.1)', toHost)
    .option('-q, --query-port <port>', 'the port for queries (default: 9998)', toPort)
    .option('--query-host <host>', 'the address for queries (default: 127.0.0.1)', toHost)
    .option('-P, --persist', 'keep lines in rotating files')
    .option('-d, --directory <directory>', 'the directory of the files (default: ./logs)')
    .option(
      '-s, --max-size <size>',
      'the greatest size of a file: MiB, or 512KiB, 1.5GiB (default: 10)',
      toMaxSize,
    )
    .option('--durability <mode>', 'when files are synced: none, interval or always (default: interval)')
    .option('--ring-lines <lines>', 'lines kept in memory (default: 10000)', toCount)
    .option('--ring-bytes <size>', 'bytes kept in memory (default: 64MiB)');
}

function toFile(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must be the name of a file.');
  return text;
}

/** An address; one of IPv6 may stand in brackets, as in a URL. */
function toHost(text: string): string {
  const host = /^\[([\d.:a-f%]+)\]$/i.exec(text)?.[1] ?? text;
  if (host === '') throw new InvalidArgumentError('It must be an address, or a name.');
  return host;
}

/** Whatever it is but a negative number, which the configuration would take for bytes. */
function toMaxSize(text: string): string {
  if (/^-\d/.test(text))
    throw new InvalidArgumentError('It must be a number of MiB, or a size such as 512KiB.');
  return text;
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return count;
}
