/** The arguments over their defaults. A name without a default is refused: a typing error would silently test the default. */
export function withDefaults<T extends object>(args: Readonly<Record<string, unknown>>, defaults: T): T {
  const unknown = Object.keys(args).filter((name) => !Object.hasOwn(defaults, name));
  if (unknown.length > 0) throw new TypeError(`Unknown argument ${unknown.join(', ')}`);
  return { ...defaults, ...args };
}
