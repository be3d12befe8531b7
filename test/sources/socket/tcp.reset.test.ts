import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { collect, rounds, startTcp, until, write } from './harness.ts';

describe('a reset in the middle of a line', () => {
  test('counts the fragment and keeps the whole lines', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    const client = await connect();
    await write(client, 'whole\nunfin');
    await until(() => collected.lines === 1);
    client.resetAndDestroy();
    await until(() => source.clients!() === 0);
    expect(collected.texts()).toEqual(['whole']);
    expect([...context.discards]).toEqual([['fragment', { lines: 1, bytes: 5, intentional: false }]]);
    expect(context.notes.get('unterminated')).toBeUndefined();
    expect(context.notes.get('resets')).toBe(1);
  });

  test('that comes together with the bytes does the same', async () => {
    const { source, context, connect } = await startTcp();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
    await Promise.all(clients.map((client) => write(client, 'whole\nunfin')));
    for (const client of clients) client.resetAndDestroy();
    // Only now is anything read.
    const collected = collect(source);
    await until(() => source.clients!() === 0);
    expect(collected.texts()).toEqual(Array.from({ length: 20 }, () => 'whole'));
    expect(context.discards.get('fragment')).toEqual({ lines: 20, bytes: 100, intentional: false });
    expect(context.notes.get('unterminated')).toBeUndefined();
  });

  test('of a paused connection loses nothing of what waits for credit', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    context.credit.close();
    const client = await connect();
    await write(client, 'whole\nunfin');
    await until(() => source.inspect!()['waiting'] === 1);
    client.resetAndDestroy();
    await rounds(50);
    expect(collected.lines).toBe(0);
    context.credit.open();
    await until(() => source.clients!() === 0);
    expect(collected.texts()).toEqual(['whole']);
    expect(context.discards.get('fragment')).toEqual({ lines: 1, bytes: 5, intentional: false });
  });

  test('of a paused connection with a full buffer takes in what had arrived, and cuts no line in two', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    context.credit.close();
    const client = await connect();
    const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}`);
    client.write(Buffer.from(lines.join('\n')));
    await until(() => source.inspect!()['waiting'] === 1);
    await rounds(50);
    client.resetAndDestroy();
    await rounds(50);
    context.credit.open();
    await until(() => source.clients!() === 0);
    const texts = collected.texts();
    expect(texts.length).toBeGreaterThan(1000);
    expect(texts).toEqual(lines.slice(0, texts.length));
    // The rest was lost with the connection, in the middle of a line or not.
    expect(context.discards.get('fragment')?.lines ?? 0).toBeLessThanOrEqual(1);
  });

  test('while lines are emitted does not disturb others', async () => {
    const { source, connect } = await startTcp();
    const collected = collect(source);
    const [good, bad] = [await connect(), await connect()];
    for (let turn = 0; turn < 20; turn++) {
      await write(good, `good ${turn}\n`);
      if (turn === 10) bad.resetAndDestroy();
    }
    good.end();
    await until(() => collected.lines === 20 && source.clients!() === 0);
    expect(collected.texts()).toEqual(Array.from({ length: 20 }, (_, turn) => `good ${turn}`));
  });
});
