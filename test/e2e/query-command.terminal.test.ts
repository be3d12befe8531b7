/** `logcaster query` and `logcaster tail` on a real terminal. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';
import { hasTerminal, TerminalProcess } from '../support/terminal.ts';

const CTRL_C = '\u0003';

describe.skipIf(!hasTerminal)('on a terminal (needs script of util-linux)', () => {
  test('matches are highlighted, and control characters written out', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'a.log'), 'an error\u001b[2J é\nnothing\n');
    const { exited } = new TerminalProcess(['query', 'error', 'a.log', '-H'], { cwd });
    expect(await exited).toEqual({
      code: 0,
      shown: '\u001b[35ma.log\u001b[39m\u001b[2m:\u001b[22man \u001b[1;31merror\u001b[22;39m\\x1b[2J é\n',
    });
  });

  test('NO_COLOR takes the colours away, and not what keeps the terminal safe', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'a.log'), 'an error\u001b[2J\n');
    const { exited } = new TerminalProcess(['query', 'error', 'a.log'], { cwd, env: { NO_COLOR: '1' } });
    expect((await exited).shown).toBe('an error\\x1b[2J\n');
  });

  test('through a pipe bytes are what they are, and without colours', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'a.log'), 'an error\u001b[2J\n');
    const { exited } = new TerminalProcess(
      ['query', 'error', 'a.log'],
      { cwd },
      (command) => `${command} | cat -v`,
    );
    expect((await exited).shown).toBe('an error^[[2J\n');
  });

  test('an error in an expression is shown with its place, in colours', async () => {
    const { exited } = new TerminalProcess(['query', 'a AND']);
    const { code, shown } = await exited;
    expect(code).toBe(2);
    expect(shown).toContain('a AND\n');
    expect(shown).toContain('\u001b[31m     ^\u001b[39m');
  });

  test('a histogram fills the terminal, and has its locale', async () => {
    const cwd = temporaryDirectory();
    const lines = Array.from(
      { length: 60 },
      (_, second) => `2026-01-31T12:00:${String(second).padStart(2, '0')}Z x\n`,
    );
    writeFileSync(join(cwd, 'a.log'), lines.join(''));
    const unicode = await new TerminalProcess(['query', 'x', 'a.log', '--histogram'], { cwd }).exited;
    expect(unicode.shown.split('\n')[0]).toContain(`┤\u001b[32m${'█'.repeat(60)}`);
    const plain = await new TerminalProcess(['query', 'x', 'a.log', '--histogram', '--color', 'never'], {
      cwd,
      env: { LC_ALL: 'C' },
    }).exited;
    expect(plain.shown.split('\n')[0]).toBe(`1 |${'#'.repeat(60)}`);
  });

  test('what takes long shows how far it is, and leaves nothing of that behind', async () => {
    const cwd = temporaryDirectory();
    spawnSync('mkfifo', [join(cwd, 'slow')]);
    const terminal = new TerminalProcess(['query', 'x', 'slow', '--count'], { cwd });
    const slow = createWriteStream(join(cwd, 'slow'));
    slow.write('x\n');
    await terminal.shows('\r\u001b[Ksearching');
    slow.end('x\n');
    const { code, shown } = await terminal.exited;
    expect(code).toBe(0);
    expect(shown.endsWith('\r\u001b[K2\n')).toBe(true);
  });

  test('Ctrl-C ends a search at once, with 130, and clears the terminal', async () => {
    const cwd = temporaryDirectory();
    spawnSync('mkfifo', [join(cwd, 'endless')]);
    const terminal = new TerminalProcess(['query', 'x', 'endless'], { cwd });
    const endless = createWriteStream(join(cwd, 'endless')).on('error', () => {});
    endless.write('x 1\n');
    await terminal.shows('searching');
    terminal.type(CTRL_C);
    const { code, shown } = await terminal.exited;
    expect(code).toBe(130);
    expect(shown.endsWith('\r\u001b[K')).toBe(true);
    endless.destroy();
  });

  test('Ctrl-C ends it also while whoever reads does not', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'large.log'), 'x 1\n'.repeat(200_000));
    // Of 64 KiB and more that are in the pipe, one line is read. The signal reaches the shells too: they are to live on, also `dash`.
    const terminal = new TerminalProcess(
      ['query', 'x', 'large.log'],
      { cwd },
      (command) => `{ trap : INT; ${command}; echo "code $?" >&2; } | { trap '' INT; head -n 1; sleep 600; }`,
    );
    await terminal.shows('x 1');
    terminal.type(CTRL_C);
    await terminal.shows('code 130');
    expect(terminal.shown).not.toContain('x 1\r\nx 1');
  });

  test('tail: sources have colours, lines come as they are sent, Ctrl-C ends it', async () => {
    const collector = await LogcasterProcess.start();
    await collector.sendLines(['before error']);
    await collector.stored(1);
    const terminal = new TerminalProcess(['tail', 'error', '--connect', `127.0.0.1:${collector.queryPort}`]);
    const head = '\u001b[36mtcp\u001b[39m \u001b[2m|\u001b[22m ';
    await terminal.shows(`${head}before \u001b[1;31merror\u001b[22;39m`);
    await collector.sendLines(['nothing', 'another error\u0007']);
    await terminal.shows(`${head}another \u001b[1;31merror\u001b[22;39m\\x07`);
    terminal.type(CTRL_C);
    expect((await terminal.exited).code).toBe(130);
  });
});
