/** The command line: parses the arguments, runs the command and returns its exit code. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';

const { version } = createRequire(import.meta.url)('logcaster/package.json') as { version: string };

/** Runs the command that `argv` (without the interpreter and the script) names, and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('logcaster').version(version).exitOverride();
  program
    .command('run', { isDefault: true })
    .option('-P, --persist', 'write the lines to rotating files')
    .action(() => {});
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}
