/**
 * What must not be shown: values of options that are marked `secret`, everything that came from a `${file:…}` or from a
 * variable whose name says so, and whatever looks like a password where no schema tells. It is masked in dumps, in messages
 * and in the excerpts of diagnostics.
 */
import { isDefinition } from './definitions.ts';
import { isMapping, type Path, pathKey } from './path.ts';
import { printableLine } from './printable.ts';
import type { Excerpt, Locator, SourceText, Span } from './source-text.ts';

/** What stands in the place of a secret. */
export const MASK = '***';

const SECRET_NAME =
  /passw|passphrase|pwd|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential|authorization/i;

/** Texts shorter than this are masked at their place only: elsewhere they would hide half of a message. */
const MIN_TEXT = 4;

/** How much of a long line an excerpt shows. */
const MAX_EXCERPT = 140;

/** Whether a name says that its value is secret: `password`, `API_KEY`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A URL with a password. The bounds keep the time linear. */
const URL_PASSWORD = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,31}:\/\/[^\s/:@"']{0,256}:)[^\s/@"']{1,256}@/gi;

/** Hides the passwords of URLs. */
function maskUrls(text: string): string {
  return text.replaceAll(URL_PASSWORD, `$1${MASK}@`);
}

/** Only references: it names the secret and does not hold it. */
const REFERENCES_ONLY = /^(?:\$\{[A-Za-z_]\w*\}|\$\{file:[^}]*\})+$/;

/** The secrets of one configuration. */
export class Secrets {
  readonly #paths = new Map<string, Path>();
  readonly #texts = new Set<string>();
  /** Paths of values that are only references in the file: these may be shown there. */
  readonly #references = new Set<string>();
  /** Spans to hide, by the offset of their line. Filled when everything secret is known. */
  readonly #hidden = new Map<number, readonly Span[]>();

  /** Notes that the value at `path` is secret. */
  add(path: Path, value: unknown): void {
    this.#paths.set(pathKey(path), path);
    this.addText(value);
  }

  /** Notes that a text is secret wherever it turns up. */
  addText(value: unknown): void {
    if (typeof value === 'object' && value !== null)
      for (const each of Object.values(value)) this.addText(each);
    else if (typeof value === 'string' || typeof value === 'number') {
      for (const text of [String(value), ...String(value).split('\n')]) {
        if (text.trim().length >= MIN_TEXT) this.#texts.add(text.trim());
      }
    }
  }

  /** Notes what was written at `path` before references were replaced. */
  noteWritten(path: Path, written: string): void {
    if (REFERENCES_ONLY.test(written)) this.#references.add(pathKey(path));
  }

  has(path: Path): boolean {
    return this.#paths.has(pathKey(path));
  }

  /** `text` with every secret in it masked. */
  mask(text: string): string {
    let masked = text;
    for (const secret of this.#textsByLength()) {
      masked = masked.replaceAll(secret, MASK);
      const escaped = JSON.stringify(secret).slice(1, -1);
      if (escaped !== secret) masked = masked.replaceAll(escaped, MASK);
    }
    return maskUrls(masked);
  }

  /** A copy of a configuration for people, in which secrets are masked. */
  redact(value: unknown, path: Path = []): unknown {
    if (path.length > 0 && this.has(path)) return MASK;
    if (typeof value === 'string') return this.mask(value);
    if (Array.isArray(value)) return value.map((each, index) => this.redact(each, [...path, index]));
    if (isDefinition(value)) return `<${value.kind} ${value.type}>`;
    if (!isMapping(value)) return value;
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, each] of Object.entries(value)) copy[key] = this.redact(each, [...path, key]);
    return copy;
  }

  /** The line of `span`, masked, and where in it `span` is. */
  excerpt(source: SourceText, span: Span, locator: Locator | undefined): Excerpt {
    const line = source.lineSpan(source.lineAt(Math.min(span.start, source.text.length)));
    const raw = source.text.slice(line.start, line.end);
    const hidden = this.#hiddenIn(raw, line, locator);
    let text = '';
    let at = 0;
    for (const { start, end } of hidden) {
      text += raw.slice(at, start) + MASK;
      at = end;
    }
    text += raw.slice(at);
    const from = moved(span.start - line.start, hidden, 0);
    const to = moved(Math.min(span.end, line.end) - line.start, hidden, MASK.length);
    return clip(text, from, Math.max(to, from + 1));
  }

  /** What of a line is to be hidden: spans within the line, in order, none overlapping. */
  #hiddenIn(raw: string, line: Span, locator: Locator | undefined): readonly Span[] {
    const known = this.#hidden.get(line.start);
    if (known) return known;
    const spans: Span[] = [];
    for (const [key, path] of this.#paths) {
      const span = this.#references.has(key) ? undefined : locator?.valueSpan(path);
      if (!span || span.end <= line.start || span.start >= line.end) continue;
      spans.push({
        start: Math.max(span.start - line.start, 0),
        end: Math.min(span.end, line.end) - line.start,
      });
    }
    for (const secret of this.#textsByLength()) {
      for (let at = raw.indexOf(secret); at !== -1; at = raw.indexOf(secret, at + secret.length)) {
        spans.push({ start: at, end: at + secret.length });
      }
    }
    for (const match of raw.matchAll(URL_PASSWORD)) {
      const end = match.index + match[0].length - 1;
      spans.push({ start: match.index + match[1]!.length, end });
    }
    // Without a locator the text was not understood, or is code: go by names alone.
    if (!locator?.valueSpan([])) spans.push(...secretLooking(raw));
    const merged = merge(spans);
    this.#hidden.set(line.start, merged);
    return merged;
  }

  #textsByLength(): string[] {
    return [...this.#texts].toSorted((a, b) => b.length - a.length);
  }
}

/** Where an offset is after masking; one within a masked span is `inside` behind the beginning of its mask. */
function moved(offset: number, hidden: readonly Span[], inside: number): number {
  let shift = 0;
  for (const { start, end } of hidden) {
    if (offset <= start) break;
    if (offset < end) return start + shift + inside;
    shift += MASK.length - (end - start);
  }
  return offset + shift;
}

/** What stands behind a name that says that its value is secret, to the end of the line or the next comma. */
function secretLooking(raw: string): Span[] {
  const spans: Span[] = [];
  for (const match of raw.matchAll(/(?<![\w-])([\w-]+)["']?\s*[:=]\s*([^\s#][^,}]*)/dg)) {
    const [start, end] = match.indices![2]!;
    if (isSecretName(match[1]!) && !REFERENCES_ONLY.test(match[2]!.trim().replaceAll(/^["']|["']$/g, ''))) {
      spans.push({ start, end });
    }
  }
  return spans;
}

function merge(spans: readonly Span[]): Span[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** Cuts a long line around what is meant. */
function clip(text: string, from: number, to: number): Excerpt {
  if (text.length <= MAX_EXCERPT) return { text: printableLine(text), from, to };
  const start = Math.max(0, Math.min(from - 40, text.length - MAX_EXCERPT));
  const before = start > 0 ? '…' : '';
  const end = start + MAX_EXCERPT;
  const shown = before + printableLine(text.slice(start, end)) + (end < text.length ? '…' : '');
  const shift = before.length - start;
  return { text: shown, from: from + shift, to: Math.min(to + shift, shown.length) };
}
