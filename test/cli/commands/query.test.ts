/** `logcaster query` over files, in this process. What it does with a collector and with a terminal: test/e2e/query-command.*. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { folder, runCli, runCliForBytes } from '../run-cli.ts';

const APP = [
  '2026-01-31T12:00:00Z {"not":"json"}',
  'start',
  '{"level":"error","status":503,"time":"2026-01-31T12:00:01Z"}',
  'level=warn took=12 msg="a timeout"',
  'stop',
  '',
].join('\n');

async function query(args: readonly string[], world: Parameters<typeof runCli>[1] = {}) {
  const cwd = world?.cwd ?? (await folder({ 'app.log': APP, 'b.log': 'start\nmiddle\nstop\n' }));
  return runCli(['query', ...args], { ...world, cwd });
}

describe('lines', () => {
  test.each([
    [['st', 'b.log'], 'start\nstop\n'],
    [['-v', 'st', 'b.log'], 'middle\n'],
    [['', 'b.log'], 'start\nmiddle\nstop\n'],
    [['-v', '', 'app.log'], ''],
    [['-e', 'middle', '-e', 'stop', 'b.log'], 'middle\nstop\n'],
    [['-e', 'mid\nOR start', 'b.log'], 'start\nmiddle\n'],
    [['stop', 'app.log', 'b.log'], 'app.log:stop\nb.log:stop\n'],
    [['-h', 'stop', 'app.log', 'b.log'], 'stop\nstop\n'],
    [['-H', 'stop', 'b.log'], 'b.log:stop\n'],
    [['', 'b.log', '-n', '2'], 'middle\nstop\n'],
    [['', 'b.log', '-m', '2'], 'start\nmiddle\n'],
    [['', 'b.log', '--reverse'], 'stop\nmiddle\nstart\n'],
    [['', 'b.log', '--reverse', '-n', '2'], 'stop\nmiddle\n'],
    [['st', 'app.log', 'b.log', '-h', '-n', '1'], 'stop\n'],
    [['middle', 'b.log', '-C', '1', '-H'], 'b.log-start\nb.log:middle\nb.log-stop\n'],
    [['st', 'b.log', '-A', '0'], 'start\n--\nstop\n'],
    [['status:>=500', 'app.log', '--fields', 'level,status'], 'error\t503\n'],
    [['level:warn', 'app.log', '--fields', 'msg,none,took'], 'a timeout\t\t12\n'],
    [['level:warn', 'app.log', '--fields', 'msg,none,took', '--json'], '{"msg":"a timeout","took":12}\n'],
    [['timeout', 'app.log', '-o'], 'timeout\n'],
    [['/s.../', 'b.log', '-o'], 'star\nstop\n'],
    [['middle', 'b.log', '--json'], '{"file":"b.log","message":"middle"}\n'],
    [['level:warn', 'app.log', '-t'], '2026-01-31T12:00:01.000Z level=warn took=12 msg="a timeout"\n'],
  ])('%j', async (args, expected) => {
    expect(await query(args)).toMatchObject({ code: expected === '' ? 1 : 0, out: expected, err: '' });
  });

  test('bytes stay what they are', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x1b, 0x0d, 0x0a, 0xc3, 0x0a]);
    const cwd = await folder();
    await writeFile(join(cwd, 'raw'), bytes);
    expect((await runCliForBytes(['query', '', 'raw'], { cwd })).out).toEqual(bytes);
    const { out } = await query(['', 'raw', '--json', '-m', '1'], { cwd });
    const { messageBase64 } = JSON.parse(out) as { messageBase64: string };
    expect(Buffer.from(messageBase64, 'base64')).toEqual(bytes.subarray(0, 4));
  });

  test('a terminal is not disturbed, and what matched is highlighted', async () => {
    const cwd = await folder({ 'a.log': '\u001b[2Jan error\u0007\n' });
    const terminal = { cwd, terminal: true };
    expect((await query(['error', 'a.log'], terminal)).out).toBe('\\x1b[2Jan error\\x07\n');
    expect((await query(['error', 'a.log'], { ...terminal, colors: true })).out).toBe(
      '\\x1b[2Jan \u001b[1;31merror\u001b[22;39m\\x07\n',
    );
    expect(
      (await query(['error', 'a.log', '--color', 'never'], { ...terminal, colors: true })).out,
    ).not.toContain('\u001b');
  });
});

describe('figures', () => {
  test.each([
    [['st', 'app.log', 'b.log', '--count'], '5\n'],
    [['st', 'b.log', '--count', '--json'], '{"count":2}\n'],
    [['', 'app.log', '--top', 'level', '-n', '1'], '1\terror\n3\t(none)\n1\t(other)\n'],
    [
      ['', 'app.log', '--count-by', 'status', '--json'],
      '{"value":"503","count":1}\n{"none":true,"count":4}\n',
    ],
    [['', 'app.log', '--count-by', 'time(1s)'], '2\t2026-01-31T12:00:00.000Z\n3\t2026-01-31T12:00:01.000Z\n'],
    [
      ['', 'app.log', '--histogram', '--json'],
      '{"time":"2026-01-31T12:00:00.000Z","count":2}\n{"time":"2026-01-31T12:00:01.000Z","count":3}\n',
    ],
  ])('%j', async (args, expected) => {
    expect(await query(args)).toMatchObject({ code: 0, out: expected, err: '' });
  });

  test('a histogram is as wide as the terminal', async () => {
    const { out } = await query(['', 'app.log', '--histogram'], { terminal: true, columns: 40 });
    expect(out).toContain('5 lines, 50ms a bar');
    expect(
      Math.max(
        ...out
          .split('\n')
          .slice(0, -2)
          .map((row) => row.length),
      ),
    ).toBeLessThanOrEqual(40);
  });

  test('of lines without a time no picture can be drawn', async () => {
    const { code, out, err } = await query(['', 'b.log', '--histogram']);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '',
      err: 'logcaster: of 3 lines it is not known when they were received\n',
    });
  });
});

describe('exit codes are those of grep', () => {
  test.each([
    [['start', 'b.log', '-q'], 0, ''],
    [['nothing', 'b.log', '-q'], 1, ''],
    [['nothing', 'b.log'], 1, ''],
    [['nothing', 'b.log', '--count'], 1, ''],
    [['start', 'missing', 'b.log'], 2, 'logcaster: missing: no such file or directory\n'],
    [['start', 'missing', 'b.log', '-q'], 0, 'logcaster: missing: no such file or directory\n'],
  ])('%j: %d', async (args, code, err) => {
    expect(await query(args)).toMatchObject({ code, err });
  });

  test.each([
    [['(a', 'b.log'], 'error: column 1: this ( is never closed'],
    [['a', 'b.log', '--since', 'yesterday'], '--since: "yesterday" is no time'],
    [['a', 'b.log', '--since', '1m', '--until', '2m'], '--since must be before --until'],
    [['a', 'b.log', '--count', '--top', 'x'], '--count and --top do not go together'],
    [['a', 'b.log', '--count', '--fields', 'x'], '--count and --fields do not go together'],
    [['a', 'b.log', '--connect', 'x:1'], '--connect and files do not go together'],
    [['-c', 'a', 'b.log', 'c.log'], 'to count lines, write --count'],
    [['a', 'b.log', '-A', '1', '--reverse'], 'do not go together'],
    [['a', 'b.log', '-n', 'x'], 'It is how many lines'],
    [['a', 'b.log', '-n', '0'], 'from 1 on'],
    [['a', 'b.log', '--fields', 'a,,b'], 'Write names with commas'],
    [['a', 'b.log', '--count-by', 'time(x)'], 'nothing to count by'],
    [['a', 'b.log', '--top', 'time(1s)'], '--top counts by a field'],
    [['a', '--connect', '127.0.0.1:1'], 'no collector answers on 127.0.0.1:1: nobody listens there'],
    [['-i', 'a', 'b.log'], "there is no -i here: upper and lower case are the same in '/error/i'"],
    [['-E', 'a', 'b.log'], "a regular expression is '/a|b/'"],
    [[], 'no expression is given'],
  ])('%j: 2', async (args, message) => {
    const { code, out, err } = await query(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  test('-c is the configuration, and whoever meant to count is told how', async () => {
    const { code, err } = await query(['-c', 'error', 'b.log']);
    expect(code).toBe(78);
    expect(err).toContain('there is no such file');
    expect(err).toContain('to count lines, write --count');
  });

  test('an error in an expression is shown with its place', async () => {
    expect((await query(['a AND (b', 'b.log'])).err).toBe(
      [
        'error: column 7: this ( is never closed [LC_EXPRESSION_INVALID]',
        '  | a AND (b',
        '  |       ^',
        '  = Write ) behind it, or "(" to look for the character.',
        '',
      ].join('\n'),
    );
  });

  test('-h alone asks for help, as everywhere', async () => {
    expect((await query(['-h'])).out).toContain('Usage: logcaster query');
  });
});

describe('what is read', () => {
  test('standard input', async () => {
    expect((await query(['b', '-'], { input: 'a\nb\nbc' })).out).toBe('b\nbc\n');
    expect((await query(['b', '-', 'b.log', '-H'], { input: 'b\n' })).out).toBe('(standard input):b\n');
  });

  test('compressed files, whatever they are called', async () => {
    const cwd = await folder();
    const lines = Buffer.from('one\ntwo\n');
    await writeFile(join(cwd, 'a.gz'), gzipSync(lines));
    await writeFile(
      join(cwd, 'b'),
      Buffer.concat([zstdCompressSync(lines), zstdCompressSync(Buffer.from('three two\n'))]),
    );
    expect((await query(['two', 'a.gz', 'b'], { cwd })).out).toBe('a.gz:two\nb:two\nb:three two\n');
    expect((await query(['t', 'a.gz', 'b', '-h', '--reverse'], { cwd })).out).toBe('three two\ntwo\ntwo\n');
    expect((await query(['t', 'a.gz', 'b', '-h', '-n', '2'], { cwd })).out).toBe('two\nthree two\n');
  });

  test('what is damaged is searched as far as it can be read, and said', async () => {
    const cwd = await folder();
    const whole = gzipSync(Buffer.from('one\n'.repeat(1000)));
    await writeFile(join(cwd, 'a.gz'), whole.subarray(0, -9));
    const { code, out, err } = await query(['one', 'a.gz', '--count'], { cwd });
    expect(code).toBe(2);
    expect(Number(out)).toBeGreaterThan(0);
    expect(err).toMatch(/^logcaster: a\.gz: damaged at byte \d+: /);
  });

  test('directories: their files by name, those below with -r', async () => {
    const cwd = await folder({
      'd/b.txt': 'x b\n',
      'd/a.txt': 'x a\n',
      'd/.hidden': 'x\n',
      'd/e/c.txt': 'x c\n',
    });
    expect(await query(['x', 'd'], { cwd })).toMatchObject({
      code: 2,
      out: 'd/a.txt:x a\nd/b.txt:x b\n',
      err: 'logcaster: d: left out directories in it (e); -r searches them, too\n',
    });
    expect(await query(['x', 'd', '-r'], { cwd })).toMatchObject({
      code: 0,
      out: 'd/a.txt:x a\nd/b.txt:x b\nd/e/c.txt:x c\n',
    });
  });

  test('log directories: in the order in which they were written', async () => {
    const cwd = await folder({
      'logs/current.log': '5\n',
      'logs/log-20260131-120000-000002.log': '2\n',
      'logs/log-20260131-110000-000003.log': '3\n',
      'logs/log-20260131-120000-000001.log': '1\n',
      'logs/log-20250131-120000.log': '0\n',
      'logs/torn-000003-17.part': 'torn',
      'logs/.logcaster.json': '{}',
    });
    await writeFile(join(cwd, 'logs/log-20260131-130000-000004.log.gz'), gzipSync(Buffer.from('4\n')));
    // Compressed, and not removed yet.
    await writeFile(join(cwd, 'logs/log-20260131-110000-000003.log.gz'), gzipSync(Buffer.from('3\n')));
    expect(await query(['', 'logs'], { cwd })).toMatchObject({ code: 0, out: '0\n1\n2\n3\n4\n5\n', err: '' });
    expect(await query(['', 'logs', '--reverse'], { cwd })).toMatchObject({ out: '5\n4\n3\n2\n1\n0\n' });
    expect(await query(['4', 'logs', '-H'], { cwd })).toMatchObject({
      out: 'logs/log-20260131-130000-000004.log.gz:4\n',
    });
    expect(await query(['', 'logs', '-n', '3'], { cwd })).toMatchObject({ out: '3\n4\n5\n' });
  });

  test('an empty file, and an empty directory', async () => {
    const cwd = await folder({ empty: '' });
    await mkdir(join(cwd, 'd'));
    expect(await query(['', 'empty', 'd'], { cwd })).toMatchObject({ code: 1, out: '', err: '' });
  });

  test('times: those that lines tell, and that of the file', async () => {
    const cwd = await folder({ 'a.log': '2026-01-31T12:00:00Z one\n  at two\n2026-01-31T13:00:00Z three\n' });
    const between = ['--since', '2026-01-31T11:00:00Z', '--until', '2026-01-31T12:30:00Z'];
    expect((await query(['', 'a.log', ...between], { cwd })).out).toBe(
      '2026-01-31T12:00:00Z one\n  at two\n',
    );
    expect((await query(['since:2026-01-31T12:30:00Z', 'a.log', '-B', '1'], { cwd })).out).toBe(
      '  at two\n2026-01-31T13:00:00Z three\n',
    );
  });
});
