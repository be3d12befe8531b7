/** Thrown by a command for what is wrong with its flags or arguments: it is shown on one line, and the exit code says so. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
