/**
 * Who is asked: the collector at `--connect`, else at `LOGCASTER_CONNECT`, else where the configuration says that queries are answered
 * (that of `-c`, or the one that is found here, as `run` finds it), else on 127.0.0.1:9998.
 *
 * A token comes from a file or from `LOGCASTER_TOKEN`, and never from a flag: whoever can list processes sees flags.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { HttpAsking } from './place/ask-http.ts';
import { type HostAndPort, PortAsking } from './place/ask-port.ts';
import type { Asking } from './place/asking.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9998;

/** Addresses that mean every one of a machine, and how this machine is reached then. */
const HERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The flags that say who is asked. */
export interface ConnectFlags {
  readonly connect?: string;
  readonly config?: string;
  readonly tokenFile?: string;
}

/** The way to the collector; `undefined` if the configuration has errors, which standard error says then. */
export async function findAsking(
  { connect, config, tokenFile }: ConnectFlags,
  context: CommandContext,
): Promise<Asking | undefined> {
  const address = connect ?? (config === undefined ? context.env['LOGCASTER_CONNECT'] : undefined);
  const token = await readToken(tokenFile, context);
  if (address !== undefined && address !== '') return toAsking(address, token, tokenFile !== undefined);
  const configured = await configuredAddress(config, context);
  return configured && new PortAsking(configured);
}

function toAsking(address: string, token: string | undefined, isTokenNamed: boolean): Asking {
  if (/^https?:\/\//i.test(address)) {
    if (!URL.canParse(address)) throw badAddress(address);
    return new HttpAsking({ url: new URL(address), token });
  }
  if (isTokenNamed) {
    throw new UsageError(
      'a token is only asked for over HTTP',
      'connect with a URL: --connect http://127.0.0.1:9997',
    );
  }
  return new PortAsking(parseAddress(address));
}

/**
 * Reads an address: `host:port`, `[::1]:port`, `:port`, `port` or `host`.
 *
 * @throws UsageError
 */
export function parseAddress(text: string): HostAndPort {
  const match = /^(?:\[([^\]\s]+)\]|([^:[\]\s]*))(?::(\d+))?$/.exec(text);
  if (!match && isIPv6(text)) return { host: text, port: DEFAULT_PORT };
  if (!match) throw badAddress(text);
  const [, bracketed, plain = '', digits] = match;
  const isPort = bracketed === undefined && digits === undefined && /^\d+$/.test(plain);
  const port = isPort ? Number(plain) : Number(digits ?? DEFAULT_PORT);
  if (port < 1 || port > 65_535) throw badAddress(text);
  const host = isPort ? '' : (bracketed ?? plain);
  return { host: host === '' ? DEFAULT_HOST : host, port };
}

function badAddress(text: string): UsageError {
  return new UsageError(
    `--connect: ${JSON.stringify(text)} is no address`,
    'write host:port, as in 127.0.0.1:9998, or http://host:port',
  );
}

/** A token of a file or of the environment, without white space around it. */
async function readToken(
  file: string | undefined,
  { cwd, env }: CommandContext,
): Promise<string | undefined> {
  if (file === undefined) return env['LOGCASTER_TOKEN']?.trim() || undefined;
  let token: string;
  try {
    token = (await readFile(resolve(cwd, file), 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`--token-file: ${(error as Error).message}`);
  }
  if (token === '') throw new UsageError(`--token-file: ${file} is empty`);
  return token;
}

/** Where a configuration says that queries are answered. Loading one takes time: only where there is one. */
async function configuredAddress(
  config: string | undefined,
  context: CommandContext,
): Promise<HostAndPort | undefined> {
  const { discoverConfig } = await import('../../config/discover.ts');
  const file = config ?? (await discoverConfig(context.cwd)).file;
  if (file === undefined) return { host: DEFAULT_HOST, port: DEFAULT_PORT };
  const { loadFromFlags } = await import('../load-from-flags.ts');
  const { loaded, settings } = await loadFromFlags({ config: file }, context);
  if (!settings) {
    const { reportDiagnostics } = await import('../load-for-command.ts');
    reportDiagnostics(loaded.diagnostics, context);
    return undefined;
  }
  const { query } = settings;
  if (!query) throw new UsageError(`${file} answers no queries`, 'add a section query: {} to it');
  if (query.port === 0) {
    throw new UsageError(
      `${file} answers queries on a port that is only known when it runs`,
      'say which one: --connect 127.0.0.1:40123',
    );
  }
  return { host: HERE[query.host] ?? query.host, port: query.port };
}
