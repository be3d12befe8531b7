/** The command line: parses the arguments, runs the command and returns its exit code. */
import { CommanderError } from 'commander';
import { errorCode } from '../core/file-system.ts';
import { type CommandContext, processContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { tuneMemory } from './tune-memory.ts';

/** Runs the command that `argv` (without the interpreter and the script) names, and returns the exit code. */
export async function main(argv: readonly string[], given?: CommandContext): Promise<number> {
  const context = given ?? ownContext();
  if (!context) return EXIT.failed.code;
  tuneMemory();
  let code: number = EXIT.ok.code;
  const program = createProgram((result) => {
    code = result;
  }, context);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed it; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok.code : EXIT.usage.code;
    throw error;
  }
}

/** The process's; `undefined`, and it is said why, if its working directory is gone. */
function ownContext(): CommandContext | undefined {
  try {
    return processContext();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    process.stderr.write('logcaster: the working directory does not exist any more (cd to one that does)\n');
    return undefined;
  }
}
