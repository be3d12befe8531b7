/** The thread that scans files: see scan-thread.ts. It runs at a low priority, where the system knows one of threads. */
import { Buffer } from 'node:buffer';
// oxlint-disable-next-line no-restricted-imports -- which thread this is says only a link below /proc, read by this very thread
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { parseExpression } from '../expression/expression.ts';
import type { FileToScan } from './file-to-scan.ts';
import type { LinesOfFile } from './found-lines.ts';
import { READ_BYTES, type Readable } from './raw-blocks.ts';
import { type ScanInit, scanFile } from './scan-file.ts';
import type { FromThread, ToThread } from './scan-protocol.ts';

/** How many pieces may be under way. */
const WINDOW = 4;

/** How often it is told how far a scan is that finds nothing, in bytes read. */
const PROGRESS_BYTES = 16 * 2 ** 20;

const port = parentPort!;

/** What is asked of files at the moment. */
let asked: Pick<ScanInit, 'condition' | 'query'> | undefined;

lowerPriority();

let credit = WINDOW;
let wantsMore: (() => void) | undefined;
let answered: ((answer: Extract<ToThread, { kind: 'bytes' | 'unreadable' }>) => void) | undefined;
let spare: ArrayBuffer | undefined;

class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'more') {
    credit++;
    wantsMore?.();
  } else if (message.kind === 'begin') {
    const { expression, query } = message;
    const condition =
      expression && parseExpression(expression.text, { now: expression.now, ...expression.limits }).condition;
    asked = { condition, query };
    credit = WINDOW;
  } else if (message.kind === 'scan') void scan(message.target, asked!);
  else answered?.(message);
});

async function scan(target: FileToScan, question: Pick<ScanInit, 'condition' | 'query'>): Promise<void> {
  const tally = { lines: 0, bytes: 0, matched: 0 };
  let told = 0;
  const file: Readable = {
    async read(buffer, offset, length, position) {
      if (tally.bytes - told >= PROGRESS_BYTES) {
        told = tally.bytes;
        send({ kind: 'progress', tally });
      }
      const answer = await ask(Math.min(length, READ_BYTES), position);
      if (answer.kind === 'unreadable') throw new UnreadableError();
      Buffer.from(answer.buffer, 0, answer.length).copy(buffer, offset);
      spare = answer.buffer;
      return { bytesRead: answer.length };
    },
  };
  const warn = (message: string): void => send({ kind: 'warning', message });
  let unreadable = false;
  try {
    for await (const lines of scanFile(file, target, { ...question, tally, warn })) {
      await takeCredit();
      sendLines(lines, tally);
    }
  } catch (error) {
    // Why it cannot be read, the owner knows. Anything else ends the thread.
    if (!(error instanceof UnreadableError)) throw error;
    unreadable = true;
  }
  send({ kind: 'done', tally, unreadable });
}

function ask(length: number, position: number): Promise<Extract<ToThread, { kind: 'bytes' | 'unreadable' }>> {
  return new Promise((resolve) => {
    answered = resolve;
    const buffer = spare && spare.byteLength >= length ? spare : undefined;
    spare = undefined;
    send({ kind: 'read', buffer, length, position }, buffer ? [buffer] : []);
  });
}

async function takeCredit(): Promise<void> {
  if (credit === 0) {
    await new Promise<void>((resolve) => {
      wantsMore = resolve;
    });
  }
  credit--;
}

function sendLines(
  { bytes, bounds, receivedAt }: LinesOfFile,
  tally: { lines: number; bytes: number; matched: number },
): void {
  const memory = [bytes.buffer, bounds.buffer, receivedAt.buffer] as ArrayBuffer[];
  send({ kind: 'piece', bytes, bounds, receivedAt, tally }, memory);
}

function send(message: FromThread, memory: ArrayBuffer[] = []): void {
  port.postMessage(message, memory);
}

/** On Linux threads have priorities of their own. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread > 0 && thread !== process.pid) setPriority(thread, 10);
  } catch {
    // Then it is as important as everything else.
  }
}
