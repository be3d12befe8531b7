/** The exit codes of the command: the table in `docs/exit-codes.md` is generated from it. */
export const EXIT = {
  /** Everything was done; a collector has stored what it had. */
  ok: {
    code: 0,
    when: 'it did what it was asked; a collector that was stopped has stored everything that it had read',
  },
  /** It could not start, or a check or a test found something. */
  failed: {
    code: 1,
    when: 'a collector could not start (a port is taken, a directory cannot be written or is in use), or could not store everything before its deadline; `check --deny-warnings` found a warning; `test` found a difference; `verify`, `spill verify` or `doctor` found something; `spill show` or `spill drain` met lines that cannot be read; `query` found no line; `init` would have overwritten a file',
  },
  /** The command line was wrong, or a search could not be done. */
  usage: {
    code: 2,
    when: 'a flag or an argument is unknown or has a bad value; `query` or `tail` could not ask a collector, or could not read a file or an expression',
  },
  /** The configuration was wrong. */
  config: { code: 78, when: 'the configuration has an error' },
  /** A second SIGINT ended it at once. */
  interrupted: {
    code: 130,
    when: 'a second SIGINT ended a collector at once, which prints how many lines were abandoned; the first one ended `query` or `tail`',
  },
  /** A second SIGTERM ended it at once. */
  terminated: {
    code: 143,
    when: 'a second SIGTERM ended a collector at once, which prints how many lines were abandoned; the first one ended `query` or `tail`',
  },
} as const;
