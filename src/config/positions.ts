/** Where keys and values stand in a YAML or JSON text: a tree that follows the values. */
import type { Path } from './path.ts';
import type { Locator, Part, Span } from './source-text.ts';

/** The spans of one value, of its key, and of what is in it. */
export interface Mark {
  readonly key?: Span | undefined;
  /** Empty where nothing is written: `port:`. */
  readonly value: Span;
  readonly children?: ReadonlyMap<string | number, Mark> | undefined;
}

/** Finds places in a tree of marks. */
export class Marks implements Locator {
  readonly #root: Mark;

  constructor(root: Mark) {
    this.#root = root;
  }

  find(path: Path, part: Part): Span | undefined {
    let mark = this.#root;
    for (const key of path) {
      const child = mark.children?.get(key);
      // Something is missing here: that is the business of what it is missing in.
      if (!child) return mark.key ?? firstOf(mark.value);
      mark = child;
    }
    if (path.length === 0) return firstOf(mark.value);
    const isEmpty = mark.value.end <= mark.value.start;
    return part === 'key' || isEmpty ? (mark.key ?? mark.value) : mark.value;
  }

  valueSpan(path: Path): Span | undefined {
    let mark: Mark | undefined = this.#root;
    for (const key of path) mark = mark?.children?.get(key);
    return mark?.value;
  }
}

function firstOf({ start }: Span): Span {
  return { start, end: start + 1 };
}
