/**
 * The `stdout` sink in a process of its own: readers that leave, and readers that do not read.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';

type Printer = ChildProcessByStdio<null, Readable, Readable>;

interface Report {
  readonly stored?: number;
  readonly rejected?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly ticks?: number;
  readonly ended?: true;
}

const LONG = { timeout: 60_000, interval: 20 };
const printers: Printer[] = [];

afterEach(() => {
  for (const printer of printers.splice(0)) printer.kill('SIGKILL');
});

function print(...args: string[]): { readonly printer: Printer; readonly reports: Report[] } {
  const script = new URL('print.ts', import.meta.url).pathname;
  const printer = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  printers.push(printer);
  const reports: Report[] = [];
  let rest = '';
  printer.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    reports.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Report));
  });
  return { printer, reports };
}

test('a reader that does not read stops the sink, and nothing else; then it gets everything', async () => {
  const { printer, reports } = print('20');
  // A pipe takes less than the 120 KB of a batch: the first write cannot end, and the process goes on.
  await vi.waitFor(() => expect(reports.some(({ ticks = 0 }) => ticks >= 5)).toBe(true), LONG);
  expect(reports.filter(({ stored }) => stored !== undefined).length).toBeLessThan(20);

  const chunks: Buffer[] = [];
  printer.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(printer, 'close');
  const lines = Buffer.concat(chunks).toString().split('\n');
  expect(lines).toHaveLength(20_001);
  expect(lines[0]).toBe(`0.0 \u001b[31m${'x'.repeat(100)}`);
  expect(lines[19_999]).toBe(`19.999 \u001b[31m${'x'.repeat(100)}`);
  expect(reports.filter(({ stored }) => stored !== undefined)).toHaveLength(20);
  expect(reports.at(-1)).toEqual({ ended: true });
}, 120_000);

test('a reader that leaves costs the lines, not the process', async () => {
  const { printer, reports } = print('20');
  await once(printer.stdout, 'readable');
  printer.stdout.destroy();
  const [code] = (await once(printer, 'close')) as [number | null];
  expect(code).toBe(0);
  expect(reports.at(-1)).toEqual({ ended: true });
  const last = reports.findLast(({ rejected }) => rejected !== undefined);
  expect(last).toMatchObject({ rejected: 19, reason: 'stdout-closed' });
  expect(last?.message).toContain('EPIPE');
}, 120_000);
