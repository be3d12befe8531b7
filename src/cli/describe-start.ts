/** What a collector says when it has started: what listens where, what goes where, and a line to try. */
import { isIPv6 } from 'node:net';
import type { Collector, CollectorSettings } from '../collector/collector.ts';

/** One text a line. */
export function describeStart({ addresses }: Collector, { topology }: CollectorSettings): string[] {
  const lines: string[] = [];
  for (const [name, { definition }] of topology.sources) {
    const address = addresses[name];
    lines.push(`${name}: collects from ${definition.type}${address === undefined ? '' : ` ${address}`}`);
  }
  for (const [name, { definition }] of topology.sinks) {
    const address = addresses[name];
    lines.push(`${name}: ${definition.type}${address === undefined ? '' : `, ${address}`}`);
  }
  const query = addresses['query'];
  if (query !== undefined) lines.push(`query: answers on ${query}`);
  const tcp = [...topology.sources].find(([, { definition }]) => definition.type === 'tcp')?.[0];
  if (tcp !== undefined && addresses[tcp] !== undefined) {
    lines.push(`try: echo hello | nc -N ${hostAndPort(addresses[tcp])}`);
    if (query !== undefined) lines.push(`then: echo 'QUERY keyword=hello' | nc ${hostAndPort(query)}`);
  }
  return lines;
}

/** `[::1]:9999` → `::1 9999`; an address that means all of them → this machine. */
function hostAndPort(address: string): string {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : isIPv6(host) && host === '::' ? '::1' : host;
  return `${reachable} ${address.slice(at + 1)}`;
}
