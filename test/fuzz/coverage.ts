/** Which parts of the source have run: inputs that reach new ones are worth keeping. */
import { type Profiler, Session } from 'node:inspector';

export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  /** How many parts have run so far. */
  get parts(): number {
    return this.#seen.size;
  }

  /** Whether parts have run since the last call that had not run before. */
  takeNews(): boolean {
    const before = this.#seen.size;
    for (const { url, functions } of this.#post('Profiler.takePreciseCoverage').result) {
      if (!url.includes('/src/')) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) this.#seen.add(`${url} ${startOffset} ${endOffset}`);
        }
      }
    }
    return this.#seen.size > before;
  }

  stop(): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters?: object): Profiler.TakePreciseCoverageReturnType {
    let answer: unknown;
    // The session is of this thread: the answer is there when the call returns.
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer as Profiler.TakePreciseCoverageReturnType;
  }
}
