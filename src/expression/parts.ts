/**
 * The parts that an expression becomes: each says whether it holds for a line. A part that holds only for lines with certain
 * bytes has a gate, so that a sweep over many lines gets to those at once.
 */

import type { Lines } from './lines.ts';
import { type Gate, Literal } from './literal.ts';

/** A condition on a line. */
export interface Part {
  /** Whether it holds for the line. */
  holds(lines: Lines): boolean;
  /** Where something stands that each line has for which it holds, unless operators attached fields; absent: it may hold for any line. */
  readonly gate?: Gate | undefined;
  /** How many bytes the gate looks for, at the least: the more, the fewer lines it lets through. */
  readonly gateBytes?: number;
  /** Whether it asks for fields: those that operators attached cannot be found in the bytes. */
  readonly asksFields?: boolean;
  /** What asking costs, roughly: parts that cost less are asked first. */
  readonly cost: number;
}

/** Holds for every line. */
export class Everything implements Part {
  readonly cost = 0;

  holds(): boolean {
    return true;
  }
}

/** Holds for lines with these bytes. */
export class Word implements Part {
  readonly gate: Literal;
  readonly gateBytes: number;
  readonly cost = 1;

  constructor(bytes: Uint8Array) {
    this.gate = new Literal(bytes);
    this.gateBytes = bytes.length;
  }

  holds(lines: Lines): boolean {
    return this.gate.isIn(lines);
  }
}

/** Holds when all of several parts hold. */
export class All implements Part {
  readonly gate: Gate | undefined;
  readonly gateBytes: number;
  readonly asksFields: boolean;
  readonly cost: number;
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts.toSorted((a, b) => a.cost - b.cost);
    const best = parts.reduce((a, b) => ((b.gateBytes ?? 0) > (a.gateBytes ?? 0) ? b : a));
    this.gate = best.gate;
    this.gateBytes = best.gateBytes ?? 0;
    this.asksFields = parts.some((part) => part.asksFields);
    this.cost = parts.reduce((sum, part) => sum + part.cost, 0);
  }

  holds(lines: Lines): boolean {
    const parts = this.#parts;
    for (let index = 0; index < parts.length; index++) if (!parts[index]!.holds(lines)) return false;
    return true;
  }
}

/** Holds when one of several parts holds. */
export class Any implements Part {
  readonly gate: Gate | undefined;
  readonly gateBytes: number;
  readonly asksFields: boolean;
  readonly cost: number;
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts.toSorted((a, b) => a.cost - b.cost);
    this.gate = anyGate(parts.map(({ gate }) => gate));
    this.gateBytes = this.gate ? Math.min(...parts.map(({ gateBytes }) => gateBytes ?? 0)) : 0;
    this.asksFields = parts.some((part) => part.asksFields);
    this.cost = parts.reduce((sum, part) => sum + part.cost, 0);
  }

  holds(lines: Lines): boolean {
    const parts = this.#parts;
    for (let index = 0; index < parts.length; index++) if (parts[index]!.holds(lines)) return true;
    return false;
  }
}

/** Holds when a part does not. */
export class Not implements Part {
  readonly asksFields: boolean;
  readonly cost: number;
  readonly #part: Part;

  constructor(part: Part) {
    this.#part = part;
    this.asksFields = part.asksFields ?? false;
    this.cost = part.cost;
  }

  holds(lines: Lines): boolean {
    return !this.#part.holds(lines);
  }
}

/** Above so many places to look for, going from line to line is quicker. */
const MOST_GATES = 8;

/** One gate that is as wide as several are together; nothing when a line may come by all of them. */
export function anyGate(gates: readonly (Gate | undefined)[]): Gate | undefined {
  if (gates.length === 1) return gates[0];
  const all: Gate[] = [];
  for (const gate of gates) {
    if (!gate) return undefined;
    all.push(...(gate instanceof AnyGate ? gate.gates : [gate]));
  }
  return all.length > MOST_GATES ? undefined : new AnyGate(all);
}

/** Finds where the first of several gates lets through. */
class AnyGate implements Gate {
  readonly gates: readonly Gate[];

  constructor(gates: readonly Gate[]) {
    this.gates = gates;
  }

  next(lines: Lines, from: number): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const gate of this.gates) {
      const place = gate.next(lines, from);
      if (place < nearest) nearest = place;
    }
    return nearest;
  }

  adapt(counts: Uint32Array): void {
    for (const gate of this.gates) gate.adapt(counts);
  }
}
