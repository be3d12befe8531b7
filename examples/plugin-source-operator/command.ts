/** The source `command`: the lines that a program prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defineSource, type InputOf, LineFramer, size } from 'logcaster/plugin';
import { z } from 'zod';

const options = z.strictObject({
  run: z.tuple([z.string().min(1)], z.string()).meta({ description: 'The program, and its arguments' }),
  maxLineBytes: size({ min: 1, max: 2 ** 30 })
    .prefault('1MiB')
    .meta({ description: 'The longest line; the rest of a longer one is cut off', unit: 'size' }),
});

export const command = defineSource({
  type: 'command',
  summary: 'Runs a program, and takes the lines that it prints.',
  description:
    'It ends when the program does. What the program says on standard error goes to that of LogCaster.',
  guarantees: { backpressure: 'The program waits when there is no credit: its pipe is not read.' },
  options,
  examples: [{ title: 'The journal', yaml: 'type: command\nrun: [journalctl, --follow, --output=cat]\n' }],
  create: ({ run: [program, ...args], maxLineBytes }, context) => ({
    address: () => program,
    async *lines(signal) {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], signal });
      const ended = once(child, 'close') as Promise<[number | null]>;
      // It is waited for below; until then its failure is not unhandled.
      ended.catch(() => {});
      const framer = new LineFramer(
        { maxLineBytes, oversize: 'truncate', keepCarriageReturn: false },
        { truncated: (lines) => context.note('truncated', lines), split: () => {}, dropped: () => {} },
      );
      try {
        for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
          const lines = framer.push(chunk);
          if (lines) yield lines;
        }
        const rest = framer.end();
        if (rest) yield rest;
        const [code] = await ended;
        if (code !== 0) throw new Error(`${program} ended with exit code ${code}`);
      } finally {
        child.kill();
        await ended.catch(() => {});
      }
    },
  }),
});

declare module 'logcaster' {
  interface SourceOptionsByType {
    command: InputOf<typeof options>;
  }
}
