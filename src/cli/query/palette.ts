/** The colours of results. */

/** What stands before and behind a text on a terminal. */
export type Color = readonly [on: string, off: string];

const color = (on: string, off = '39'): Color => [`\u001b[${on}m`, `\u001b[${off}m`];

/** What matched: bold and red, as `grep` and `rg` have it. */
export const MATCH: Color = ['\u001b[1;31m', '\u001b[22;39m'];
/** The names of files. */
export const NAME: Color = color('35');
/** What stands between names and lines, and times. */
export const DIM: Color = color('2', '22');
/** Bars of a histogram. */
export const BAR: Color = color('32');

/** Colours of sources: different ones next to each other, none of them that of a match. */
const SOURCES: readonly Color[] = ['36', '33', '34', '32', '35', '96', '93', '94', '92', '95'].map((on) =>
  color(on),
);

/** Puts a colour around a text. */
export function colored([on, off]: Color, text: string): string {
  return on + text + off;
}

/** Gives each name a colour of its own, in the order in which they come, and round again when there are more. */
export class SourceColors {
  readonly #colors = new Map<string, Color>();

  of(name: string): Color {
    let own = this.#colors.get(name);
    if (!own) {
      own = SOURCES[this.#colors.size % SOURCES.length]!;
      // Names can be as many as there are senders.
      if (this.#colors.size < 10_000) this.#colors.set(name, own);
    }
    return own;
  }
}
