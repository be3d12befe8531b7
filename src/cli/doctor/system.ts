/** Node, the clock, descriptors, memory, and the kernel's settings for sockets. */
import { formatSize } from '../../core/units.ts';
import type { ShownFinding } from '../show-findings.ts';
import type { Machine } from './machine.ts';
import { describeParts, predictMemory } from './memory.ts';
import type { Plan } from './plan.ts';

/** Checks the version of Node; `needed` is what package.json says: `>=22.18`. */
export function checkNode({ nodeVersion }: Machine, needed: string): ShownFinding[] {
  const least = needed.replace(/^>=\s*/, '');
  if (!isOlder(nodeVersion, least)) return [];
  return [
    {
      code: 'node-version',
      severity: 'error',
      subject: 'Node',
      message: `it is version ${nodeVersion}, and LogCaster needs ${needed}`,
      hint: 'Install a newer one.',
    },
  ];
}

function isOlder(version: string, least: string): boolean {
  const [own, wanted] = [toNumbers(version), toNumbers(least)];
  const differs = wanted.findIndex((number, index) => number !== (own[index] ?? 0));
  return differs >= 0 && (own[differs] ?? 0) < wanted[differs]!;
}

function toNumbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

/** No LogCaster ran before this, and none of today's will after that. ms since the epoch. */
const EARLIEST = Date.UTC(2026, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

const READINGS = 1000;

/** Checks that the clock is about right, and that time does not run backwards. */
export function checkClock({ clock }: Machine): ShownFinding[] {
  const findings: ShownFinding[] = [];
  const now = clock.now();
  if (!(now >= EARLIEST && now < LATEST)) {
    findings.push({
      code: 'clock-wrong',
      severity: 'error',
      subject: 'clock',
      message: `it says ${Number.isFinite(now) ? new Date(now).toISOString() : String(now)}`,
      hint: 'Set it, and keep it right with NTP: names of archives, retention by age and receive times go by it.',
    });
  }
  let before = clock.monotonic();
  for (let reading = 1; reading < READINGS; reading++) {
    const next = clock.monotonic();
    if (next < before) {
      findings.push({
        code: 'clock-backwards',
        severity: 'error',
        subject: 'clock',
        message: `the monotonic clock went back by ${before - next} ms`,
        hint: 'That is a fault of the machine or its hypervisor: timeouts cannot be relied on.',
      });
      break;
    }
    before = next;
  }
  return findings;
}

const RAISE = 'Raise it (ulimit -n, or LimitNOFILE= of systemd).';

/** Fewer connections than that are hardly what anybody wants. */
const FEW_CONNECTIONS = 64;

/** Descriptors for everything but connections: Node, the log, files, listeners. */
const OWN_DESCRIPTORS = 32;
/** Of each directory: the current file, its successor, the directory, archives that are read. */
const DIRECTORY_DESCRIPTORS = 4;

/** Checks whether all connections that are allowed can be open at the same time, and whether those are more than a few. */
export function checkDescriptors(plan: Plan, limit: number): ShownFinding[] {
  const { listeners, directories, connections } = plan;
  const findings: ShownFinding[] = [];
  const own = OWN_DESCRIPTORS + listeners.length + directories.length * DIRECTORY_DESCRIPTORS;
  const sharing = listeners.filter(({ sharesConnections }) => sharesConnections);
  const [shared] = sharing;
  if (shared && shared.maxConnections < FEW_CONNECTIONS) {
    findings.push({
      code: 'few-connections',
      severity: 'warning',
      subject: 'descriptor limit',
      message: `${limit} files may be open, which leaves ${shared.maxConnections} connection${shared.maxConnections === 1 ? '' : 's'} to the ${sharing.map(({ name }) => name).join(' and the ')}`,
      hint: RAISE,
    });
  }
  if (connections + own > limit) {
    const lower = Math.max(1, limit - own);
    findings.push({
      code: 'descriptors',
      severity: 'warning',
      subject: 'descriptor limit',
      message: `${limit} files may be open, and ${connections} connections are allowed, with ${own} files beside them`,
      hint: `${RAISE.slice(0, -1)}, or let maxConnections of all sources and maxClients be ${lower} together: beyond the limit the system closes connections without a word.`,
    });
  }
  return findings;
}

const MIB = 2 ** 20;

/** Checks whether the memory is enough. */
export function checkMemory(plan: Plan, { memory }: Machine): ShownFinding[] {
  const { total, parts } = predictMemory(plan);
  if (total <= memory) return [];
  const options = parts.flatMap((part) => (part.options === '' ? [] : part.options)).slice(0, 3);
  return [
    {
      code: 'memory',
      severity: 'warning',
      subject: 'memory',
      message: `this configuration may take ${formatSize(total)}, and there are ${formatSize(memory)}: ${describeParts(parts)}`,
      hint: `What takes most are ${options.join(', ')}: lower them.`,
    },
  ];
}

/** Less than this slows senders down that are far away, or pauses of the collector. Bytes. */
const SMALL_RECEIVE_BUFFER = MIB;

/** Checks the kernel's settings for sockets, where Linux shows them. */
export async function checkKernel({ listeners }: Plan, machine: Machine): Promise<ShownFinding[]> {
  const findings: ShownFinding[] = [];
  const [somaxconn] = (await machine.kernelSetting('net/core/somaxconn')) ?? [];
  for (const { name, backlog } of listeners) {
    if (somaxconn === undefined || backlog === undefined || backlog <= somaxconn) continue;
    findings.push({
      code: 'somaxconn',
      severity: 'warning',
      subject: 'net.core.somaxconn',
      message: `the kernel lets ${somaxconn} connections wait, and backlog of the ${name} is ${backlog}`,
      hint: `Raise it (sysctl -w net.core.somaxconn=${backlog}), or lower backlog: when many connect at once, some have to try again.`,
    });
  }
  const hasTcp = listeners.some(({ port, name }) => port !== undefined && name !== 'query port');
  const most = (await machine.kernelSetting('net/ipv4/tcp_rmem'))?.[2];
  if (hasTcp && most !== undefined && most < SMALL_RECEIVE_BUFFER) {
    findings.push({
      code: 'receive-buffer',
      severity: 'warning',
      subject: 'net.ipv4.tcp_rmem',
      message: `the kernel holds at most ${formatSize(most)} for a connection`,
      hint: 'Raise its third number (6 MiB is usual): senders have to wait at every short pause.',
    });
  }
  return findings;
}
