/** The text of a plugin with one sink, for a collector in a process of its own. */

/**
 * @param type - Its type; it is exported as `definition`.
 * @param create - The source text of its `create`, a function.
 * @param head - What stands before it: imports.
 */
export function sinkPlugin(type: string, summary: string, create: string, head = ''): string {
  return `${head}
const options = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: 'object' }) },
  },
};
export const definition = {
  kind: 'sink',
  apiVersion: 1,
  type: '${type}',
  summary: '${summary}',
  options,
  examples: [],
  create: ${create},
};
`;
}
