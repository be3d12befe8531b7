/**
 * Errors. Every error that LogCaster raises on purpose has a code of the table below; a code is never used again for
 * something else. `docs/errors.md` is generated from it.
 */

/** What one knows about an error code. */
export interface ErrorInfo {
  /** What happened, in a sentence. */
  readonly summary: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Every error code. */
export const ERRORS = {
  LC_COMPONENT_DUPLICATE: {
    summary: 'Two definitions have the same kind and type.',
    hint: 'Rename one of them; a plugin that is to replace a built-in must be told so.',
  },
  LC_COMPONENT_FAILED: {
    summary: 'A component cannot be made or started.',
    hint: 'The message says why. If the component is of a plugin, see its documentation.',
  },
  LC_CONFIG_INVALID: {
    summary: 'A program started a collector with a configuration that has errors.',
    hint: 'See the `diagnostics` of the error: each has a code of its own, and says what to do.',
  },
  LC_CONNECT_FAILED: {
    summary: 'No collector answers where one was asked.',
    hint: 'Start one with logcaster run, or say with --connect where it answers; to search files, name them; - is standard input.',
  },
  LC_DIRECTORY_IN_USE: {
    summary: 'Another process writes to this log directory.',
    hint: 'Stop the other one, or give this one a directory of its own.',
  },
  LC_DIRECTORY_UNUSABLE: {
    summary: 'The log directory cannot be made, read or written.',
    hint: 'Check that it is a directory and that this user may write to it.',
  },
  LC_DIRECTORY_FORMAT: {
    summary: 'The log directory was written by a newer LogCaster, in a format this one does not know.',
    hint: 'Use the newer version, or another directory.',
  },
  LC_DIRECTORY_OBSTRUCTED: {
    summary: 'Where a log file should be is something else: a link, a pipe, a directory.',
    hint: 'Move it out of the way; LogCaster does not touch it.',
  },
  LC_EXPRESSION_INVALID: {
    summary: 'A search expression cannot be read.',
    hint: 'The message says where and what was expected; docs/search.md has the whole language.',
  },
  LC_LISTEN_FAILED: {
    summary: 'A port or a socket cannot be listened on.',
    hint: 'Choose another one, or stop the program that has it.',
  },
  LC_LIMIT_INVALID: {
    summary: 'A size, a duration or a number is out of its range or cannot be read.',
    hint: 'A size is a number of bytes or a text such as 64MiB; a duration is a text such as 500ms or 2s.',
  },
  LC_MODULE_UNUSABLE: {
    summary: 'A module that a component needs cannot be loaded, or does not export what is asked of it.',
    hint: 'Check the path, which begins with ./ or / and ends in .ts, .js or .mjs, and the name of the export.',
  },
  LC_PIPELINE_UNKNOWN: {
    summary: 'No pipeline has this name.',
    hint: 'Use a name of the configuration.',
  },
  LC_QUERY_INVALID: {
    summary: 'A question on the query port or over HTTP cannot be read.',
    hint: 'The message says where and what was expected; HELP on the query port lists what can be asked.',
  },
  LC_QUERY_LIMIT: {
    summary: 'Too many searches or tails run at the same time.',
    hint: 'Ask again later, or raise maxSearches or maxTails of the section query.',
  },
  LC_REGEX_INVALID: {
    summary: 'A regular expression cannot be read.',
    hint: 'Its syntax is that of RE2: https://github.com/google/re2/wiki/Syntax. It has no look-around and no back-references.',
  },
  LC_SEARCH_TOO_LARGE: {
    summary: 'The lines that a search found take more memory than it may use.',
    hint: 'Look for something rarer, or raise the limit for answers.',
  },
  LC_SEARCH_UNAVAILABLE: {
    summary: 'There is nothing to search.',
    hint: 'Add a sink of the type ring.',
  },
  LC_TEMPLATE_INVALID: {
    summary: 'A template cannot be read.',
    hint: 'Placeholders are {message}, {time}, {source}, {peer} and {fields.NAME}; a brace is written twice: {{ }}.',
  },
} as const satisfies Record<string, ErrorInfo>;

/**
 * The code of an error.
 *
 * @remarks Since 0.1.0
 */
export type ErrorCode = keyof typeof ERRORS;

/**
 * An error that LogCaster raises on purpose. Its `cause` is the error behind it, if there is one.
 *
 * @remarks Since 0.1.0
 */
export class LogCasterError extends Error {
  override readonly name = 'LogCasterError';
  /** What kind of error it is: see `docs/errors.md`. */
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly hint: string;

  /** @param options - the error behind it, and a hint that fits better than that of the code */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; hint?: string }) {
    super(message, options && 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options?.hint ?? ERRORS[code].hint;
  }
}

/**
 * Thrown by a sink that could not write now but may later: the pipeline waits and hands the lines over again.
 *
 * @remarks Since 0.1.0. Throw anything else to reject the lines for good. System errors that pass by themselves
 * (`ECONNREFUSED`, `ENOSPC`, …) count as retryable too.
 * @example
 * ```ts
 * export async function post(url: string, body: string): Promise<void> {
 *   const response = await fetch(url, { method: 'POST', body });
 *   if (response.status === 503) throw new RetryableError('the service is busy', { retryAfter: 2000 });
 *   if (!response.ok) throw new RejectedError(`http-${response.status}`);
 * }
 * ```
 */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  /** How many of the lines that were handed over, from the first on, are stored all the same. */
  readonly stored: number;
  /** Not before so many ms; by default the pipeline decides. */
  readonly retryAfter: number | undefined;

  /** @param options - the error behind it; how many lines are stored, 0 by default; and when to try again, in ms from now */
  constructor(message: string, options: { cause?: unknown; stored?: number; retryAfter?: number } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.stored = options.stored ?? 0;
    this.retryAfter = options.retryAfter;
  }
}

/**
 * Thrown by a sink that will never take the lines: they are counted as rejected, for `reason`.
 *
 * @remarks Since 0.1.0
 */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
  /** The name under which the ledger counts the lines. */
  readonly reason: string;

  /** @param reason - kebab-case, and the same for the same kind of lines: `too-long`, `http-400` */
  constructor(reason: string, message: string = reason, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const PASSING = new Set(
  (
    'EAGAIN EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EDQUOT EHOSTUNREACH EINTR EIO EMFILE ENETDOWN ENETUNREACH ENFILE ' +
    'ENOBUFS ENOMEM ENOSPC ENOTCONN EPIPE EROFS ESTALE ETIMEDOUT ETXTBSY EAI_AGAIN ' +
    // Of Node's fetch.
    'UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_SOCKET'
  ).split(' '),
);

/** How far down the causes of an error are looked at: they may go round in circles. */
const MAX_CAUSES = 4;

/** Whether it is a {@link RetryableError}, also one of another copy of this package: a plugin may bring its own. */
export function isRetryableError(error: unknown): error is RetryableError {
  return error instanceof RetryableError || nameOf(error) === 'RetryableError';
}

/** Whether it is a {@link RejectedError}, also one of another copy of this package. */
export function isRejectedError(error: unknown): error is RejectedError {
  return error instanceof RejectedError || nameOf(error) === 'RejectedError';
}

function nameOf(error: unknown): unknown {
  return (error as { name?: unknown } | null | undefined)?.name;
}

/**
 * Whether trying again can help: a {@link RetryableError}, or a system error of the kind that passes. Such an error may be
 * the `cause` of the one that was thrown: that is how Node's `fetch` tells that nobody listens.
 */
export function isRetryable(error: unknown): boolean {
  if (isRetryableError(error)) return true;
  if (isRejectedError(error)) return false;
  let each = error as { code?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    if (typeof each?.code === 'string') return PASSING.has(each.code);
    each = each?.cause as typeof each;
  }
  return false;
}

/** The message of whatever was thrown, on one line. What only says that `fetch failed` is said with its cause. */
export function messageOf(error: unknown): string {
  let message: string;
  try {
    message = String(error instanceof Error ? error.message || error.name : error);
    if (message === 'fetch failed') message = `${message}: ${messageOf((error as Error).cause)}`;
  } catch {
    message = 'something that cannot be shown was thrown'; // An object without a prototype, say.
  }
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
