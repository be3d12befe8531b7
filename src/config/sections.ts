/** Sections of a configuration that whoever loads it brings along, and what all sections say in the end. */
import type { OptionsSchema, OutputOf } from '../core/component.ts';
import type { LogSettings, ShutdownSettings } from './settings.ts';

/** A section beside those that every configuration has. */
export interface SectionSpec<Schema extends OptionsSchema = OptionsSchema> {
  readonly schema: Schema;
  /** What the section needs for itself, as a component's `claims`. */
  claims?(options: OutputOf<Schema>): readonly string[];
}

/** Sections by name. */
export type Sections = Readonly<Record<string, SectionSpec>>;

/** What is loaded where nobody brings sections along. */
export type NoSections = {};

/** The outputs of the sections that are there. */
export type SectionOutputs<S extends Sections> = { readonly [Name in keyof S]?: OutputOf<S[Name]['schema']> };

/** What a configuration without errors says. */
export interface Settings<S extends Sections = Sections> {
  readonly log: LogSettings;
  readonly shutdown: ShutdownSettings;
  readonly sections: SectionOutputs<S>;
}
