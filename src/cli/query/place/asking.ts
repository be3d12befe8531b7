/**
 * Asks a collector over a connection. The questions have the same parts on the query port and over HTTP, and the answers are the same
 * objects, one a line.
 */

/** A question to a collector. */
export interface Asked {
  readonly kind: 'search' | 'count' | 'top' | 'tail';
  /** `limit=10`, `since=5m`: by their names. */
  readonly options: Readonly<Record<string, string | number | undefined>>;
  /** What is counted by: the name of a field, `time(1m)`. */
  readonly key?: string | undefined;
  /** The expression, on one line; empty: every line. */
  readonly expression: string;
}

/** A way to ask. */
export interface Asking {
  /** Who is asked: `127.0.0.1:9998`. */
  readonly address: string;
  /**
   * The bytes of the answer as they come. Leaving early ends the question.
   *
   * @param onConnected - told that the collector has taken the connection
   *
   * @throws LogCasterError `LC_CONNECT_FAILED`
   */
  ask(asked: Asked, signal: AbortSignal, onConnected?: () => void): AsyncIterable<Uint8Array>;
}
