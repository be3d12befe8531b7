/** What is said of options that do not fit, with place and hint. */
import { expect, test } from 'vitest';
import { around, problemsOf } from './support.ts';

async function ofSource(options: string): Promise<string> {
  return `\n${await problemsOf(around({ source: `{ type: listen, ${options} }` }))}\n`;
}

async function ofSink(sink: string): Promise<string> {
  return `\n${await problemsOf(around({ sink }))}\n`;
}

test.each([
  'prot: 1',
  'zzz: 1',
  'port: "9999"',
  'port: 1.5',
  'port: -1',
  'port: 70000',
  'port: 1e400',
  'port: [1]',
  'port: { a: 1 }',
  'port:',
  'host: 127',
  'host: ""',
  'keepAlive: yes',
  'keepAlive: 2',
  'idle: 10',
  'idle: 10 seconds',
  'idle: 5min',
  'idle: soon',
  'idle: 0s',
  'oversize: trunacte',
  'oversize: 1',
  'credit: 8mib',
  'credit: 8 mebibytes',
  'credit: -1',
  'credit: 1',
  'credit: [1]',
  'queue: { maxBytes: 1MiB }',
  'name: x',
])('source with %j', async (options) => {
  expect(await ofSource(options)).toMatchSnapshot();
});

test.each([
  '{ type: disk }',
  '{ type: disk, dir: ./x }',
  '{ type: disk, directory: ./x, maxSize: 64MIB, maxBytes: 1 }',
  '{ type: disk, directory: ./x, queue: { maxBytes: 16, whenFull: dropoldest, size: 1 } }',
  '{ type: disk, directory: ./x, queue: block }',
  '{ type: disk, directory: ./x, retry: { initial: 1m, max: 1s } }',
  '{ type: disk, directory: ./x, retry: { maxAttempts: 0 } }',
  '{ type: remote, url: nope }',
  '{ type: remote, url: "https://x", batch: { lines: 5000, linse: 1 } }',
  '{ type: remote, url: "https://x", tags: [a, 1, b, c] }',
  '{ type: remote, url: "https://x", tags: a }',
  '{ type: remote, url: "https://x", headers: { a: 1 } }',
  '{ type: memory, maxLines: 0 }',
  '{}',
  'memory',
  '{ type: 5 }',
  '{ type: memry }',
  '{ type: listen }',
  '{ type: { a: 1 } }',
])('sink %j', async (sink) => {
  expect(await ofSink(sink)).toMatchSnapshot();
});

test.each([
  '{ type: pick }',
  '{ type: pick, wrod: x }',
  '{ type: pick, word: x, pattern: y }',
  '{ type: pick, pattern: x, flags: g }',
  '{ type: pick, pattern: x, falgs: i }',
  '{ type: sort, by: { kind: tiem } }',
  '{ type: sort, by: {} }',
  '{ type: sort, by: { kind: size, mni: 1 } }',
  '{ type: sort, names: { a: 1, "B c": 2, d: x } }',
  '{ type: sort, level: middle }',
  '{ type: sort, level: [1] }',
  '{ type: sort, share: 0 }',
  '{ type: sort, share: 1 }',
  '{ type: sort, share: 0.3 }',
  '{ type: sort, both: false }',
  '{ type: foreign, level: x }',
  '{ type: run, function: x }',
  '{ type: pick, word: x, name: "a b" }',
  '{ type: pick, word: x, name: a }, { type: pick, word: y, name: a }',
  'pick',
])('operator %j', async (operator) => {
  expect(`\n${await problemsOf(around({ operator }))}\n`).toMatchSnapshot();
});
