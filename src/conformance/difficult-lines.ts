/** Lines that components stumble over. */
import { Buffer } from 'node:buffer';

/** Bytes of all kinds: empty lines, NUL, lone carriage returns, invalid UTF-8, escape sequences, long lines. */
export function difficultLines(): Buffer[] {
  return [
    Buffer.from('a plain line'),
    Buffer.alloc(0),
    Buffer.from('Grüße, 日本語, 😀'),
    Buffer.from([0, 1, 2, 0]),
    Buffer.from([0xff, 0xfe, 0xc3, 0x28]),
    Buffer.from('\r\rcarriage\r'),
    Buffer.from('\u001b[31mred\u001b[0m \u2028 __proto__ {"a":1}'),
    Buffer.alloc(70_000, 'long '),
    Buffer.from('the last one'),
  ];
}
