/** Finds the options in a JSON Schema, also those in options and those of one of several shapes. */

/** What the kit looks at in a JSON Schema. */
export interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly unit?: string;
  readonly secret?: boolean;
  /** Set by `size()` and `duration()`. */
  readonly quantity?: string;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly items?: OptionSchema | boolean;
  readonly additionalProperties?: OptionSchema | boolean;
  readonly anyOf?: readonly OptionSchema[];
  readonly oneOf?: readonly OptionSchema[];
  readonly allOf?: readonly OptionSchema[];
}

/** An option. */
export interface FoundOption {
  readonly name: string;
  /** Where it is: `tls.cert`. */
  readonly path: string;
  readonly schema: OptionSchema;
}

/** All options of a schema. */
export function optionsIn(schema: OptionSchema, path = ''): FoundOption[] {
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const found = Object.entries(properties).flatMap(([name, option]) => {
    const optionPath = path === '' ? name : `${path}.${name}`;
    return [{ name, path: optionPath, schema: option }, ...optionsIn(option, optionPath)];
  });
  const shapes = [...anyOf, ...oneOf, ...allOf, items, additionalProperties];
  const inShapes = shapes.flatMap((shape) => (typeof shape === 'object' ? optionsIn(shape, path) : []));
  return [...found, ...inShapes];
}
