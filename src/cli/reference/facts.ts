/** What follows the name of an option in all formats. */
import type { OptionRow } from './option-rows.ts';

/** `whole number (port), 0 to 65535`. */
export function typeAndUnit({ type, unit, range }: OptionRow): string {
  return [unit === undefined ? type : `${type} (${unit})`, range].filter(Boolean).join(', ');
}

/** `required`, `required there`, or nothing: an option within another one is required where that is written. */
export function requirement({ name, required }: OptionRow): string | undefined {
  if (!required) return undefined;
  return name.includes('.') ? 'required there' : 'required';
}

/** The description, with what else is to be known. */
export function fullDescription({ description, secret }: OptionRow): string {
  return secret ? `${description}. Secret: it is never shown` : description;
}
