import { expect, test } from 'vitest';
import { processContext } from '../../../src/cli/context.ts';
import { findAsking, parseAddress } from '../../../src/cli/query/connect.ts';
import { folder } from '../run-cli.ts';

test.each([
  ['logs.example.com:1234', 'logs.example.com', 1234],
  ['10.0.0.1', '10.0.0.1', 9998],
  ['1234', '127.0.0.1', 1234],
  [':1234', '127.0.0.1', 1234],
  ['[::1]:1234', '::1', 1234],
  ['::1', '::1', 9998],
])('%s', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
});

test.each(['host:port', '127.0.0.1:70000', '0', 'a b', 'host:'])('%s is none', (text) => {
  expect(() => parseAddress(text)).toThrow('is no address');
});

const CONFIG = (query: string): string => `
sources: { tcp: { type: tcp } }
pipelines: { main: { from: tcp, to: ring } }
sinks: { ring: { type: ring } }
${query}
`;

async function addressFor(
  files: Readonly<Record<string, string>>,
  flags: Parameters<typeof findAsking>[0] = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const context = { ...processContext(), cwd: await folder(files), env };
  return (await findAsking(flags, context))?.address;
}

test('without anything else it is where a collector answers that was started so', async () => {
  expect(await addressFor({})).toBe('127.0.0.1:9998');
});

test('the configuration that is found here counts, as for run, and the one that is named before it', async () => {
  const files = {
    'logcaster.yaml': CONFIG('query: { port: 1 }'),
    'other.yaml': CONFIG('query: { host: "::", port: 2 }'),
  };
  expect(await addressFor(files)).toBe('127.0.0.1:1');
  expect(await addressFor(files, { config: 'other.yaml' })).toBe('[::1]:2');
  expect(await addressFor(files, {}, { LOGCASTER_CONNECT: 'a:3' })).toBe('a:3');
  expect(await addressFor(files, { connect: 'b:4' }, { LOGCASTER_CONNECT: 'a:3' })).toBe('b:4');
});

test('a configuration that answers no queries is said to', async () => {
  await expect(addressFor({ 'logcaster.yaml': CONFIG('') })).rejects.toThrow('answers no queries');
  await expect(addressFor({ 'logcaster.yaml': CONFIG('query: { port: 0 }') })).rejects.toThrow(
    'only known when it runs',
  );
});

test('a token is for HTTP, and comes from a file', async () => {
  const files = { token: ' secret \n', empty: '\n' };
  const http = 'http://127.0.0.1:1';
  expect(await addressFor(files, { connect: http, tokenFile: 'token' })).toBe(http);
  await expect(addressFor(files, { connect: 'a:1', tokenFile: 'token' })).rejects.toThrow(
    'only asked for over HTTP',
  );
  await expect(addressFor(files, { connect: http, tokenFile: 'empty' })).rejects.toThrow('is empty');
  await expect(addressFor(files, { connect: http, tokenFile: 'none' })).rejects.toThrow('ENOENT');
});
