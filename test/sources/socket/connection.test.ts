import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { joinLines } from '../../../src/core/batch.ts';
import { LineFramer } from '../../../src/framing/line-framer.ts';
import { Connection } from '../../../src/sources/socket/connection.ts';
import { until } from './harness.ts';

/**
 * A socket as libuv up to 1.51 shows it when the last bytes and a reset come together: bytes, then the end of the stream,
 * and only a write tells of the reset.
 */
class DeceptiveSocket extends Duplex {
  readonly writeError: Error | undefined;

  constructor(writeError: Error | undefined) {
    super({ allowHalfOpen: true });
    this.writeError = writeError;
  }

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    setImmediate(() => callback(this.writeError));
  }
}

async function receive(writeError: Error | undefined): Promise<unknown[]> {
  const socket = new DeceptiveSocket(writeError);
  const events: unknown[] = [];
  const framer = new LineFramer(
    { maxLineBytes: 100, oversize: 'truncate', keepCarriageReturn: false },
    { truncated: () => {}, split: () => {}, dropped: () => {} },
  );
  const connection = new Connection(socket as unknown as Socket, 'peer', framer, {
    accepts: () => true,
    read: (_connection, runs) => events.push(...runs.map(({ bytes }) => bytes.toString())),
    grew: () => {},
    unterminated: () => events.push('unterminated'),
    fragment: (bytes) => events.push({ fragment: bytes }),
    failed: () => {},
    closed: () => events.push('closed'),
  });
  connection.resume();
  socket.push(Buffer.from('whole\nunfin'));
  socket.push(null);
  await until(() => events.includes('closed'));
  return events;
}

test('a reset that looks like the end of the stream leaves a fragment, not a line', async () => {
  const reset = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET' });
  expect(await receive(reset)).toEqual(['whole\n', { fragment: 5 }, 'closed']);
});

test('a peer that has closed both ways in good order leaves a line', async () => {
  const line = joinLines(['unfin']).bytes.toString();
  expect(await receive(undefined)).toEqual(['whole\n', 'unterminated', line, 'closed']);
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  expect(await receive(broken)).toEqual(['whole\n', 'unterminated', line, 'closed']);
});
