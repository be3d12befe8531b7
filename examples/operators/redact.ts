/**
 * An operator of the type `js`: hides what looks like a card number, and lets go of health checks.
 *
 *     through:
 *       - type: js
 *         module: ./examples/operators/redact.ts
 *         export: redact
 */
const CARD_NUMBER = /\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b/g;

export function redact(line: { readonly text: string }): string | boolean {
  const { text } = line;
  if (text.includes('GET /health')) return false;
  const redacted = text.replaceAll(CARD_NUMBER, '****');
  return redacted === text ? true : redacted;
}
