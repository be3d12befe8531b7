/**
 * Limits that the kernel sets. They are read where Linux shows them; elsewhere what is usual is taken.
 */
import { Buffer } from 'node:buffer';
import { type FileSystem, OPEN_FLAGS } from '../../core/file-system.ts';

/** Open files that a process may usually have. */
const USUAL_DESCRIPTORS = 1024;

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
 * How many connections leave enough descriptors for files, other ports and clients of the query port. Beyond the limit on
 * descriptors the system closes connections without a word, so there must be a limit below.
 */
export function toMaxConnections(descriptorLimit: number): number {
  const reserve = Math.max(64, Math.ceil(descriptorLimit / 8));
  return Math.min(MOST_CONNECTIONS, Math.max(1, descriptorLimit - reserve));
}

/** The most bytes that the kernel may hold for one connection until they are read. */
export async function readReceiveBufferLimit(fs: FileSystem): Promise<number> {
  const [, limit] = /^\d+\s+\d+\s+(\d+)/.exec(await readText(fs, '/proc/sys/net/ipv4/tcp_rmem')) ?? [];
  return Math.max(USUAL_RECEIVE_BUFFER, Number(limit ?? 0));
}

/** The beginning of a small file; empty if it cannot be read. */
async function readText(fs: FileSystem, path: string): Promise<string> {
  try {
    const file = await fs.open(path, OPEN_FLAGS.read);
    try {
      const buffer = Buffer.alloc(4096);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
