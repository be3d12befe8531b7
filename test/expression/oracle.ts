/**
 * A second reading of docs/search.md: expressions as data, how they are written, and whether they hold for a line, in the
 * plainest way there is. Nothing here is shared with src/expression/.
 */
import { Buffer } from 'node:buffer';

/** A number, a text, or one with wildcards. */
export type ValueModel =
  | { readonly is: 'exists' }
  | { readonly is: 'bare'; readonly text: string }
  | { readonly is: 'quoted'; readonly text: string }
  | { readonly is: 'glob'; readonly pieces: readonly string[] }
  | { readonly is: 'regex'; readonly source: string; readonly flags: string }
  | { readonly is: 'compare'; readonly operator: '>' | '>=' | '<' | '<='; readonly text: string }
  | {
      readonly is: 'range';
      readonly open: '[' | '{';
      readonly low: string;
      readonly high: string;
      readonly close: ']' | '}';
    };

export type Model =
  | { readonly is: 'word'; readonly text: string }
  | { readonly is: 'wordGlob'; readonly pieces: readonly string[] }
  | { readonly is: 'regexp'; readonly source: string; readonly flags: string }
  | { readonly is: 'field'; readonly name: string; readonly value: ValueModel }
  | { readonly is: 'level'; readonly operator: '' | '>=' | '>' | '<' | '<='; readonly level: string }
  | { readonly is: 'fact'; readonly fact: '@source' | '@peer'; readonly value: ValueModel }
  | { readonly is: 'since' | 'until'; readonly time: number }
  | { readonly is: 'and' | 'or'; readonly parts: readonly Model[] }
  | { readonly is: 'not'; readonly part: Model };

export interface LineModel {
  readonly bytes: Buffer;
  readonly source?: string;
  readonly peer?: string;
  readonly receivedAt?: number;
}

// ------------------------------------------------------------------------------------------------------ how it is written

export function write(model: Model): string {
  switch (model.is) {
    case 'word':
      return writeText(model.text);
    case 'wordGlob':
      return writeGlob(model.pieces);
    case 'regexp':
      return `/${model.source}/${model.flags}`;
    case 'field':
      return `${/^[A-Za-z_][\w.]*$/.test(model.name) && !['level', 'since', 'until'].includes(model.name) ? model.name : quote(model.name)}:${writeValue(model.value)}`;
    case 'level':
      return `level:${model.operator}${model.level}`;
    case 'fact':
      return `${model.fact}:${writeValue(model.value)}`;
    case 'since':
    case 'until':
      return `${model.is}:${new Date(model.time).toISOString()}`;
    case 'and':
      return `(${model.parts.map(write).join(model.parts.length % 2 === 0 ? ' AND ' : ' ')})`;
    case 'or':
      return `(${model.parts.map(write).join(' OR ')})`;
    default:
      return model.part.is === 'not' || model.part.is === 'word'
        ? `NOT ${write(model.part)}`
        : `-${write(model.part)}`;
  }
}

function writeValue(value: ValueModel): string {
  switch (value.is) {
    case 'exists':
      return '*';
    case 'bare':
      return escapeWord(value.text);
    case 'quoted':
      return quote(value.text);
    case 'glob':
      return writeGlob(value.pieces);
    case 'regex':
      return `/${value.source}/${value.flags}`;
    case 'compare':
      return value.operator + escapeWord(value.text);
    default:
      return `${value.open}${value.low} TO ${value.high}${value.close}`;
  }
}

function writeText(text: string): string {
  return /^[A-Za-z0-9]+$/.test(text) && !/^(?:and|or|not)$/i.test(text) ? text : quote(text);
}

function writeGlob(pieces: readonly string[]): string {
  return pieces.map((piece) => (piece === '*' || piece === '?' ? piece : escapeWord(piece))).join('');
}

function escapeWord(text: string): string {
  return text.replaceAll(/[^\w.\u0080-\u{10ffff}-]/gu, (character) => `\\${character}`);
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}

// --------------------------------------------------------------------------------------------------------- what it means

export function holds(model: Model, line: LineModel): boolean {
  switch (model.is) {
    case 'word':
      return binary(line.bytes).includes(toBinary(model.text));
    case 'wordGlob':
      return binary(line.bytes)
        .split(/[\t-\r ]/)
        .some((word) => word !== '' && globRegExp(['*', ...model.pieces, '*']).test(decode(word)));
    case 'regexp':
      return new RegExp(model.source, `u${model.flags}`).test(line.bytes.toString());
    case 'field':
      return valuesOf(line.bytes).some(
        ({ name, value }) => name === model.name && valueHolds(model.value, value),
      );
    case 'level': {
      const wanted = severity(model.level)!;
      return levelsOf(line.bytes).some((level) =>
        model.operator === ''
          ? level === wanted
          : model.operator === '>='
            ? level >= wanted
            : model.operator === '>'
              ? level > wanted
              : model.operator === '<='
                ? level <= wanted
                : level < wanted,
      );
    }
    case 'fact': {
      const text = model.fact === '@source' ? line.source : line.peer;
      if (text === undefined) return false;
      const texts = model.fact === '@peer' ? [text, text.replace(/:\d{1,5}$/, '')] : [text];
      return texts.some((each) => valueHolds(model.value, { kind: 'text', text: toBinary(each) }));
    }
    case 'since':
      return line.receivedAt !== undefined && line.receivedAt >= model.time;
    case 'until':
      return line.receivedAt !== undefined && line.receivedAt < model.time;
    case 'and':
      return model.parts.every((part) => holds(part, line));
    case 'or':
      return model.parts.some((part) => holds(part, line));
    default:
      return !holds(model.part, line);
  }
}

/** A value in a line; texts are one character a byte. */
interface FoundValue {
  readonly kind: 'text' | 'number' | 'word' | 'object';
  readonly text: string;
}

function valueHolds(wanted: ValueModel, { kind, text }: FoundValue): boolean {
  if (kind === 'word' && text === 'null') {
    return (wanted.is === 'bare' || wanted.is === 'quoted') && wanted.text === 'null';
  }
  const isOpen = wanted.is === 'range' && wanted.low === '*' && wanted.high === '*';
  if (wanted.is === 'exists' || isOpen) return true;
  if (kind === 'object') return false;
  switch (wanted.is) {
    case 'bare':
      if (kind === 'number' && isNumber(wanted.text)) return compareNumbers(text, wanted.text) === 0;
      return text === toBinary(wanted.text);
    case 'quoted':
      return text === toBinary(wanted.text);
    case 'glob':
      return globRegExp(wanted.pieces).test(decode(text));
    case 'regex':
      return new RegExp(wanted.source, `u${wanted.flags}`).test(Buffer.from(text, 'latin1').toString());
    default: {
      if (kind === 'word') return false;
      const ends =
        wanted.is === 'compare'
          ? wanted.operator.startsWith('>')
            ? { low: wanted.text, lowIn: wanted.operator === '>=', high: '*', highIn: true }
            : { low: '*', lowIn: true, high: wanted.text, highIn: wanted.operator === '<=' }
          : { low: wanted.low, lowIn: wanted.open === '[', high: wanted.high, highIn: wanted.close === ']' };
      const isNumeric = [ends.low, ends.high].every((end) => end === '*' || isNumber(end));
      if (isNumeric ? !isNumber(text) : kind === 'number') return false;
      const compare = (end: string): number =>
        isNumeric ? compareNumbers(text, end) : Buffer.compare(Buffer.from(text, 'latin1'), Buffer.from(end));
      const low = ends.low === '*' ? 1 : compare(ends.low);
      const high = ends.high === '*' ? -1 : compare(ends.high);
      return (low > 0 || (low === 0 && ends.lowIn)) && (high < 0 || (high === 0 && ends.highIn));
    }
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** Numbers as whole numbers of the same power of ten. */
function compareNumbers(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => {
    const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return {
      digits: BigInt(whole.replace('-', '') + fraction) * (text.startsWith('-') ? -1n : 1n),
      power: Number(power) - fraction.length,
    };
  }) as [{ digits: bigint; power: number }, { digits: bigint; power: number }];
  const least = Math.min(first.power, second.power);
  const difference =
    first.digits * 10n ** BigInt(first.power - least) - second.digits * 10n ** BigInt(second.power - least);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Invalid UTF-8 byte by byte: each becomes a character of its own. */
function decode(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((size) => {
      const part = bytes.subarray(at, at + size);
      return (
        part.length === size &&
        Buffer.from(part.toString()).equals(part) &&
        Array.from(part.toString()).length === 1
      );
    });
    out +=
      length === undefined
        ? String.fromCodePoint(0xf0000 + bytes[at]!)
        : bytes.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return out;
}

function globRegExp(pieces: readonly string[]): RegExp {
  const source = pieces.map((piece) =>
    piece === '*'
      ? '[^]*'
      : piece === '?'
        ? '[^]'
        : piece.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`),
  );
  return new RegExp(`^${source.join('')}$`, 'u');
}

function binary(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function toBinary(text: string): string {
  return Buffer.from(text).toString('latin1');
}

// ---------------------------------------------------------------------------------------------------------------- fields

interface NamedValue {
  readonly name: string;
  readonly value: FoundValue;
}

/** Every value of a line, with its whole name. */
function valuesOf(bytes: Buffer): NamedValue[] {
  const text = binary(bytes);
  const values: NamedValue[] = [];
  if (!/^[ \t\r\n]*\{/.test(text)) return pairsOf(text);
  try {
    readJson(text, values);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return values;
}

function readJson(text: string, values: NamedValue[]): void {
  let at = 0;
  const take = (pattern: RegExp): string => {
    const sticky = new RegExp(`[ \\t\\r\\n]*(${pattern.source})`, 'y');
    sticky.lastIndex = at;
    const match = sticky.exec(text);
    if (!match) throw new SyntaxError('not JSON');
    at = sticky.lastIndex;
    return match[1]!;
  };
  const comes = (character: string): boolean => {
    const rest = text.slice(at).replace(/^[ \t\r\n]*/, '');
    return rest.startsWith(character);
  };
  const readString = (): string => unescapeText(take(/"(?:[^"\\]|\\[^])*"/).slice(1, -1));
  const readValue = (keys: readonly string[]): void => {
    const add = (kind: FoundValue['kind'], value: string): void => {
      values.push({ name: Buffer.from(keys.join('.'), 'latin1').toString(), value: { kind, text: value } });
    };
    if (comes('{')) {
      take(/\{/);
      if (keys.length > 0) add('object', '');
      if (comes('}')) return void take(/\}/);
      do {
        const key = readString();
        take(/:/);
        readValue([...keys, key]);
      } while (take(/[,}]/) === ',');
    } else if (comes('[')) {
      take(/\[/);
      if (comes(']')) return void take(/\]/);
      do readValue(keys);
      while (take(/[,\]]/) === ',');
    } else if (comes('"')) {
      add('text', readString());
    } else {
      const word = take(/[-+.0-9a-zE]+/);
      // What is cut at the very end is not known.
      if (at >= text.length) throw new SyntaxError('cut');
      if (isNumber(word)) add('number', word);
      else if (['true', 'false', 'null'].includes(word)) add('word', word);
      else throw new SyntaxError('not JSON');
    }
  };
  readValue([]);
}

function unescapeText(text: string): string {
  return text.replaceAll(
    /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^]/g,
    (escaped) => {
      if (/^\\u[0-9a-fA-F]{4}/.test(escaped))
        return toBinary(String(JSON.parse(`"${escaped}"`)).toWellFormed());
      return { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[escaped[1]!] ?? escaped[1]!;
    },
  );
}

function pairsOf(text: string): NamedValue[] {
  const values: NamedValue[] = [];
  const token = /([^\0-\x20"=]+)=(?:"((?:[^"\\]|\\[^])*)"[^\0-\x20]*|([^\0-\x20]*))|[^\0-\x20]+/g;
  for (const [, name, quoted, bare] of text.matchAll(token)) {
    if (name === undefined) continue;
    const value = quoted === undefined ? bare!.replace(/[,;]$/, '') : unescapeText(quoted);
    const kind = quoted === undefined && isNumber(value) ? 'number' : 'text';
    values.push({ name: Buffer.from(name, 'latin1').toString(), value: { kind, text: value } });
  }
  return values;
}

// ---------------------------------------------------------------------------------------------------------------- levels

const LEVELS = [
  ['trace', 'trc', 'verbose', 'finest', 'finer', 'silly', '10'],
  ['debug', 'dbg', 'fine', '7', '20'],
  ['info', 'inf', 'information', 'informational', '6', '30'],
  ['notice', '5'],
  ['warn', 'warning', 'wrn', '4', '40'],
  ['error', 'err', 'eror', 'severe', '3', '50'],
  ['fatal', 'ftl', 'critical', 'crit', 'dpanic', '2', '60'],
  ['alert', '1'],
  ['emergency', 'emerg', 'panic', '0'],
];
const LEVEL_FIELDS =
  /^(?:level|lvl|severity|loglevel|log_level|log\.level|levelname|severitytext|severity_text|@l)$/i;

function severity(name: string): number | undefined {
  const lower = /^[1-6]\d$/.test(name) ? `${name[0]!}0` : name.toLowerCase();
  const index = LEVELS.findIndex((names) => names.includes(lower));
  return index < 0 ? undefined : index;
}

function levelsOf(bytes: Buffer): number[] {
  const found = valuesOf(bytes).flatMap(({ name, value }) => {
    if (!LEVEL_FIELDS.test(name) && name !== 'PRIORITY') return [];
    const level = value.kind === 'text' || value.kind === 'number' ? severity(value.text) : undefined;
    return level === undefined ? [] : [level];
  });
  const text = binary(bytes).replace(/^[ \t\r\n]*/, '');
  if (found.length > 0 || text.startsWith('{')) return found;
  const priority = /^<(\d{1,3})>/.exec(text);
  if (priority && Number(priority[1]) < 192) return [severity(String(Number(priority[1]) % 8))!];
  const glog = /^([IWEF])\d{4} /.exec(text);
  if (glog) return [severity({ I: 'info', W: 'warn', E: 'error', F: 'fatal' }[glog[1]!]!)!];
  for (const match of text.matchAll(/[A-Za-z0-9_\x80-\xff]+/g)) {
    const level = /^[A-Za-z]{3,}$/.test(match[0]) ? severity(match[0]) : undefined;
    if (level === undefined) continue;
    const before = text.slice(0, match.index);
    const behind = text.slice(match.index + match[0].length);
    const isCapitals = match[0] === match[0].toUpperCase();
    const isBracketed = /\[ *$/.test(before) && /^ *\]/.test(behind);
    const isLabel = /(?:^|[\0-\x20])$/.test(before) && behind.startsWith(':');
    if (isCapitals || isBracketed || isLabel) return [level];
  }
  return [];
}
