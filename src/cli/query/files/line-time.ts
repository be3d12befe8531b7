/**
 * The time that a line tells itself: an ISO time near its start, the time of a web server's log, or a field `time`, `timestamp`, `ts`,
 * `@timestamp` or `date` of a JSON object, as text or as seconds or milliseconds since the epoch. Without a zone it is UTC.
 */

/** How much of a line is looked at, in bytes. */
const HEAD_BYTES = 256;

const ISO = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/;
const WEB = /(\d\d)\/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})/;
const EPOCH = /"(?:@?timestamp|time|ts|date)"\s*:\s*(\d{9,13}(?:\.\d+)?)/;

/** Above that a number is milliseconds: as seconds it would be far in the future. */
const MOST_SECONDS = 1e11;

/** Reads the time of the line from `start` to `end`, in ms since the epoch; NaN if it tells none. */
export function timeInLine(bytes: Buffer, start: number, end: number): number {
  const head = bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
  const iso = ISO.exec(head);
  if (iso) {
    const [, date, time, fraction = '0', zone = 'Z'] = iso;
    return Date.parse(`${date}T${time}.${fraction.slice(0, 3)}${zone}`);
  }
  const epoch = EPOCH.exec(head);
  if (epoch) {
    const number = Number(epoch[1]);
    return Math.floor(number < MOST_SECONDS ? number * 1000 : number);
  }
  const web = WEB.exec(head);
  return web ? Date.parse(`${web[1]} ${web[2]} ${web[3]} ${web[4]} ${web[5]}`) : Number.NaN;
}
