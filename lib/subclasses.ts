import { GemsbokError } from './errors';

/** What a base class asks of those who extend it. */
export interface SubclassRule {
  /** As users call it. */
  readonly base: string;
  readonly prototype: object;
  /** Methods by which native code knows a class. */
  readonly needs: readonly string[];
  /** Methods that training would not call: to have one's own would change nothing. */
  readonly unused: readonly string[];
  /** What to do instead. */
  readonly fix: string;
}

/** Whether a class has its own way of doing something, in place of that of `base`. */
export function overrides(made: object, base: object, method: string): boolean {
  const own: unknown = Reflect.get(made, method);
  return typeof own === 'function' && own !== Reflect.get(base, method);
}

/** Classes that configs and files know by names of this library. */
const named = new WeakSet<object>();

export function nameClasses(classes: readonly object[]): void {
  for (const type of classes) named.add(type);
}

export function isNamed(type: object): boolean {
  return named.has(type);
}

/** The name that the library gives a class; a class that extends one of those in configs has its own. */
export function classNameOf(type: { readonly name: string }, given: string): string {
  const bases: object[] = [];
  for (let base: object | null = type; base !== null; base = Reflect.getPrototypeOf(base)) bases.push(base);
  return !named.has(type) && bases.some((base) => named.has(base)) ? type.name : given;
}

/** Refuses, where it is made, an object of a class that training could not use. Errors: `ERR_UNSUPPORTED`. */
export function checkSubclass(made: object, { base, prototype, needs, unused, fix }: SubclassRule): void {
  const { name } = made.constructor;
  const lacks = needs.some((method) => typeof Reflect.get(made, method) !== 'function');
  const own = unused.find((method) => Reflect.get(made, method) !== Reflect.get(prototype, method));
  if (!lacks && own === undefined) return;
  const what = lacks
    ? `a class of your own, \`${name}\``
    : `\`${name}\` with its own \`${own}\`, which training never calls`;
  throw new GemsbokError(
    'ERR_UNSUPPORTED',
    `Expected one of this library's classes where \`${base}\` is extended, received ${what}. ${fix}`,
  );
}
