import { describe, expect } from 'vitest';
import { escapeBytes, escapeText } from '../../src/core/escape.ts';
import { fc, test } from '../support/properties.ts';

/** Whether a terminal could take a character for more than a character. Written out, other than in what is tested. */
function isControl(character: string): boolean {
  const code = character.codePointAt(0)!;
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    [0x61c, 0x200e, 0x200f, 0x2028, 0x2029].includes(code) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    (code >= 0xd800 && code <= 0xdfff)
  );
}

const replacements = (text: string): number => text.split('\ufffd').length - 1;

/** Any bytes, and bytes that begin what a terminal listens to. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(0x1b, 0x5b, 0x9b, 0xc2, 0xe2, 0x80, 0xae, 0xa8, 0xff, 0x41, 0x0a), {
      maxLength: 40,
    })
    .map((each) => Uint8Array.from(each)),
);

describe('escaping', () => {
  test.prop([fc.string({ unit: 'binary', maxLength: 40 })])(
    'never lets a control of a text through',
    (text) => {
      expect(Array.from(escapeText(text)).filter(isControl)).toEqual([]);
      expect(
        Array.from(escapeText(text, { keepTabs: true }))
          .filter(isControl)
          .every((each) => each === '\t'),
      ).toBe(true);
    },
  );

  test.prop([bytes])(
    'never lets a control of bytes through, and shows no byte as U+FFFD that is none',
    (each) => {
      const shown = escapeBytes(each);
      expect(Array.from(shown).filter(isControl)).toEqual([]);
      expect(replacements(shown)).toBe(
        replacements(Buffer.from(each).toString('latin1').replaceAll('\u00ef\u00bf\u00bd', '\ufffd')),
      );
    },
  );

  test.prop([fc.string({ unit: 'grapheme', maxLength: 40 })])(
    'leaves what is no control as it is',
    (text) => {
      const clean = Array.from(text)
        .filter((character) => !isControl(character))
        .join('');
      expect(escapeText(clean)).toBe(clean);
      expect(escapeBytes(Buffer.from(clean))).toBe(clean);
    },
  );
});
