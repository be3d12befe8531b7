/**
 * Components: sources, operators and sinks, and the definitions they are made from. The built-ins use exactly what this
 * file offers, and so does a plugin.
 *
 * A definition is the only place where a component's options stand: their types, defaults, checks, documentation and JSON
 * Schema all come from its `options`. A component itself is small: it keeps no queue, no counters and no retries, since
 * the pipeline does that for all of them.
 *
 * Life of a component: `create` (pure: no file, no socket, no timer) → `start` → work → `stop` (sources) or `flush`
 * (sinks) → dispose. Disposing is safe at any moment: before `start`, during a write, and twice.
 */
import type { Observable } from 'rxjs';
import type { Batch, Fields, Lines } from './batch.ts';
import type { Clock } from './clock.ts';
import type { Credit } from './credit.ts';
import type { SettledListener } from './delivery.ts';
import type { FileSystem } from './file-system.ts';
import type { Figures } from './ledger.ts';
import type { Logger } from './logger.ts';
import type { Through } from './passage.ts';
import type { CopiedLines, Searchable, StoredLines } from './search.ts';

/**
 * The version of what a plugin sees of LogCaster; raised when plugins have to change.
 *
 * @remarks Since 0.1.0
 */
export const PLUGIN_API_VERSION = 1;

/**
 * What components are.
 *
 * @remarks Since 0.1.0
 */
export type ComponentKind = 'source' | 'operator' | 'sink';

/**
 * A problem that a schema found in options: see https://standardschema.dev.
 *
 * @remarks Since 0.1.0
 */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where in the options. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * What a schema says of options.
 *
 * @remarks Since 0.1.0
 */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * The schema of a component's options: zod's, or any Standard Schema (https://standardschema.dev) that checks without
 * waiting and gives JSON Schema.
 *
 * @remarks Since 0.1.0
 */
export interface OptionsSchema<Input = unknown, Output = Input> {
  /** What Standard Schema asks for, and the JSON Schema of what is written. */
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/**
 * The options as they are written.
 *
 * @remarks Since 0.1.0
 */
export type InputOf<Schema extends OptionsSchema> = NonNullable<Schema['~standard']['types']>['input'];

/**
 * The options as the component gets them: checked, with defaults, sizes in bytes and durations in ms.
 *
 * @remarks Since 0.1.0
 */
export type OutputOf<Schema extends OptionsSchema> = NonNullable<Schema['~standard']['types']>['output'];

/**
 * How to use a component; every example is checked and run by the tests.
 *
 * @remarks Since 0.1.0
 */
export interface ComponentExample {
  /** What it shows, in a few words. */
  readonly title: string;
  /** The component as it stands in a YAML configuration, beginning with `type:`. */
  readonly yaml: string;
}

/**
 * What a component promises, in plain words, by topic.
 *
 * @remarks Since 0.1.0
 */
export type Guarantees = Readonly<Record<string, string>>;

/**
 * What every definition has.
 *
 * @remarks Since 0.1.0
 */
export interface ComponentSpec<Schema extends OptionsSchema, Context, Component> {
  /** The name in a configuration: kebab-case. Sources and sinks are nouns, operators are verbs. */
  readonly type: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** More about it, in Markdown. */
  readonly description?: string;
  /** What it promises, by topic: `durability`, `order`. */
  readonly guarantees?: Guarantees;
  /** Its options: each with `.meta({ description, unit })`, and with a default where there can be one. */
  readonly options: Schema;
  /** How it is used; at least one. */
  readonly examples: readonly ComponentExample[];
  /** What only one component can have at a time, with these options: `tcp 127.0.0.1:9999`, `directory /var/log/app`. */
  claims?(options: OutputOf<Schema>): readonly string[];
  /** Makes a component. Pure: what it opens, it opens in `start`. */
  create(options: OutputOf<Schema>, context: Context): Component;
}

/**
 * What every component is given.
 *
 * @remarks Since 0.1.0
 */
export interface ComponentContext {
  /** The component's name in the configuration. */
  readonly name: string;
  /** For what its users have to know. */
  readonly log: Logger;
  /** The only way to the time and to timers, so that tests can make time jump. */
  readonly clock: Clock;
  /** The only way to files, so that tests can make them fail. */
  readonly fs: FileSystem;
}

// ---------------------------------------------------------------------------------------------------------- sources

/**
 * What one knows about lines when they are admitted.
 *
 * @remarks Since 0.1.0
 */
export interface AdmitInit {
  /** The sender, as far as it is known: an address, a file name. */
  readonly peer?: string | undefined;
  /** When they were received, in ms since the epoch. @defaultValue now */
  readonly receivedAt?: number;
  /** The fields of each line; `undefined` for a line without. */
  readonly fields?: readonly (Fields | undefined)[];
  /** Told soon after every sink has settled the lines: the moment to acknowledge them. */
  readonly onSettled?: SettledListener;
}

/**
 * What a source is given.
 *
 * @remarks Since 0.1.0
 */
export interface SourceContext extends ComponentContext {
  /** How much may be on its way. `onAvailable` tells when `admit` is worth another try. */
  readonly credit: Credit;
  /** Counts the lines as received and makes a batch of them to emit; `undefined`, and nothing counted, without credit. */
  admit(lines: Lines, init?: AdmitInit): Batch | undefined;
  /** Counts lines that were read but are not emitted, for a named reason. */
  discard(
    reason: string,
    lines: number,
    options: { readonly intentional: boolean; readonly bytes?: number },
  ): void;
  /** Counts an event that costs no line: a line that was cut short, a connection that was refused. */
  note(event: string, count?: number): void;
}

/**
 * Where lines come from.
 *
 * @remarks Since 0.1.0
 */
export interface Source {
  /** The lines. Subscribing starts them, unsubscribing stops them at once. An error ends the source, and is logged. */
  readonly batches$: Observable<Batch>;
  /** Claims what it needs (a port), so that a failure shows before anything else happens. No batch comes before the subscription. */
  start?(): void | Promise<void>;
  /** Takes nothing new, emits what has arrived, and completes `batches$`. Without it the subscription ends at once. */
  stop?(): void | Promise<void>;
  /** Clients that are connected at the moment. */
  clients?(): number;
  /** Where it listens, for people: `127.0.0.1:9999`. */
  address?(): string | undefined;
  /** More figures for the ledger. */
  inspect?(): Figures;
  /** Lets go of everything. Called at any moment of its life, also twice. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/**
 * The short form of a source: its lines one after the other, or several at a time (a list, or what a `LineFramer` makes of
 * bytes). The pipeline asks for more when there is credit.
 *
 * @remarks Since 0.1.0
 */
export interface LineSource extends Omit<Source, 'batches$' | 'stop'> {
  /**
   * The lines: texts (UTF-8) or bytes without line feeds, one at a time or several in a list, or what a `LineFramer` answers.
   *
   * @param signal - Aborted when the source is to take nothing new: what waits has to end then.
   */
  lines(signal: AbortSignal): AsyncIterable<string | Uint8Array | readonly (string | Uint8Array)[] | Lines>;
}

/**
 * What a source is defined with: see {@link defineSource}.
 *
 * @remarks Since 0.1.0
 */
export interface SourceSpec<Schema extends OptionsSchema = OptionsSchema>
  extends ComponentSpec<Schema, SourceContext, Source | LineSource> {}

/**
 * A source as the registry knows it. Made by {@link defineSource}.
 *
 * @remarks Since 0.1.0
 */
export interface SourceDefinition<Schema extends OptionsSchema = OptionsSchema> extends SourceSpec<Schema> {
  /** What it is. */
  readonly kind: 'source';
  /** The {@link PLUGIN_API_VERSION} it was made for. */
  readonly apiVersion: number;
}

// -------------------------------------------------------------------------------------------------------- operators

/**
 * What an operator is given.
 *
 * @remarks Since 0.1.0
 */
export interface OperatorContext extends ComponentContext {
  /** Counts lines that a policy let go (a sample, a limit on the rate), by its name. */
  dropped(policy: string, lines: number): void;
  /** Counts lines on which the operator failed, and logs the error (the first of many). */
  failed(error: unknown, lines: number): void;
  /** Counts lines that became part of another line. */
  merged(lines: number): void;
  /** Counts lines that were made beside those that came. */
  created(lines: number): void;
}

/**
 * The short form of an operator: a batch in; a batch, several, or none out. Lines that are missing in what it answers
 * count as filtered, unless it counted them as something else. If it throws, the batch counts as failed.
 *
 * @remarks Since 0.1.0
 */
export interface TransformOperator {
  /** Loads what it needs (a module), before any line flows. A failure stops the start of the collector. */
  start?(): void | Promise<void>;
  /** What becomes of a batch. */
  transform(batch: Batch): Batch | readonly Batch[] | undefined;
  /**
   * Says in a few words what decides about a line, the only one of a batch: `logcaster explain` and `test` show it. Asked
   * before `transform`.
   */
  explain?(batch: Batch): readonly string[];
  /** More figures. */
  inspect?(): Figures;
  /** Lets go of everything. Called at any moment of its life, also twice. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/**
 * The full form, for what holds lines over time. What it emits must carry the deliveries of what came in: retain a
 * delivery for each batch more that shares it, release it where lines end; `Delivery.all` joins several.
 * Lines that neither came out nor were counted are held: they are in flight.
 *
 * If it fails, what it holds counts as failed, and it begins anew with the next batch. If it completes before its input, it
 * wants no more: what comes counts as filtered.
 *
 * @remarks Since 0.1.0
 */
export interface StreamOperator {
  /** Loads what it needs (a module), before any line flows. A failure stops the start of the collector. */
  start?(): void | Promise<void>;
  /** What becomes of all batches. Called again after a failure; unsubscribing from what it answers ends it. */
  operate(batches$: Observable<Batch>): Observable<Batch>;
  /** Counts lines that were let go without a policy: by default what is missing counts as held. */
  inspect?(): Figures;
  /** Lets go of everything. Called at any moment of its life, also twice. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/**
 * What changes, selects or merges lines.
 *
 * @remarks Since 0.1.0
 */
export type Operator = TransformOperator | StreamOperator;

/**
 * What a stream operator is given beside {@link OperatorContext}.
 *
 * @remarks Since 0.1.0
 */
export interface StreamOperatorContext extends OperatorContext {
  /** Counts lines that the operator let go. Only for {@link StreamOperator}s: what a transform leaves out is counted for it. */
  filtered(lines: number): void;
}

/**
 * What an operator is defined with: see {@link defineOperator}.
 *
 * @remarks Since 0.1.0
 */
export interface OperatorSpec<Schema extends OptionsSchema = OptionsSchema>
  extends ComponentSpec<Schema, StreamOperatorContext, Operator> {}

/**
 * An operator as the registry knows it. Made by {@link defineOperator}.
 *
 * @remarks Since 0.1.0
 */
export interface OperatorDefinition<Schema extends OptionsSchema = OptionsSchema>
  extends OperatorSpec<Schema> {
  /** What it is. */
  readonly kind: 'operator';
  /** The {@link PLUGIN_API_VERSION} it was made for. */
  readonly apiVersion: number;
}

// ------------------------------------------------------------------------------------------------------------ sinks

/**
 * What a sink is given.
 *
 * @remarks Since 0.1.0
 */
export interface SinkContext extends ComponentContext {}

/**
 * A line that a sink refused for good.
 *
 * @remarks Since 0.1.0
 */
export interface RejectedLine {
  /** Its index in the batch. */
  readonly index: number;
  /** The name under which the ledger counts it. */
  readonly reason: string;
}

/**
 * What `write` can answer: nothing when everything is stored, else the lines that are not.
 *
 * @remarks Since 0.1.0
 */
export type WriteResult = void | { readonly rejected: readonly RejectedLine[] };

/**
 * What a write is given beside its lines.
 *
 * @remarks Since 0.1.0
 */
export interface WriteContext {
  /**
   * Aborted when the write has taken longer than `retry.writeTimeout`, and when its lines were given up at the end. Whoever
   * waits for somebody else hands it on, as to `fetch`; what is thrown then counts as a failure that may pass.
   */
  readonly signal: AbortSignal;
}

/**
 * How much of what is stored is wanted, counted from the newest line backwards.
 *
 * @remarks Since 0.1.0
 */
export interface HistoryLimits {
  /** The most lines. */
  readonly maxLines: number;
  /** With a line feed a line. */
  readonly maxBytes: number;
}

/**
 * Where lines end. Batches come one after the other: no write begins before the one before has ended.
 *
 * @remarks Since 0.1.0
 */
export interface Sink extends Partial<Searchable> {
  /** Opens what it needs. A failure stops the start of the collector. */
  start?(): void | Promise<void>;
  /**
   * Stores a batch as the component promises. Throw a `RetryableError` to get the batch (what is left of it) again later;
   * a `RejectedError`, or anything else, to refuse it for good.
   */
  write(batch: Batch, context?: WriteContext): WriteResult | Promise<WriteResult>;
  /**
   * In place of `write`, for sinks that gain by storing several batches at once: everything that waits, up to
   * `maxGroupBytes`. Indexes of rejected lines, and `stored` of a `RetryableError`, count over all of them.
   */
  writeAll?(batches: readonly Batch[], context?: WriteContext): WriteResult | Promise<WriteResult>;
  /** How many bytes `writeAll` takes at once. @defaultValue 4 MiB */
  readonly maxGroupBytes?: number;
  /** Makes what was written as durable as it gets. Called when the sink is stopped, unless a write has not ended. */
  flush?(): void | Promise<void>;
  /** Where the lines go, for people: a directory, an address. */
  address?(): string | undefined;
  /** The newest lines that were stored before this start, oldest first. Asked once, after `start` and before any write. */
  history?(limits: HistoryLimits): AsyncIterable<Batch>;
  /**
   * What is stored now. With {@link Sink.copyBeyond} of another sink each line is found once by a search in both. Sinks that keep
   * lines over a restart have it. Only after `start`.
   */
  snapshot?(): StoredLines;
  /**
   * Stores soon what it keeps waiting for more lines: somebody looks for it, or many wait behind it. Sinks that let a write wait have
   * it; it is called often, and does nothing if none does.
   */
  hurry?(): void;
  /** Copies the lines that stand behind what is stored elsewhere. Sinks that keep lines in memory have it. */
  copyBeyond?(through: Through): CopiedLines;
  /** The name of the sink whose history this one takes up with `refill` before the first write. */
  readonly refillFrom?: string | undefined;
  /** Takes up the lines of that history, oldest first. Called once, before the first write. */
  refill?(history: (limits: HistoryLimits) => AsyncIterable<Batch>): Promise<void>;
  /** More figures for the ledger. A number `unaccounted` says that the sink's own books do not add up. */
  inspect?(): Figures;
  /** Lets go of everything. Called at any moment of its life, also twice. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/**
 * What a sink is defined with: see {@link defineSink}.
 *
 * @remarks Since 0.1.0
 */
export interface SinkSpec<Schema extends OptionsSchema = OptionsSchema>
  extends ComponentSpec<Schema, SinkContext, Sink> {
  /** Whether its sinks have a {@link Sink.history}, so that another one can be refilled from them. @defaultValue false */
  readonly keepsHistory?: boolean;
}

/**
 * A sink as the registry knows it. Made by {@link defineSink}.
 *
 * @remarks Since 0.1.0
 */
export interface SinkDefinition<Schema extends OptionsSchema = OptionsSchema> extends SinkSpec<Schema> {
  /** What it is. */
  readonly kind: 'sink';
  /** The {@link PLUGIN_API_VERSION} it was made for. */
  readonly apiVersion: number;
}

// ------------------------------------------------------------------------------------------------------ definitions

/**
 * Any definition.
 *
 * @remarks Since 0.1.0
 */
export type ComponentDefinition = SourceDefinition | OperatorDefinition | SinkDefinition;

/**
 * Defines a source.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * export const greetings = defineSource({
 *   type: 'greetings',
 *   summary: 'Says hello, some times.',
 *   options: z.strictObject({ times: z.int().min(1).default(3).meta({ description: 'How often', unit: 'lines' }) }),
 *   examples: [{ title: 'Once', yaml: 'type: greetings\ntimes: 1\n' }],
 *   create: ({ times }) => ({
 *     async *lines() {
 *       for (let time = 1; time <= times; time++) yield `hello ${time}`;
 *     },
 *   }),
 * });
 * ```
 */
export function defineSource<Schema extends OptionsSchema>(
  spec: SourceSpec<Schema>,
): SourceDefinition<Schema> {
  return { ...spec, kind: 'source', apiVersion: PLUGIN_API_VERSION };
}

/**
 * Defines an operator.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * export const dropShort = defineOperator({
 *   type: 'drop-short',
 *   summary: 'Lets go of short lines.',
 *   options: z.strictObject({ below: z.int().default(10).meta({ description: 'Shortest length kept', unit: 'bytes' }) }),
 *   examples: [{ title: 'Under 3 bytes', yaml: 'type: drop-short\nbelow: 3\n' }],
 *   create: ({ below }) => ({
 *     transform: (batch) => batch.select((index) => batch.end(index) - batch.start(index) >= below),
 *   }),
 * });
 * ```
 */
export function defineOperator<Schema extends OptionsSchema>(
  spec: OperatorSpec<Schema>,
): OperatorDefinition<Schema> {
  return { ...spec, kind: 'operator', apiVersion: PLUGIN_API_VERSION };
}

/**
 * Defines a sink.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * export const shout = defineSink({
 *   type: 'shout',
 *   summary: 'Prints lines in capitals.',
 *   options: z.strictObject({}),
 *   examples: [{ title: 'Shout', yaml: 'type: shout\n' }],
 *   create: () => ({
 *     write(batch) {
 *       for (const text of batch.texts()) console.log(text.toUpperCase());
 *     },
 *   }),
 * });
 * ```
 */
export function defineSink<Schema extends OptionsSchema>(spec: SinkSpec<Schema>): SinkDefinition<Schema> {
  return { ...spec, kind: 'sink', apiVersion: PLUGIN_API_VERSION };
}
