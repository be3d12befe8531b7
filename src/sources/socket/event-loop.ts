/**
 * The event loop, as far as sockets are concerned.
 */

/**
 * Resolves when the event loop has looked at all sockets once more: whatever had arrived on one that is read has been
 * handed over by then, or at least some of it.
 */
export async function nextPoll(): Promise<void> {
  // The first one may come before the loop looks at the sockets, the second comes after.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
