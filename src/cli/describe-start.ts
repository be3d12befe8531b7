/** What a collector says when it has started: what listens where, what goes where, and a line to try. */
import { isIPv6 } from 'node:net';
import type { Collector, CollectorSettings } from '../collector/collector.ts';
import type { LedgerStatement } from '../core/ledger.ts';
import { formatSize } from '../core/units.ts';
import { formatCount } from './format-count.ts';

/** An entry of the log. */
export interface StartEntry {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

type Running = Pick<Collector, 'addresses'> & { ledger(): LedgerStatement };
type Options = Readonly<Record<string, unknown>>;

/** One entry a line. The first has all addresses as data, for tools. */
export function describeStart(collector: Running, { topology }: CollectorSettings): StartEntry[] {
  const { addresses } = collector;
  const figures = collector.ledger().sinks;
  const started = { data: { pid: process.pid, addresses }, text: `started, process ${process.pid}` };
  const entries: StartEntry[] = [started];
  const say = (text: string): void => void entries.push({ data: {}, text });
  for (const [name, { definition }] of topology.sources) {
    const address = addresses[name];
    const kind = name === definition.type ? '' : ` (${definition.type})`;
    say(`${name}: takes in lines${address === undefined ? '' : ` on ${address}`}${kind}`);
  }
  for (const [name, { definition, options, deadLetter }] of topology.sinks) {
    const rejected = deadLetter === undefined ? '' : `; what it rejects goes to ${deadLetter}`;
    say(`${name}: ${describeSink(definition.type, options as Options, addresses[name])}${rejected}`);
    const refilled = Number(figures[name]?.['refilled']);
    if (refilled > 0) say(`${name}: took up ${formatCount(refilled, 'line')} from before this start`);
  }
  const { query, http } = addresses;
  if (query !== undefined) say(`query: answers on ${query}`);
  if (http !== undefined) say(`http: answers on http://${http}`);
  const tcp = [...topology.sources].find(([, { definition }]) => definition.type === 'tcp')?.[0];
  if (tcp !== undefined && addresses[tcp] !== undefined) {
    say(`try: echo hello | nc -N ${hostAndPort(addresses[tcp])}`);
    if (query !== undefined) say(`then: echo 'QUERY keyword=hello' | nc ${hostAndPort(query)}`);
  }
  return entries;
}

function describeSink(type: string, options: Options, address: string | undefined): string {
  if (type === 'ring') {
    const lines = formatCount(Number(options['maxLines']), 'line');
    return `keeps the newest ${lines}, up to ${formatSize(Number(options['maxBytes']))}, in memory`;
  }
  if (type === 'file' && address !== undefined) {
    return `keeps lines in ${address}/current.log, up to ${formatSize(Number(options['maxSize']))} a file`;
  }
  return address === undefined ? type : `${type}, ${address}`;
}

/** `[::1]:9999` → `::1 9999`; an address that means all of them → this machine. */
function hostAndPort(address: string): string {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : isIPv6(host) && host === '::' ? '::1' : host;
  return `${reachable} ${address.slice(at + 1)}`;
}
