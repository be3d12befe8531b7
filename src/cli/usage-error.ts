import { EXIT } from './exit-codes.ts';

/** Thrown by a command for what its user can put right: it is shown on one line, with a hint. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** What to do about it. */
  readonly hint: string | undefined;
  /** The exit code. */
  readonly exit: number;

  constructor(message: string, hint?: string, exit: number = EXIT.usage.code) {
    super(message);
    this.hint = hint;
    this.exit = exit;
  }
}
