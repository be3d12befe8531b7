/** The bytes of one part of an answer: small, so that a slow client makes progress that can be seen, and large enough to cost little. */
export const PART_BYTES = 64 * 1024;
