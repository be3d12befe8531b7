import { expect, test } from 'vitest';
import { Output } from '../../../src/cli/query/output.ts';

/** A writer that has room only when the test says so. */
class SlowWriter {
  readonly parts: Buffer[] = [];
  readonly isTerminal = false;
  readonly colors = false;
  isOpen = true;
  #wake: (() => void) | undefined;

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  write(part: string | Uint8Array): void {
    this.parts.push(Buffer.from(part as Uint8Array));
  }

  async ready(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.isOpen;
  }

  makeRoom(): void {
    this.#wake?.();
  }
}

test('texts and bytes come in their order, in one part', async () => {
  const writer = new SlowWriter();
  const output = new Output(writer);
  output.text('é ');
  output.bytes(Buffer.of(0xff, 0x0a));
  output.text('x'.repeat(200_000));
  const sent = output.send();
  writer.makeRoom();
  expect(await sent).toBe(true);
  expect(writer.parts).toHaveLength(1);
  expect(writer.bytes).toEqual(
    Buffer.concat([Buffer.from('é '), Buffer.of(0xff, 0x0a), Buffer.alloc(200_000, 'x')]),
  );
});

test('what was given may be used for something else, also before it is written', async () => {
  const writer = new SlowWriter();
  const output = new Output(writer);
  const lent = Buffer.from('lent\n');
  output.bytes(lent);
  lent.fill(0);
  const sent = output.send();
  output.text('next');
  writer.makeRoom();
  await sent;
  expect(writer.bytes.toString()).toBe('lent\n');
});

test('it waits for room, and clears the terminal before it writes', async () => {
  const writer = new SlowWriter();
  const output = new Output(writer);
  const events: string[] = [];
  output.onWrite = () => events.push('clear');
  output.text('a');
  const sent = output.send().then(() => events.push('sent'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(['clear']);
  writer.makeRoom();
  await sent;
  expect(events).toEqual(['clear', 'sent']);
});

test('when nobody reads any more, it says so and writes nothing', async () => {
  const writer = new SlowWriter();
  const output = new Output(writer);
  output.text('a');
  const sent = output.send();
  writer.isOpen = false;
  writer.makeRoom();
  expect(await sent).toBe(false);
  output.text('b');
  expect(await output.send()).toBe(false);
  expect(writer.bytes.toString()).toBe('a');
});
