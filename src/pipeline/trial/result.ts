/** What came of a trial, as data. */
import type { Fields } from '../../core/batch.ts';

/** A line that goes into a trial. */
export interface TrialLine {
  readonly content: string | Uint8Array;
  readonly fields?: Fields | undefined;
  readonly peer?: string | undefined;
}

/** A line as it left an operator or reached a sink. */
export interface TrialOutput {
  readonly bytes: Buffer;
  readonly fields: Fields | undefined;
  /** Which line that went in it was, from 0 on; `undefined` where the operator does not say so. */
  readonly input: number | undefined;
  /** Whether the operator held it until something else happened. */
  readonly late: boolean;
}

/** What an operator let go of, or made. Counts are lines. */
export interface TrialCounts {
  readonly filtered: number;
  readonly failed: number;
  /** By policy. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly merged: number;
  readonly created: number;
}

/** What an operator did with one line. */
export interface OperatorEvent {
  readonly kind: 'operator';
  readonly pipeline: string;
  readonly operator: string;
  /** Its place in the pipeline, from 0 on. */
  readonly index: number;
  /** What it was given. */
  readonly inputs: readonly TrialOutput[];
  readonly outputs: readonly TrialOutput[];
  readonly counts: TrialCounts;
  /** Lines that it kept for later. */
  readonly held: number;
  /** What went wrong. */
  readonly errors: readonly string[];
  /** What decided, in the words of the operator. */
  readonly reasons: readonly string[];
}

/** A line that reached a sink. */
export interface SinkEvent {
  readonly kind: 'sink';
  readonly pipeline: string;
  readonly sink: string;
  readonly output: TrialOutput;
}

/** A line that came into a pipeline. */
export interface PipelineEvent {
  readonly kind: 'pipeline';
  readonly pipeline: string;
}

export type TrialEvent = OperatorEvent | SinkEvent | PipelineEvent;

/** What an operator did with all lines. */
export interface OperatorTotals extends TrialCounts {
  readonly pipeline: string;
  readonly operator: string;
  readonly errors: readonly string[];
}

/** What came of a trial. */
export interface TrialResult {
  /** What became of each line that went in, in the order in which it happened. */
  readonly traces: readonly (readonly TrialEvent[])[];
  /** What each sink that can be reached got, in order. */
  readonly sinks: ReadonlyMap<string, readonly TrialOutput[]>;
  /** All operators on the way, in the order of the flow. */
  readonly operators: readonly OperatorTotals[];
  /** Operators that did not end in time, as `pipeline.operator`: what they still held is missing. */
  readonly unfinished: readonly string[];
}
