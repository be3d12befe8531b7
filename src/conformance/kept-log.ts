import type { Logger } from '../core/logger.ts';

/** A log that keeps what it is told. */
export class KeptLog implements Logger {
  readonly entries: { readonly level: string; readonly message: string }[] = [];
  readonly debug = this.#keep('debug');
  readonly info = this.#keep('info');
  readonly warn = this.#keep('warn');
  readonly error = this.#keep('error');

  #keep(level: string): Logger['info'] {
    return (_, message) => void this.entries.push({ level, message });
  }
}
