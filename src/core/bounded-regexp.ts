/**
 * Recognizes regular expressions that V8 may be trusted with: those without unbounded repetition, whose alternatives are
 * few enough that backtracking costs at most {@link MAX_STEPS} steps from any position. Most filters are of this kind
 * (`ERROR|FATAL`, `status=5\d\d`, `user-\d{1,6}`), and V8 is several times faster than a linear engine in JavaScript.
 *
 * What is recognized means the same in both on text that is ASCII: characters, `\d`, `\w`, `\S`, `\b`, `.`, classes that
 * list what they match, groups, `|`, `?`, `{n}`, `{n,m}`. None of it matches a line feed, so that a match never leaves its
 * line when many lines are searched in one sweep. For the same reason what can match nothing is not recognized.
 */

/** The most steps of backtracking from one position. */
const MAX_STEPS = 256;

const REPEAT = /\{(\d{1,2})(?:,(\d{1,2}))?\}/y;
/** A character that stands for itself in a class, and may be an end of a range. */
const CLASS_CHARACTER = /[A-Za-z0-9 !"#%&'()*+,./:;<=>?@_`{|}~$]/;
const ITSELF = /[A-Za-z0-9 !"#%&',/:;<=>@_`~-]/;
const ESCAPABLE = /[!"#$%&'()*+,./:;<=>?@[\\\]^_`{|}~-]/;
const ESCAPES: Readonly<Record<string, string>> = {
  d: '[0-9]',
  w: '[0-9A-Za-z_]',
  S: '[!-~\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f]',
};

/** A piece of an expression, and the most that it can cost. */
interface Piece {
  readonly source: string;
  /** Ways to match it. */
  readonly paths: number;
  /** Steps to try all of them. */
  readonly steps: number;
  /** The fewest characters that it matches. */
  readonly least: number;
}

const NOTHING: Piece = { source: '', paths: 1, steps: 0, least: 0 };

/** The same expression for V8, with the flags `g` and, if asked for, `i`; `undefined` if it is not of this kind. */
export function toBoundedRegExp(pattern: string, ignoreCase: boolean): RegExp | undefined {
  const reader = new PatternReader(pattern);
  const piece = reader.readAlternatives();
  if (!piece || !reader.isAtEnd || piece.least === 0 || !(piece.steps <= MAX_STEPS)) return undefined;
  return new RegExp(piece.source, ignoreCase ? 'gi' : 'g');
}

/** Every method answers `undefined` for what is not recognized. */
class PatternReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#pattern.length;
  }

  readAlternatives(): Piece | undefined {
    let all = this.#readSequence();
    while (all && this.#take('|')) {
      const next = this.#readSequence();
      all = next && {
        source: `${all.source}|${next.source}`,
        paths: all.paths + next.paths,
        steps: all.steps + next.steps,
        least: Math.min(all.least, next.least),
      };
    }
    return all;
  }

  #readSequence(): Piece | undefined {
    let sequence: Piece | undefined = NOTHING;
    while (sequence && !this.isAtEnd && this.#next !== '|' && this.#next !== ')') {
      const item = this.#readItem();
      sequence = item && append(sequence, item);
      if (sequence && !(sequence.steps <= MAX_STEPS)) return undefined;
    }
    return sequence;
  }

  get #next(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at++;
    return true;
  }

  #readItem(): Piece | undefined {
    const atom = this.#readAtom();
    if (!atom) return undefined;
    let least = 1;
    let most = 1;
    if (this.#take('?')) {
      least = 0;
    } else if (this.#next === '{') {
      REPEAT.lastIndex = this.#at;
      const [text, low, high] = REPEAT.exec(this.#pattern) ?? [];
      if (text === undefined) return undefined;
      this.#at += text.length;
      least = Number(low);
      most = Number(high ?? low);
      if (most < least || most === 0) return undefined;
    } else {
      return '*+'.includes(this.#next) && !this.isAtEnd ? undefined : atom;
    }
    // A second quantifier would make it lazy, or mean something else.
    if (!this.isAtEnd && '?*+{'.includes(this.#next)) return undefined;
    // An assertion has nothing to repeat.
    if (atom.least === 0) return undefined;
    return repeat(atom, least, most);
  }

  #readAtom(): Piece | undefined {
    const character = this.#next;
    this.#at++;
    if (ITSELF.test(character)) return one(character);
    if (character === '.') return one('[^\\n]');
    if (character === '[') return this.#readClass();
    if (character === '\\') return this.#readEscape();
    if (character === '(') return this.#readGroup();
    return undefined;
  }

  #readEscape(): Piece | undefined {
    const character = this.#next;
    this.#at++;
    if (character === 'b') return { source: '\\b', paths: 1, steps: 1, least: 0 };
    if (Object.hasOwn(ESCAPES, character)) return one(ESCAPES[character]!);
    return ESCAPABLE.test(character) ? one(`\\${character}`) : undefined;
  }

  #readGroup(): Piece | undefined {
    if (this.#take('?') && !this.#take(':')) return undefined;
    const piece = this.readAlternatives();
    return piece && this.#take(')') ? { ...piece, source: `(?:${piece.source})` } : undefined;
  }

  #readClass(): Piece | undefined {
    let source = '[';
    while (!this.#take(']')) {
      const first = this.#readClassCharacter();
      if (first === undefined) return undefined;
      source += first;
      if (first.length > 2 || this.#next !== '-' || this.#pattern[this.#at + 1] === ']') continue;
      this.#at++;
      const last = this.#readClassCharacter();
      if (last === undefined || last.length > 2 || last.at(-1)! < first.at(-1)!) return undefined;
      source += `-${last}`;
    }
    return source === '[' ? undefined : one(`${source}]`);
  }

  /** A character, maybe escaped; or the inside of a class such as `\d`. */
  #readClassCharacter(): string | undefined {
    const character = this.#next;
    this.#at++;
    if (CLASS_CHARACTER.test(character)) return character;
    // At the end of a class it can be no range.
    if (character === '-' && this.#next === ']') return '\\-';
    if (character !== '\\') return undefined;
    const escaped = this.#next;
    this.#at++;
    if (escaped === 'd' || escaped === 'w') return ESCAPES[escaped]!.slice(1, -1);
    return ESCAPABLE.test(escaped) ? `\\${escaped}` : undefined;
  }
}

function one(source: string): Piece {
  return { source, paths: 1, steps: 1, least: 1 };
}

function append(first: Piece, second: Piece): Piece {
  return {
    source: first.source + second.source,
    paths: first.paths * second.paths,
    steps: first.steps + first.paths * second.steps,
    least: first.least + second.least,
  };
}

function repeat(piece: Piece, least: number, most: number): Piece {
  let paths = 0;
  let steps = 0;
  let ways = 1;
  for (let times = 0; times <= most; times++) {
    if (times >= least) paths += ways;
    if (times < most) steps += ways * piece.steps + 1;
    ways *= piece.paths;
  }
  return { source: `${piece.source}{${least},${most}}`, paths, steps, least: piece.least * least };
}
