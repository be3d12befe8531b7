/**
 * The connections that the limit on open files leaves to all socket sources of this process. A source that is told by
 * `maxConnections` how many it may have claims as many; the others share what is left: who comes first is let in.
 *
 * Invariant: the sources that share never have more connections together than there are descriptors for, however many sources
 * there are, and whichever of them come and go at a reload.
 */
import { toMaxConnections } from './kernel-limits.ts';

/** One of the sources that share. */
export interface Sharer {
  /** How many connections it has. */
  connections(): number;
  /** It may have so many, from now on. */
  allow(maxConnections: number): void;
}

export class ConnectionShare {
  readonly #sharers = new Set<Sharer>();
  readonly #claims = new Map<object, number>();
  #descriptorLimit = 0;

  /** How many connections all that share may have. */
  get size(): number {
    const claimed = [...this.#claims.values()].reduce((sum, each) => sum + each, 0);
    return toMaxConnections(this.#descriptorLimit, claimed);
  }

  /** Lets a source have its share; answers how it leaves. */
  join(sharer: Sharer, descriptorLimit: number): () => void {
    this.#descriptorLimit = descriptorLimit;
    this.#sharers.add(sharer);
    this.update();
    return () => {
      if (this.#sharers.delete(sharer)) this.update();
    };
  }

  /** Sets connections aside for a source that shares nothing; answers how it gives them back. */
  claim(connections: number): () => void {
    const owner = {};
    this.#claims.set(owner, connections);
    this.update();
    return () => {
      if (this.#claims.delete(owner)) this.update();
    };
  }

  /** To be called when one that shares has got or lost a connection. */
  update(): void {
    if (this.#sharers.size === 0) return;
    let free = this.size;
    for (const sharer of this.#sharers) free -= sharer.connections();
    for (const sharer of this.#sharers) sharer.allow(sharer.connections() + Math.max(0, free));
  }
}

/** The one of this process: descriptors belong to processes. */
export const processShare = new ConnectionShare();
