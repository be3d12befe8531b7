/**
 * Types for configurations in TypeScript, and {@link defineConfig}, which gives autocompletion for them.
 *
 * Which types of components there are is known from three interfaces. A plugin adds its own by declaration merging:
 *
 *     declare module 'logcaster' {
 *       interface SinkOptionsByType {
 *         shout: InputOf<typeof shoutOptions>;
 *       }
 *     }
 *
 * A component whose types are not known is written with {@link untyped}: `type: untyped('shout')`.
 */
import type { ComponentDefinition } from '../core/component.ts';

/**
 * The options of each source, by type. To be extended by plugins.
 *
 * @remarks Since 0.1.0
 */
export interface SourceOptionsByType {}

/**
 * The options of each operator, by type. To be extended by plugins.
 *
 * @remarks Since 0.1.0
 */
export interface OperatorOptionsByType {}

/**
 * The options of each sink, by type. To be extended by plugins.
 *
 * @remarks Since 0.1.0
 */
export interface SinkOptionsByType {}

/**
 * Sections of a configuration beside those that are always there.
 *
 * @remarks Since 0.1.0
 */
export interface ConfigSections {}

/**
 * A size: a number of bytes, or a text such as `64MiB` (67,108,864 bytes) or `64MB` (64,000,000 bytes).
 *
 * @remarks Since 0.1.0
 */
export type SizeInput = number | string;

/**
 * A duration: a text such as `500ms`, `2s`, `15m`, `1h` or `7d`.
 *
 * @remarks Since 0.1.0
 */
export type DurationInput = string;

/**
 * What every source has beside the options of its type.
 *
 * @remarks Since 0.1.0
 */
export interface SourceCommon {
  /** The most bytes of this source that are on their way. @defaultValue 4 MiB */
  readonly credit?: SizeInput;
}

/**
 * What every operator has beside the options of its type.
 *
 * @remarks Since 0.1.0
 */
export interface OperatorCommon {
  /** Its name in the ledger. @defaultValue its type, numbered where that is taken */
  readonly name?: string;
}

/**
 * What every sink has beside the options of its type.
 *
 * @remarks Since 0.1.0
 */
export interface SinkCommon {
  /** The queue in front of the sink. */
  readonly queue?: {
    /** The most bytes that wait. @defaultValue 16 MiB */
    readonly maxBytes?: SizeInput;
    /** What happens when it is full. @defaultValue `'block'` */
    readonly whenFull?: 'block' | 'dropNewest' | 'dropOldest' | 'spill';
    /** Where it goes on with `whenFull: 'spill'`. */
    readonly spill?: {
      /** @defaultValue `./spill/` and the name of the sink */
      readonly directory?: string;
      /** The most bytes on the disk. @defaultValue 1 GiB */
      readonly maxBytes?: SizeInput;
      /** What happens when that is full, or cannot be written. @defaultValue `'block'` */
      readonly whenFull?: 'block' | 'dropNewest' | 'dropOldest';
      /** When a line counts as spilled. @defaultValue `'interval'` */
      readonly durability?: 'none' | 'interval' | 'always';
      /** How often `durability: 'interval'` syncs. @defaultValue `'500ms'` */
      readonly syncInterval?: DurationInput;
      /** Permissions of new files. @defaultValue `'0640'` */
      readonly fileMode?: string;
      /** Permissions of directories that are made. @defaultValue `'0750'` */
      readonly directoryMode?: string;
    };
  };
  /** When a write that failed is tried again. */
  readonly retry?: {
    /** The pause behind the first failure. @defaultValue `'100ms'` */
    readonly initial?: DurationInput;
    /** The longest pause. @defaultValue `'30s'` */
    readonly max?: DurationInput;
    /** After so many failures in a row the lines are rejected. Never by default. */
    readonly maxAttempts?: number;
    /** A write that takes longer is told to end, and named as hanging. @defaultValue `'30s'` */
    readonly writeTimeout?: DurationInput;
  };
  /** When a sink that fails again and again is left alone for a while. Never by default. */
  readonly breaker?: {
    /** After so many failures in a row nothing is written for a while. @defaultValue 5 */
    readonly failures?: number;
    /** How long, at first. @defaultValue `'30s'` */
    readonly pause?: DurationInput;
    /** How long, at most. @defaultValue `'10m'` */
    readonly maxPause?: DurationInput;
  };
  /** The sink that gets the lines that this one rejects for good, with reason and origin. */
  readonly deadLetter?: string;
}

declare const isUntyped: unique symbol;

/**
 * The name of a type of components of which TypeScript knows nothing.
 *
 * @remarks Since 0.1.0
 */
export type UntypedName = string & { readonly [isUntyped]: true };

/**
 * Names a type of components of which TypeScript knows nothing: any options can stand beside it.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * export default defineConfig({
 *   plugins: ['logcaster-sink-foo'],
 *   sources: { tcp: { type: 'tcp' } },
 *   pipelines: { main: { from: 'tcp', to: 'foo' } },
 *   sinks: { foo: { type: untyped('foo'), level: 11 } },
 * });
 * ```
 */
export function untyped(type: string): UntypedName {
  return type as UntypedName;
}

/**
 * A component: its type, the options of that type, and what all of its kind have.
 *
 * @remarks Since 0.1.0
 */
export type ComponentConfig<ByType, Common> =
  | { readonly [Type in keyof ByType]: { readonly type: Type } & ByType[Type] & Common }[keyof ByType]
  | (Common & { readonly type: UntypedName; readonly [option: string]: unknown });

/**
 * A source: its type, the options of the type, and `credit`.
 *
 * @remarks Since 0.1.0
 */
export type SourceConfig = ComponentConfig<SourceOptionsByType, SourceCommon>;
/**
 * An operator: its type, the options of the type, and `name`.
 *
 * @remarks Since 0.1.0
 */
export type OperatorConfig = ComponentConfig<OperatorOptionsByType, OperatorCommon>;
/**
 * A sink: its type, the options of the type, `queue`, `retry`, `breaker` and `deadLetter`.
 *
 * @remarks Since 0.1.0
 */
export type SinkConfig = ComponentConfig<SinkOptionsByType, SinkCommon>;

/**
 * A plugin: a package or a file, or (in TypeScript and JavaScript) a definition itself.
 *
 * @remarks Since 0.1.0
 */
export type PluginConfig =
  | string
  | { readonly module: string; readonly replace?: boolean }
  | ComponentDefinition;

/**
 * A pipeline.
 *
 * @remarks Since 0.1.0
 */
export interface PipelineConfig {
  /** Where lines come from: sources, or other pipelines. */
  readonly from: string | readonly string[];
  /** What happens to them, in this order. */
  readonly through?: readonly OperatorConfig[];
  /** The sinks where they go. It may be missing if another pipeline takes them. */
  readonly to?: string | readonly string[];
}

/**
 * A configuration.
 *
 * @remarks Since 0.1.0
 */
export interface Config extends ConfigSections {
  /** Packages and files that bring more components. */
  readonly plugins?: readonly PluginConfig[];
  /** What LogCaster says about itself. */
  readonly log?: {
    /** The least important that is shown. @defaultValue `'info'` */
    readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
    /** A pause of the event loop that is longer is said, with who had it. @defaultValue `'1s'` */
    readonly loopLag?: DurationInput;
  };
  /** Where lines come from, by name. */
  readonly sources: Readonly<Record<string, SourceConfig>>;
  /** How they flow, by name. */
  readonly pipelines: Readonly<Record<string, PipelineConfig>>;
  /** Where they go, by name. */
  readonly sinks: Readonly<Record<string, SinkConfig>>;
  /** How long a stop may take. @defaultValue `{ timeout: '10s' }` */
  readonly shutdown?: { readonly timeout?: DurationInput };
}

/**
 * Answers what it is given: it is there for its types, which make an editor complete what one writes.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * export default defineConfig({
 *   sources: { tcp: { type: 'tcp', port: 9999 } },
 *   pipelines: { main: { from: 'tcp', to: 'ring' } },
 *   sinks: { ring: { type: 'ring', maxLines: 100_000 } },
 * });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}
