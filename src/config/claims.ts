/**
 * Finds two components that need the same thing. What a component needs is what its definition's `claims` answers: texts
 * such as `tcp 127.0.0.1:9999` and `directory ./logs`. Addresses are compared as sockets compare them (`0.0.0.0` is every
 * IPv4 address, `::` every address), paths by where they really lead.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Report } from './diagnostics.ts';
import type { Path } from './path.ts';
import { printable } from './printable.ts';

/** What somebody needs for itself. */
export interface Claim {
  /** ``sink `files` ``. */
  readonly owner: string;
  readonly path: Path;
  readonly claim: string;
}

interface Normal extends Claim {
  /** Equal for two claims that collide, except for addresses. */
  readonly key: string;
  readonly host?: string;
}

/** Reports claims that collide, at the later of the two. */
export async function checkClaims(claims: readonly Claim[], cwd: string, report: Report): Promise<void> {
  const byKey = new Map<string, Normal[]>();
  for (const claim of claims) {
    const normal = await normalize(claim, cwd);
    if (!normal) continue;
    const others = byKey.get(normal.key) ?? [];
    const other = others.find(({ host }) => hostsCollide(host, normal.host));
    if (other) {
      report.error('LC_CONFIG_CONFLICT', {
        message: `${other.owner} and ${claim.owner} need the same: ${printable(claim.claim)}`,
        path: claim.path,
        hint:
          normal.key.startsWith('tcp') || normal.key.startsWith('udp')
            ? 'give one of them another port'
            : 'give each its own',
      });
    }
    byKey.set(normal.key, [...others, normal]);
  }
}

async function normalize(claim: Claim, cwd: string): Promise<Normal | undefined> {
  const [, kind, what] = /^(\S+) (.+)$/s.exec(claim.claim) ?? [];
  if (kind === 'tcp' || kind === 'udp') {
    const [, host = '', port = ''] = /^(.*):(\d+)$/s.exec(what!) ?? [];
    // Port 0 is any that is free.
    return port === '0' ? undefined : { ...claim, key: `${kind} ${port}`, host: normalHost(host) };
  }
  if (kind === 'directory' || kind === 'path' || kind === 'unix' || kind === 'file') {
    return { ...claim, key: `path ${await realPath(resolve(cwd, what!))}` };
  }
  return { ...claim, key: claim.claim };
}

function normalHost(host: string): string {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (plain === 'localhost') return '127.0.0.1';
  if (plain === '' || plain === '*' || /^[0:]+$/.test(plain)) return '::';
  return plain.replace(/^::ffff:/, '');
}

function hostsCollide(a: string | undefined, b: string | undefined): boolean {
  if (a === b || a === '::' || b === '::') return true;
  return (a === '0.0.0.0' && !isIpv6(b)) || (b === '0.0.0.0' && !isIpv6(a));
}

/** Where a path really leads, as far as it exists. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}

function isIpv6(host: string | undefined): boolean {
  return host?.includes(':') === true;
}
