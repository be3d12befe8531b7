/** Conditions on what is known of a line beside its bytes. A condition on what is not known does not hold. */
import { Buffer } from 'node:buffer';
import { type FieldTest, toFieldTest } from './fields/field-test.ts';
import type { Lines } from './lines.ts';
import type { Part } from './parts.ts';
import type { FactName, Value } from './syntax.ts';

/** The port behind an address. */
const PORT = /:\d{1,5}$/;

/** Holds for lines of certain sources or peers. */
export class FactPart implements Part {
  readonly cost = 5;
  readonly #fact: FactName;
  readonly #test: FieldTest;
  /** The answer for the last text: neighbouring lines mostly come from the same place. */
  #last: string | undefined;
  #answer = false;

  constructor(fact: FactName, value: Value) {
    this.#fact = fact;
    this.#test = toFieldTest(value);
  }

  holds(lines: Lines): boolean {
    const text = lines.facts()[this.#fact];
    if (text === undefined) return false;
    if (text !== this.#last) {
      this.#last = text;
      this.#answer = this.#meets(text) || (this.#fact === 'peer' && this.#meetsAddress(text));
    }
    return this.#answer;
  }

  #meets(text: string): boolean {
    const bytes = Buffer.from(text);
    return this.#test.text(bytes, 0, bytes.length);
  }

  /** `10.0.0.7` is the peer `10.0.0.7:51234`, and `::1` is `[::1]:51234`. */
  #meetsAddress(text: string): boolean {
    const address = text.replace(PORT, '');
    if (address === text) return false;
    return this.#meets(address) || (address.startsWith('[') && this.#meets(address.slice(1, -1)));
  }
}

/** Holds for lines that were received at a time. */
export class TimePart implements Part {
  readonly cost = 2;
  readonly #since: number;
  readonly #until: number;

  /** In ms since the epoch; `until` does not belong to it. */
  constructor(since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY) {
    this.#since = since;
    this.#until = until;
  }

  holds(lines: Lines): boolean {
    const { receivedAt } = lines.facts();
    // NaN is no time either.
    return receivedAt !== undefined && receivedAt >= this.#since && receivedAt < this.#until;
  }
}
