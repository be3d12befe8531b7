/**
 * Preloaded into the collector (`--import`): shifts its wall clock, and nobody else's. The file that
 * `LOGCASTER_SOAK_CLOCK` names holds the shift in ms; what was taken over is written to the same name with `.seen`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const path = process.env['LOGCASTER_SOAK_CLOCK'];
const realNow = Date.now.bind(Date);
let shift = 0;

function look(): void {
  let next: number;
  try {
    next = Number(readFileSync(path!, 'utf8'));
  } catch {
    return;
  }
  if (next === shift || !Number.isFinite(next)) return;
  shift = next;
  writeFileSync(`${path}.seen`, String(shift));
}

if (path !== undefined) {
  Date.now = () => realNow() + shift;
  look();
  setInterval(look, 100).unref();
}
