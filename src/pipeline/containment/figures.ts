/** What components tell about themselves. */
import { messageOf } from '../../core/errors.ts';
import type { Figures } from '../../core/ledger.ts';
import { answerOf, isCount } from './contained.ts';

/** The most characters of JSON that figures may have. */
const MOST_FIGURES = 64 * 1024;

/**
 * A component's figures, as data that can be written as JSON. If it fails to tell, or tells what is no data, the ledger can be
 * read all the same.
 */
export function figuresOf(component: { clients?(): number; inspect?(): Figures }): Figures {
  const clients = answerOf(() => component.clients?.(), isCount);
  return { ...(clients !== undefined && { clients }), ...inspected(component) };
}

function inspected(component: { inspect?(): Figures }): Figures {
  try {
    const figures: unknown = component.inspect?.();
    if (figures === undefined) return {};
    if (figures instanceof Promise) {
      figures.catch(() => {}); // Nobody is going to wait for it.
      throw new TypeError('`inspect` answered a promise');
    }
    const json = JSON.stringify(figures);
    if (json.length > MOST_FIGURES) throw new RangeError(`it told ${json.length} characters`);
    const data: unknown = JSON.parse(json);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Figures;
    throw new TypeError('`inspect` answered no object');
  } catch (error) {
    return { inspectFailed: messageOf(error) };
  }
}
