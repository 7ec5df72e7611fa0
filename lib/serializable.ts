import { invalidArgument } from './errors';

/** A class, or a function of a loss or a metric, that configs may name. */
type Registrable = (abstract new (...args: never[]) => object) | ((...args: never[]) => unknown);

const objects = new Map<string, Registrable>();
const names = new WeakMap<Registrable, string>();

/** What the caller gave to one call that reads configs. */
let scope: Readonly<Record<string, unknown>> = {};

/**
 * Makes a class of your own known to all that reads configs and files, under Keras' `registered_name`, which it returns.
 *
 * The name is `package>Name`; by default that of the class. What is registered goes by this name wherever a name of the
 * library does: `metrics: ['my>Largest']`. Errors: `ERR_INVALID_ARG` for what is not a class or function, and for a name that
 * stands for another one. Source: `keras.saving.register_keras_serializable`.
 *
 * @example
 * ```ts
 * class Half extends Initializer {
 *   compute(shape: readonly number[]) {
 *     return new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(0.5);
 *   }
 * }
 * registerSerializable('my', Half); // "my>Half"
 * initializers.get('my>Half').initialize([1]).toArray(); // [0.5]
 * ```
 */
export function registerSerializable(
  packageName: string,
  registered: Registrable,
  name: string = registered?.name,
): `${string}>${string}` {
  if (typeof registered !== 'function') throw invalidArgument('registered', 'a class or a function', registered);
  for (const [argument, text] of [
    ['packageName', packageName],
    ['name', name],
  ] as const) {
    if (typeof text === 'string' && text !== '' && !text.includes('>')) continue;
    throw invalidArgument(argument, 'a text that is not empty and has no `>`', text);
  }
  const full = `${packageName}>${name}` as const;
  const other = objects.get(full);
  // A module may be loaded again: the same class, from the same lines.
  if (other !== undefined && String(other) !== String(registered)) {
    throw invalidArgument('name', 'a name that is free', full, 'Another class has it.');
  }
  objects.set(full, registered);
  names.set(registered, full);
  return full;
}

/** The registered name of a class or function; undefined without one. */
export function registeredNameOf(one: unknown): string | undefined {
  return typeof one === 'function' ? names.get(one as Registrable) : undefined;
}

/** Reads configs in which these names stand for custom classes, too. */
export function withCustomObjects<T>(customObjects: Readonly<Record<string, unknown>>, work: () => T): T {
  const outer = scope;
  scope = { ...outer, ...customObjects };
  try {
    return work();
  } finally {
    scope = outer;
  }
}

/** What a name with or without its package stands for. */
export function customByName(name: string): unknown {
  const found = [name, name.replace(/^.*>/, '')].find((key) => Object.hasOwn(scope, key));
  return found === undefined ? objects.get(name) : scope[found];
}

let noted: Map<string, unknown> | null = null;

/** Notes a custom class that a config names. */
export function noteClass(name: string, type: unknown): void {
  noted?.set(name, type);
}

/** The result of work that makes configs, and the custom classes that these name, registered or not. */
export function withClasses<T>(work: () => T): {
  readonly result: T;
  readonly classes: Readonly<Record<string, unknown>>;
} {
  const outer = noted;
  const own = new Map<string, unknown>();
  noted = own;
  try {
    const result = work();
    return { result, classes: Object.fromEntries(own) };
  } finally {
    noted = outer;
  }
}
