/** An operator that keeps the event loop for seconds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const CONFIG = `
sources:
  tcp: { type: tcp, port: 0 }
pipelines:
  main:
    from: tcp
    through: [{ type: js, module: ./block.mjs }]
    to: [ring, files]
sinks:
  ring: { type: ring }
  files: { type: file, directory: ./logs }
query: { port: 0 }
`;

const OPERATOR = `
export default (line) => {
  if (line.text === 'block') for (const until = Date.now() + 3000; Date.now() < until; );
  return true;
};
`;

test('costs no line of those who send meanwhile, nor their order', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'logcaster.yaml'), CONFIG);
  writeFileSync(join(cwd, 'block.mjs'), OPERATOR);
  const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml'], { cwd });
  const clients = await Promise.all(Array.from({ length: 5 }, () => collector.connect()));
  for (const [client, socket] of clients.entries()) {
    const lines = Array.from({ length: 4000 }, (_, index) => `${client} ${index}`);
    socket.write(`${client === 0 ? 'block\n' : ''}${lines.join('\n')}\n`);
  }
  await collector.stored(20_001, 'files');
  expect(await collector.entry('the event loop was blocked')).toMatchObject({
    level: 'warn',
    by: [{ name: 'operator js of main' }],
    msg: expect.stringMatching(
      /^the event loop was blocked for [23]\.\d s: operator js of main took [23]\.\d s of it$/,
    ) as string,
  });
  const { process } = await collector.ledger();
  expect(process!.loop.lag.max).toBeGreaterThan(2500);
  expect(process!.loop.blocked).toMatchObject({
    times: 1,
    longest: { by: [{ name: 'operator js of main' }] },
  });
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger).toMatchObject({ unaccounted: 0, sinks: { files: { stored: 20_001 } } });
  const found = linesIn(join(cwd, 'logs'));
  expect(found).toHaveLength(20_001);
  for (let client = 0; client < 5; client++) {
    const numbers = found
      .filter((line) => line.startsWith(`${client} `))
      .map((line) => Number(line.slice(2)));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }
});
