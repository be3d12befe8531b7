/**
 * Sends lines over many connections, as a process of its own: `node sender.ts ORDER`, with a {@link SenderOrder} as JSON.
 *
 * Each connection sends some lines and ends: cleanly, without its last line feed, or (if it may) broken off in the middle of a
 * line. Then the next one begins, with a number of its own. A line on standard input ends it: every connection comes to a
 * clean end, the journal is complete, and the process exits.
 */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending, SenderOrder, Sent } from './journal.ts';
import { toLine } from './line.ts';
import { between, pick, randomFrom } from './random.ts';

const LINE_FEED = Buffer.from('\n');

const order = JSON.parse(process.argv[2]!) as SenderOrder;
const random = randomFrom(order.seed);
let nextConn = 0;
const finishing = new AbortController();
process.stdin.once('data', () => {
  finishing.abort();
  process.stdin.destroy();
});

function open(target: SenderOrder['targets'][number]): Promise<Socket> {
  const socket =
    'path' in target ? connect({ path: target.path }) : connect({ host: target.host, port: target.port });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket.off('error', reject)));
  });
}

/** Watches a socket from its start: what happened to it first is what counts. */
class Watch {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  ended: Ending | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('error', () => (this.ended ??= 'broken'));
    socket.on('end', () => {
      if (!socket.writableEnded) this.ended ??= 'told';
    });
    socket.on('close', () => resolve());
    socket.resume();
  }

  get isOver(): boolean {
    return this.ended !== undefined || this.socket.destroyed;
  }

  /** Waits until more can be written, or the socket is over. */
  async ready(): Promise<void> {
    if (!this.socket.writableNeedDrain || this.isOver) return;
    const wait = new AbortController();
    await Promise.race([once(this.socket, 'drain', { signal: wait.signal }).catch(() => {}), this.closed]);
    wait.abort();
  }
}

/** Writes bytes, now and then cut in two at any place. */
function write(socket: Socket, bytes: Buffer): void {
  const at = random() < 0.2 ? between(random, 1, bytes.length - 1) : bytes.length;
  socket.write(bytes.subarray(0, at));
  if (at < bytes.length) socket.write(bytes.subarray(at));
}

/** One connection, from its first byte to its end. */
async function converse(target: SenderOrder['targets'][number]): Promise<void> {
  const watch = new Watch(await open(target));
  const { socket } = watch;
  const openedAt = Date.now();
  const conn = nextConn++;
  const planned = between(random, 1, pick(random, [50, 500, 4000]));
  const perSecond = order.rate / order.connections;
  let lines = 0;
  while (lines < planned && !finishing.signal.aborted && !watch.isOver) {
    const count = Math.min(between(random, 1, 60), planned - lines);
    const parts: Buffer[] = [];
    for (let index = 0; index < count; index++) parts.push(toLine(order.run, conn, lines + index), LINE_FEED);
    lines += count;
    write(socket, Buffer.concat(parts));
    await Promise.all([watch.ready(), sleep((count / perSecond) * 1000)]);
  }
  let ending: Ending = 'clean';
  if (!watch.isOver) {
    const choice = random();
    // A unix socket knows no reset.
    if (order.resets && choice < 0.3 && !finishing.signal.aborted && 'port' in target) {
      const line = toLine(order.run, conn, lines);
      socket.write(line.subarray(0, between(random, 1, line.length - 1)));
      await watch.ready();
      ending = 'reset';
      socket.resetAndDestroy();
    } else if (choice < 0.4) {
      socket.end(toLine(order.run, conn, lines++));
    } else {
      socket.end();
    }
  }
  await watch.closed;
  const sent: Sent = {
    conn,
    source: target.source,
    lines,
    ending: ending === 'reset' ? ending : (watch.ended ?? ending),
    openedAt,
    closedAt: Date.now(),
  };
  appendFileSync(order.journal, `${JSON.stringify(sent)}\n`);
}

async function keepSending(): Promise<void> {
  while (!finishing.signal.aborted) {
    await converse(pick(random, order.targets)).catch(() => sleep(between(random, 20, 200)));
  }
  // A last one each: proof that everything still works.
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await finalConversation(pick(random, order.targets));
      return;
    } catch {
      await sleep(100);
    }
  }
}

async function finalConversation(target: SenderOrder['targets'][number]): Promise<void> {
  const watch = new Watch(await open(target));
  const openedAt = Date.now();
  const conn = nextConn++;
  watch.socket.end(Buffer.concat([toLine(order.run, conn, 0), LINE_FEED]));
  await watch.closed;
  const sent: Sent = {
    conn,
    source: target.source,
    lines: 1,
    ending: watch.ended ?? 'clean',
    openedAt,
    closedAt: Date.now(),
  };
  appendFileSync(order.journal, `${JSON.stringify(sent)}\n`);
}

await Promise.all(Array.from({ length: order.connections }, keepSending));
