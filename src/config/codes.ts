/**
 * Every problem that a configuration can have. `docs/errors.md` is generated from this table, as from the table of
 * `src/core/errors.ts`; a code is never used again for something else.
 */
import type { ErrorInfo } from '../core/errors.ts';

/** Every code of a configuration's diagnostics. The hint is the one that is shown where there is none that fits better. */
export const CONFIG_CODES = {
  // The file as such.
  LC_CONFIG_NOT_FOUND: {
    summary: 'There is no configuration file at this path.',
    hint: 'Check the path given with `-c`; `logcaster init` writes a configuration to start from.',
  },
  LC_CONFIG_SEVERAL_FILES: {
    summary: 'The working directory holds more than one configuration file.',
    hint: 'Name the one to use with `-c`, or remove the others.',
  },
  LC_CONFIG_UNREADABLE: {
    summary: 'The configuration file cannot be read.',
    hint: 'Check that it is a file and that this user may read it.',
  },
  LC_CONFIG_FORMAT: {
    summary: 'The name of the configuration file ends in something that is no known format.',
    hint: 'Use .yaml, .yml, .json, .ts or .js.',
  },
  LC_CONFIG_TOO_LARGE: {
    summary: 'The configuration file is larger than any configuration should be.',
    hint: 'A configuration has at most 1 MiB. Is this the right file?',
  },
  LC_CONFIG_NOT_TEXT: {
    summary: 'The configuration file is not UTF-8 text.',
    hint: 'Save it as UTF-8, without control characters.',
  },
  LC_CONFIG_EMPTY: {
    summary: 'The configuration file holds nothing.',
    hint: '`logcaster init` writes a configuration to start from.',
  },
  LC_CONFIG_SYNTAX: {
    summary: 'The text is not well-formed YAML or JSON.',
    hint: 'Compare it with an example of `logcaster init`.',
  },
  LC_CONFIG_TAB: {
    summary: 'A line is indented with a tab. YAML allows spaces only.',
    hint: 'Replace the tab by spaces.',
  },
  LC_CONFIG_SEVERAL_DOCUMENTS: {
    summary: 'The file holds several YAML documents.',
    hint: 'Keep one of them, without the line `---` between.',
  },
  LC_CONFIG_DUPLICATE_KEY: {
    summary: 'A key is written twice in the same mapping.',
    hint: 'Remove or rename one of the two.',
  },
  LC_CONFIG_TOO_DEEP: {
    summary: 'The configuration is nested more deeply than any configuration should be.',
    hint: 'Nest at most 64 levels.',
  },
  LC_CONFIG_ALIAS: {
    summary: 'An alias (`*name`) has no anchor, contains itself, or multiplies into too much.',
    hint: 'Write the values out.',
  },
  LC_CONFIG_MODULE: {
    summary: 'A configuration in TypeScript or JavaScript cannot be used.',
    hint: 'It must export one object: `export default defineConfig({ … })`.',
  },

  LC_CONFIG_TOO_MANY: {
    summary: 'The configuration has more problems than are shown.',
    hint: 'Mend those that are shown, and check it again.',
  },

  // What is put into strings.
  LC_CONFIG_REFERENCE: {
    summary: 'A `${…}` cannot be read.',
    hint: 'Write ${NAME}, ${NAME:-default} or ${file:path}; $${ stands for ${ itself.',
  },
  LC_CONFIG_VARIABLE_MISSING: {
    summary: 'An environment variable is not set.',
    hint: 'Set it, or give a default: ${NAME:-default}.',
  },
  LC_CONFIG_SECRET_UNREADABLE: {
    summary: 'The file that a `${file:…}` names cannot be used.',
    hint: 'It must be a text file of at most 64 KiB that this user may read.',
  },

  // Options.
  LC_CONFIG_OPTION_UNKNOWN: {
    summary: 'There is no option of this name here.',
    hint: '`logcaster describe TYPE` lists the options of a component.',
  },
  LC_CONFIG_OPTION_MISSING: {
    summary: 'Something that is required is missing.',
    hint: 'Add it.',
  },
  LC_CONFIG_OPTION_TYPE: {
    summary: 'A value is of the wrong type: text instead of a number, say.',
    hint: '`logcaster describe TYPE` shows what an option takes.',
  },
  LC_CONFIG_OPTION_VALUE: {
    summary: 'A value is not one of those that the option takes.',
    hint: '`logcaster describe TYPE` shows what an option takes.',
  },
  LC_CONFIG_TYPE_UNKNOWN: {
    summary: 'There is no component of this type.',
    hint: '`logcaster list` shows all types; those of plugins must be named under `plugins`.',
  },

  // How the parts hang together.
  LC_CONFIG_NAME_INVALID: {
    summary: 'A name has characters that names may not have.',
    hint: 'Begin with a letter and go on with letters, digits, `-` and `_`, 64 at most.',
  },
  LC_CONFIG_NAME_TAKEN: {
    summary: 'Two things that must be told apart have the same name.',
    hint: 'Rename one of them.',
  },
  LC_CONFIG_NAME_UNKNOWN: {
    summary: 'A name is used that nothing has.',
    hint: 'Use a name that is defined, or define it.',
  },
  LC_CONFIG_UNUSED: {
    summary: 'A source or a sink is in no pipeline. It is not started.',
    hint: 'Name it in the `from` or the `to` of a pipeline, or as the `deadLetter` of a sink, or remove it.',
  },
  LC_CONFIG_NO_INPUT: {
    summary: 'A pipeline takes lines from nowhere.',
    hint: 'Name sources, or other pipelines, under `from`.',
  },
  LC_CONFIG_NO_OUTPUT: {
    summary: 'The lines of a pipeline go nowhere.',
    hint: 'Name sinks under `to`, or let another pipeline take its lines with `from`.',
  },
  LC_CONFIG_CYCLE: {
    summary: 'Pipelines take lines, or sinks dead letters, from each other in a circle.',
    hint: 'Remove one of the names from `from`, or one `deadLetter`.',
  },
  LC_CONFIG_CONFLICT: {
    summary: 'Two components need the same thing: a port, a directory.',
    hint: 'Give each its own.',
  },
  LC_CONFIG_HISTORY: {
    summary: 'A sink is to be refilled from one that keeps no history.',
    hint: 'Name a sink of the type file.',
  },

  // Plugins.
  LC_CONFIG_PLUGIN_NOT_FOUND: {
    summary: 'A plugin cannot be found.',
    hint: 'Install the package beside the configuration file; begin the path of a local file with `./`.',
  },
  LC_CONFIG_PLUGIN_FAILED: {
    summary: 'The code of a plugin failed while it was loaded or asked.',
    hint: 'See its own documentation, or tell its author.',
  },
  LC_CONFIG_PLUGIN_EMPTY: {
    summary: 'A plugin exports no component.',
    hint: 'It must export what defineSource, defineOperator or defineSink of `logcaster/plugin` answers.',
  },
  LC_CONFIG_PLUGIN_INVALID: {
    summary: 'A component of a plugin lacks something that every component has.',
    hint: 'Make it with defineSource, defineOperator or defineSink of `logcaster/plugin`.',
  },
  LC_CONFIG_PLUGIN_VERSION: {
    summary: 'A plugin was made for another version of the plugin API.',
    hint: 'Use versions of the plugin and of LogCaster that fit.',
  },
  LC_CONFIG_PLUGIN_DUPLICATE: {
    summary: 'A plugin brings a component whose type is taken.',
    hint: 'To replace the other one, write { module: …, replace: true }.',
  },

  // The command line.
  LC_CONFIG_FLAG: {
    summary: 'A flag changes something that the configuration does not have, or has more than once.',
    hint: 'Leave out the flag and change the configuration.',
  },
} as const satisfies Record<string, ErrorInfo>;

/**
 * The code of a diagnostic.
 *
 * @remarks Since 0.1.0
 */
export type ConfigCode = keyof typeof CONFIG_CODES;
