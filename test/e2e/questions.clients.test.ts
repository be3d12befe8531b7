/** Clients that ask and behave badly: collecting goes on, each line is told or said to be skipped, and nothing is left behind. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  closed,
  connectTo,
  eventually,
  LogcasterProcess,
  readAll,
  temporaryDirectory,
} from '../support/logcaster-process.ts';

const LINE = 'x'.repeat(990);

interface Questions {
  readonly searching: number;
  readonly tailing: number;
  readonly tailBuffer: number;
}

async function questions(collector: LogcasterProcess): Promise<Questions> {
  return (await collector.ledger()).query!['questions'] as Questions;
}

/** Starts a collector with a tail buffer of 1 MiB, and HTTP. */
async function start(): Promise<{ collector: LogcasterProcess; httpPort: number }> {
  const cwd = temporaryDirectory();
  const file = join(cwd, 'logcaster.json');
  const config = {
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: 'ring' } },
    sinks: { ring: { type: 'ring', maxLines: 100_000 } },
    query: { port: 0, maxTailBytes: '1MiB', http: { port: 0 } },
  };
  writeFileSync(file, JSON.stringify(config));
  const collector = await LogcasterProcess.start(['-c', file], { cwd });
  const { addresses } = await collector.entry('started');
  return { collector, httpPort: Number((addresses as Record<string, string>)['http']!.split(':').at(-1)) };
}

test('of a tail that nobody reads each line is told or said to be skipped, and nobody waits for it', async () => {
  const { collector } = await start();
  const lazy = await connectTo(collector.queryPort);
  lazy.pause();
  lazy.write('TAIL\n');
  await eventually(async () => expect(await questions(collector)).toMatchObject({ tailing: 1 }));
  const count = 30_000;
  await collector.sendLines(Array.from({ length: count }, (_, index) => `${index} ${LINE}`));
  await collector.stored(count);
  expect((await questions(collector)).tailBuffer).toBeLessThanOrEqual(2 ** 20);

  let text = '';
  lazy.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  lazy.resume();
  await eventually(() => expect(text).toContain(`\n${count - 1} ${LINE}\n`));
  let next = 0;
  let skipped = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const lines = Number(/^# skipped (\d+)$/.exec(line)?.[1] ?? 0);
    expect([`${next} ${LINE}`, `# skipped ${lines}`]).toContain(line);
    next += lines || 1;
    skipped += lines;
  }
  expect(next).toBe(count);
  expect(skipped).toBeGreaterThan(0);
  lazy.destroy();
  await collector.sendLines(['more', 'and more']);
  await eventually(async () => {
    await collector.sendLines(['still more']);
    expect(await questions(collector)).toMatchObject({ tailing: 0, tailBuffer: 0 });
  });
});

test('clients that leave in the middle of an answer leave nothing behind, on the query port and over HTTP', async () => {
  const { collector, httpPort } = await start();
  await collector.sendLines(Array.from({ length: 30_000 }, (_, index) => `${index} ${LINE}`));
  await collector.stored(30_000);
  for (let round = 0; round < 5; round++) {
    const [port, http] = [await connectTo(collector.queryPort), await connectTo(httpPort)];
    port.end('SEARCH\n');
    http.write('GET /api/search HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.all([once(port, 'data'), once(http, 'data')]);
    port.destroy();
    http.destroy();
  }
  await eventually(async () => expect(await questions(collector)).toMatchObject({ searching: 0 }));
  await collector.sendLines(['meanwhile']);
  await collector.stored(30_001);
  expect(await collector.ask('SEARCH meanwhile')).toMatch(/^meanwhile\n# matched=1 scanned=30001 /);
});

test('a crowd of searches is answered, or told that it is too many, and none is left hanging', async () => {
  const { collector } = await start();
  await collector.sendLines(['here']);
  await collector.stored(1);
  const answers = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const client = await connectTo(collector.queryPort).catch(() => undefined);
      if (!client) return '';
      const gone = closed(client);
      let answer = '';
      client.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      client.on('end', () => client.end());
      client.write(index % 2 === 0 ? 'SEARCH here\n' : 'COUNT here\n');
      await gone;
      return answer.replace(/^# matched=1 scanned=1 bytes=5 ms=\d+ truncated=no$/m, '#');
    }),
  );
  const known = new Set(['here\n#\n', 'COUNT: 1\n#\n', 'ERROR: Too many clients\n', '']);
  expect(answers.filter((answer) => !known.has(answer))).toEqual([]);
  expect(answers.filter((answer) => answer.endsWith('#\n')).length).toBeGreaterThanOrEqual(64);
  expect(await questions(collector)).toMatchObject({ searching: 0 });
});

test('a question in pieces, half-closed, too long or of no sense is answered as what it is', async () => {
  const { collector } = await start();
  await collector.sendLines(['größer']);
  await collector.stored(1);
  const slow = await connectTo(collector.queryPort);
  slow.setNoDelay(true);
  const answer = readAll(slow);
  for (const byte of Buffer.from('SEARCH größ\n')) {
    await new Promise((resolve) => slow.write(Buffer.of(byte), resolve));
  }
  expect((await answer).toString()).toMatch(/^größer\n# matched=1 /);
  expect(await collector.ask(`SEARCH ${'x'.repeat(100_000)}`)).toBe('ERROR: Command too long\n');
  expect(await collector.ask(`SEARCH ${'('.repeat(10_000)}`)).toMatch(/^ERROR: column \d+: /);
  expect(await collector.ask(`SEARCH ${'a OR '.repeat(10_000)}a`)).toMatch(/^(?:ERROR: column|# matched=0)/);
  expect(await collector.ask('SEARCH /(a+)+$/')).toMatch(/^(?:größer|# matched=0)/);
  expect(await collector.ask('SEARCH \0')).toMatch(/^(?:ERROR|# matched=0)/);
  expect(await collector.ask('search x')).toBe('ERROR: Unknown command\n');
  expect(await collector.ask('SEARCHx')).toBe('ERROR: Unknown command\n');
  expect(await collector.ask('COUNT')).toBe('COUNT: 1\n');
});
