/**
 * Limits that the kernel sets. They are read where Linux shows them; elsewhere what is usual is taken.
 */
import { Buffer } from 'node:buffer';
import { type FileSystem, OPEN_FLAGS } from '../../core/file-system.ts';

/** Open files that a process may usually have. */
const USUAL_DESCRIPTORS = 1024;

/** Descriptors that stay free for everything but connections, at least. */
const DESCRIPTOR_RESERVE = 64;

/** The most connections by default, however many descriptors there are: each one takes memory too. */
const MOST_CONNECTIONS = 16_384;

/** Bytes that a receive buffer may usually hold. */
const USUAL_RECEIVE_BUFFER = 8 * 2 ** 20;

/** How many descriptors this process may have open: the soft limit. */
export async function readDescriptorLimit(fs: FileSystem): Promise<number> {
  const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(await readText(fs, '/proc/self/limits')) ?? [];
  if (limit === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return Number(limit ?? USUAL_DESCRIPTORS);
}

/**
 * How many connections leave enough descriptors for files, other ports and clients of the query port; all sources that are
 * not told how many they may have share them. Beyond the limit on descriptors the system closes connections without a word,
 * so there must be a limit below. With a limit so low that nothing would be left, one connection.
 *
 * @param claimed - Connections of sources that are told how many they may have.
 */
export function toMaxConnections(descriptorLimit: number, claimed = 0): number {
  const reserve = Math.max(DESCRIPTOR_RESERVE, Math.ceil(descriptorLimit / 8));
  return Math.min(MOST_CONNECTIONS, Math.max(1, descriptorLimit - reserve - claimed));
}

/** The most bytes that the kernel may hold for one connection until they are read. */
export async function readReceiveBufferLimit(fs: FileSystem): Promise<number> {
  const [, limit] = /^\d+\s+\d+\s+(\d+)/.exec(await readText(fs, '/proc/sys/net/ipv4/tcp_rmem')) ?? [];
  return Math.max(USUAL_RECEIVE_BUFFER, Number(limit ?? 0));
}

/** Local and remote address and port, state, and the bytes that wait to be sent and to be read; all in hexadecimal digits. */
const TCP_ENTRY = /: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:([\dA-F]{4}) [\dA-F]{2} [\dA-F]{8}:([\dA-F]{8})/g;

/**
 * How many bytes the kernel holds unread for each TCP connection, by the ports of both ends (`9999 51234`). Where several
 * connections have the same ports, the most of them; empty where the kernel does not show it.
 */
export async function readReceiveQueues(fs: FileSystem): Promise<Map<string, number>> {
  const queues = new Map<string, number>();
  for (const path of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    const text = await readText(fs, path, Number.POSITIVE_INFINITY);
    for (const entry of text.matchAll(TCP_ENTRY)) {
      const [local, remote, bytes] = entry.slice(1).map((digits) => Number.parseInt(digits, 16));
      const ports = `${local} ${remote}`;
      queues.set(ports, Math.max(bytes!, queues.get(ports) ?? 0));
    }
  }
  return queues;
}

/** The beginning of a file; empty if it cannot be read. */
async function readText(fs: FileSystem, path: string, maxBytes = 4096): Promise<string> {
  try {
    const file = await fs.open(path, OPEN_FLAGS.read);
    try {
      const buffer = Buffer.alloc(Math.min(maxBytes, 64 * 1024));
      let text = '';
      while (text.length < maxBytes) {
        // These files have no size, and a position only as far as they were read.
        const { bytesRead } = await file.read(buffer, 0, buffer.length, text.length);
        if (bytesRead === 0) break;
        text += buffer.toString('latin1', 0, bytesRead);
      }
      return text;
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
