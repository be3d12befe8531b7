/** Where something stands in a configuration: the keys and indexes that lead to it. */

/** Keys of mappings and indexes of lists, from the outermost on. */
export type Path = readonly (string | number)[];

/** Writes a path for people: `sinks.files.maxSize`, `pipelines.main.through[0].word`, `sinks["my sink"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** A text that only this path has: the key of a map. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** What stands at `path` in `value`; `undefined` if there is nothing. Only own properties count. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** Whether `value` is a mapping: an object that is written as `{ … }`, not an instance of a class. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isForeignObjectPrototype(prototype);
}

/** `Object.prototype` of another realm: a test runner may load modules in one. */
function isForeignObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}
