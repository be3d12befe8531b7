/** The four commands of the query port, byte for byte. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectTo, LogcasterProcess, readAll, temporaryDirectory } from '../support/logcaster-process.ts';

const ANSWERS: Readonly<Record<string, string>> = {
  STATS: 'STATS: Total=5, Dropped=0, Current=5, Clients=0\n',
  COUNT: 'COUNT: 5\n',
  'QUERY keyword=ERROR': 'FOUND: 2 matches\nERROR: the disk is full\nan ERROR: too  far\n',
  'QUERY keyword=error': 'FOUND: 1 matches\nerror: no\n',
  'QUERY keyword=the disk': 'FOUND: 1 matches\nERROR: the disk is full\n',
  'QUERY keyword=too  far': 'FOUND: 1 matches\nan ERROR: too  far\n',
  'QUERY keyword=too far': 'FOUND: 0 matches\n',
  'QUERY keyword=well ': 'FOUND: 0 matches\n',
  'QUERY keyword= well': 'FOUND: 1 matches\nall is well\n',
  'QUERY keyword=':
    'FOUND: 5 matches\nERROR: the disk is full\nall is well\nerror: no\nan ERROR: too  far\n\n',
  QUERY: 'ERROR: Unknown command\n',
  'QUERY keyword': 'ERROR: Unknown command\n',
  stats: 'ERROR: Unknown command\n',
  'STATS ': 'ERROR: Unknown command\n',
  '': 'ERROR: Unknown command\n',
  'GET / HTTP/1.1': 'ERROR: Unknown command\n',
};

test('each command has its answer, to the byte', async () => {
  const collector = await LogcasterProcess.start();
  await collector.sendLines([
    'ERROR: the disk is full',
    'all is well',
    'error: no',
    'an ERROR: too  far',
    '',
  ]);
  await collector.stored(5);

  const answers: Record<string, string> = {};
  for (const command of Object.keys(ANSWERS)) answers[command] = await collector.ask(command);
  expect(answers).toEqual(ANSWERS);
});

test('a command ends at its newline, or where the client closes its side', async () => {
  const collector = await LogcasterProcess.start();
  const open = await connectTo(collector.queryPort);
  open.write('COUNT\n');
  expect((await readAll(open)).toString()).toBe('COUNT: 0\n');
  const withoutNewline = await connectTo(collector.queryPort);
  withoutNewline.end('COUNT');
  expect((await readAll(withoutNewline)).toString()).toBe('COUNT: 0\n');
});

test('an answer has lines of any length, whole', async () => {
  const collector = await LogcasterProcess.start();
  const long = `long ${'x'.repeat(50_000)} end`;
  await collector.sendLines([long, 'short']);
  await collector.stored(2);
  expect(await collector.ask('QUERY keyword= end')).toBe(`FOUND: 1 matches\n${long}\n`);
});

test('a search that cannot be made has failed', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(
    join(cwd, 'no-ring.yaml'),
    `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: away } }
sinks: { away: { type: blackhole } }
query: { port: 0 }
`,
  );
  const collector = await LogcasterProcess.start(['-c', 'no-ring.yaml'], { cwd });
  expect(await collector.ask('QUERY keyword=x')).toBe('ERROR: Search failed\n');
  expect(await collector.ask('STATS')).toBe('STATS: Total=0, Dropped=0, Current=0, Clients=0\n');
});
