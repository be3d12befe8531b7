/** Runs the commands that LogCaster is compared with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A shell that is started once, and tells what commands cost. */
export class TimedShell {
  readonly #process = spawn('bash', ['--norc'], {
    env: { ...process.env, LC_ALL: 'C', TIMEFORMAT: '%U %S' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });

  /** Runs a command that prints a number; answers it, and CPU ms. */
  async run(command: string): Promise<[printed: number, ms: number]> {
    this.#process.stdin.write(`{ time { ${command}; } ; } 2>&1; echo end\n`);
    let output = '';
    while (!output.endsWith('end\n')) {
      const [part] = (await once(this.#process.stdout, 'data')) as [Buffer];
      output += part.toString();
    }
    const [printed, times = ''] = output.trim().split('\n');
    return [Number(printed), times.split(' ').reduce((sum, seconds) => sum + Number(seconds) * 1000, 0)];
  }

  end(): void {
    this.#process.stdin.end();
  }
}
