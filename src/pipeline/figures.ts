/** What components tell about themselves. */
import { messageOf } from '../core/errors.ts';
import type { Figures } from '../core/ledger.ts';

/** A component's figures. If it fails to tell, the ledger can be read all the same. */
export function figuresOf(component: { clients?(): number; inspect?(): Figures }): Figures {
  try {
    const clients = component.clients?.();
    return { ...(clients !== undefined && { clients }), ...component.inspect?.() };
  } catch (error) {
    return { inspectFailed: messageOf(error) };
  }
}
