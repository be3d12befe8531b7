/**
 * What a rejected line becomes: a line of JSON that tells what was rejected, by whom, and why. It is also attached as fields,
 * for sinks whose `encoding` picks some of them.
 *
 *     {"sink":"out","reason":"http-400","error":"…","source":"tcp","peer":"127.0.0.1:51234",
 *      "receivedAt":"2026-01-31T12:00:00.000Z","line":"the line","fields":{…}}
 *
 * `error` is there if something was thrown, `peer` if the sender is known, `fields` if the line has any. A line that is not
 * UTF-8 stands as `lineBase64`: no byte is lost.
 */
import { isUtf8 } from 'node:buffer';
import { type Batch, type Fields, type FieldValue, joinLines, toFields } from '../../core/batch.ts';
import { formatTime, toJson } from '../../core/template.ts';

/** Why lines were rejected. */
export interface Rejection {
  /** The name of the sink that rejected them. */
  readonly sink: string;
  /** The reason of each line, or of all. */
  readonly reasons: string | readonly string[];
  /** What was thrown, in words. */
  readonly error?: string | undefined;
}

/** Makes dead letters of lines; they keep origin, time and delivery. */
export function toDeadLetters(batch: Batch, { sink, reasons, error }: Rejection): Batch {
  const fields: Fields[] = [];
  const texts: string[] = [];
  const { source, peer } = batch.origin;
  const receivedAt = formatTime(batch.receivedAt);
  for (let index = 0; index < batch.length; index++) {
    const line = batch.line(index);
    const own = batch.fields?.[index];
    // Fields that are nested too deep to be written are left out: the line has what they were made of.
    const writable = own !== undefined && toJson(own) !== undefined ? own : undefined;
    const reason = typeof reasons === 'string' ? reasons : (reasons[index] ?? 'unknown');
    const entries: [string, FieldValue | undefined][] = [
      ['sink', sink],
      ['reason', reason],
      ['error', error],
      ['source', source],
      ['peer', peer],
      ['receivedAt', receivedAt],
      isUtf8(line) ? ['line', line.toString('utf8')] : ['lineBase64', line.toString('base64')],
      ['fields', writable],
    ];
    const letter = toFields(entries.filter((entry): entry is [string, FieldValue] => entry[1] !== undefined));
    fields.push(letter);
    texts.push(JSON.stringify(letter));
  }
  return batch.withLines(joinLines(texts), fields);
}
