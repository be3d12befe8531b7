/**
 * Lines as services write them, made up: for trying out, demonstrations and load. All but the time depends on the seed
 * and the number of the line alone, so the same seed gives the same lines.
 */
import type { Lines } from '../../core/batch.ts';
import { joinTexts } from '../../core/join-texts.ts';
import { formatTime, splitTemplate, unknownPlaceholder } from '../../core/template.ts';

type Pick = (low: number, high: number) => number;

const APPS = ['gateway', 'checkout', 'inventory', 'auth', 'mailer', 'search'];
const PATHS = [
  '/',
  '/cart',
  '/cart/items',
  '/login',
  '/api/orders',
  '/api/orders/42',
  '/search?q=lamp',
  '/health',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const USERS = ['ada', 'grace', 'linus', 'margaret', 'dennis', 'barbara', 'ken', 'radia'];

/** Levels; each stands as often as it comes up among {@link LEVELS}. */
const LEVELS = [
  ...Array<string>(78).fill('INFO'),
  ...Array<string>(14).fill('DEBUG'),
  ...Array<string>(6).fill('WARN'),
  'ERROR',
  'ERROR',
];

const MESSAGES: Readonly<Record<string, readonly ((pick: Pick) => string)[]>> = {
  DEBUG: [
    (pick) => `cache hit for session ${pick(0x10000000, 0xffffffff).toString(16)}, ${pick(1, 900)} s old`,
    (pick) => `acquired connection ${pick(1, 32)} of 32 from pool orders in ${pick(1, 40)} ms`,
    (pick) => `parsed ${pick(1, 64)} headers, ${pick(200, 4000)} bytes`,
  ],
  INFO: [
    (pick) =>
      `${METHODS[pick(0, 5)]} ${PATHS[pick(0, 7)]} 200 ${pick(300, 48_000)} bytes in ${pick(1, 220)} ms`,
    (pick) => `${METHODS[pick(0, 5)]} ${PATHS[pick(0, 7)]} 304 0 bytes in ${pick(1, 20)} ms`,
    (pick) => `user ${USERS[pick(0, 7)]} logged in from 10.${pick(0, 255)}.${pick(0, 255)}.${pick(1, 254)}`,
    (pick) =>
      `order ${pick(100_000, 999_999)} placed by ${USERS[pick(0, 7)]}: ${pick(1, 9)} items, ${pick(5, 900)}.${pick(10, 99)} EUR`,
    (pick) => `job cleanup-${pick(1, 9)} finished after ${pick(80, 9000)} ms`,
  ],
  WARN: [
    (pick) =>
      `slow query: ${pick(1000, 9000)} ms for SELECT * FROM orders WHERE user_id = ${pick(1, 99_999)}`,
    (pick) => `retry ${pick(1, 4)} of 5: connection to db-${pick(1, 4)}:5432 refused`,
    (pick) => `${METHODS[pick(0, 5)]} ${PATHS[pick(0, 7)]} 429 ${pick(30, 200)} bytes in ${pick(1, 9)} ms`,
  ],
  ERROR: [
    (pick) =>
      `${METHODS[pick(0, 5)]} ${PATHS[pick(0, 7)]} 503 ${pick(30, 200)} bytes in ${pick(5000, 30_000)} ms`,
    (pick) => `timeout after ${pick(5, 30)}000 ms: no answer from inventory-${pick(1, 6)}`,
    (pick) => `order ${pick(100_000, 999_999)} failed: payment was declined (code ${pick(10, 99)})`,
  ],
};

/** What a line is made of. */
interface Moment {
  readonly seq: number;
  readonly time: string;
  readonly level: string;
  readonly pick: Pick;
}

const PLACEHOLDERS: Readonly<Record<string, (moment: Moment) => string>> = {
  time: ({ time }) => time,
  level: ({ level }) => level,
  app: ({ pick }) => APPS[pick(0, APPS.length - 1)]!,
  host: ({ pick }) => `host-${pick(1, 12)}`,
  pid: ({ pick }) => String(pick(300, 32_000)),
  ip: ({ pick }) => `10.${pick(0, 255)}.${pick(0, 255)}.${pick(1, 254)}`,
  user: ({ pick }) => USERS[pick(0, USERS.length - 1)]!,
  number: ({ pick }) => String(pick(0, 999_999)),
  seq: ({ seq }) => String(seq),
  message: ({ level, pick }) => {
    const messages = MESSAGES[level]!;
    return messages[pick(0, messages.length - 1)]!(pick);
  },
};

/** The template that looks like a log. */
export const DEFAULT_TEMPLATE = '{time} {level} {app}[{pid}]: {message}';

/** The placeholders that there are, for people. */
export const PLACEHOLDER_NAMES = Object.keys(PLACEHOLDERS)
  .map((name) => `{${name}}`)
  .join(', ');

type Part = string | ((moment: Moment) => string);

/**
 * Reads a template with the placeholders of this file.
 *
 * @throws LogCasterError `LC_TEMPLATE_INVALID`
 */
export function parseLineTemplate(template: string): readonly Part[] {
  return splitTemplate(template).map((piece) => {
    if (typeof piece === 'string') return piece;
    const { placeholder } = piece;
    if (Object.hasOwn(PLACEHOLDERS, placeholder)) return PLACEHOLDERS[placeholder]!;
    throw unknownPlaceholder(template, placeholder, `There is ${PLACEHOLDER_NAMES}.`);
  });
}

/** Makes lines, one after the other. */
export class SyntheticLines {
  readonly #parts: readonly Part[];
  #state: number;
  #seq = 0;

  /** @param seed - 0 to 2^32 - 1 */
  constructor(template: string, seed: number) {
    this.#parts = parseLineTemplate(template);
    // Seeds next to each other are to give lines that have nothing in common; and 0 would stay 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  }

  /** The next lines; `now` is their time, in ms since the epoch. */
  next(count: number, now: number): Lines {
    const time = formatTime(now);
    const texts: string[] = [];
    for (let line = 0; line < count; line++) {
      const moment = {
        seq: ++this.#seq,
        time,
        level: LEVELS[this.#pick(0, LEVELS.length - 1)]!,
        pick: this.#pick,
      };
      let text = '';
      for (const part of this.#parts) text += typeof part === 'string' ? part : part(moment);
      texts.push(text);
    }
    return joinTexts(texts, 'utf8');
  }

  /** A whole number from `low` to `high`: xorshift (Marsaglia, 2003). */
  readonly #pick: Pick = (low, high) => {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return low + ((state >>> 0) % (high - low + 1));
  };
}
