import { toCamelCase } from './check';

type Fields = Readonly<Record<string, unknown>>;
type Inspect = (value: unknown, options: object) => string;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Lets `console.log` show the objects of a class by a text of their own; by the class alone where that fails, as no object
 * may be impossible to print.
 */
export function showInConsole<T extends object>(
  base: { readonly prototype: T },
  textOf: (object: T, inspect: (value: unknown) => string) => string,
): void {
  function text(this: T, _depth: number, options: object, inspect: Inspect): string {
    try {
      return textOf(this, (value) => inspect(value, options));
    } catch {
      return this.constructor.name;
    }
  }
  Object.defineProperty(base.prototype, INSPECT, { value: text, configurable: true, writable: true });
}

/** Lets `console.log` show the objects of a class as their options are written, without those that are null: `L2 { l2: 0.01 }`. */
export function showOptionsInConsole<T extends object>(
  base: { readonly prototype: T },
  optionsOf: (object: T) => Fields,
): void {
  showInConsole(base, (object, inspect) => named(object.constructor.name, optionsOf(object), inspect));
}

function named(name: string, config: Fields, inspect: (value: unknown) => string): string {
  const options = readable(config) as Fields;
  return Object.keys(options).length === 0 ? name : `${name} ${inspect(options)}`;
}

/** A config with the names of options, and objects within it in place of their configs. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  const { class_name: name, config, ...rest } = value as { class_name?: unknown; config?: Fields };
  if (name === 'DTypePolicy') return config?.name;
  if (typeof name === 'string' && typeof config === 'object') return new Serialized(name, config);
  if (name !== undefined || config !== undefined || Reflect.has(value as object, INSPECT)) return value;
  const own = Object.entries(rest).filter(([, one]) => one !== null && one !== undefined);
  return Object.fromEntries(own.map(([key, one]) => [toCamelCase(key), readable(one)]));
}

/** An object within a config. */
class Serialized {
  static {
    showInConsole(Serialized, ({ className, config }, inspect) => named(className, config, inspect));
  }

  readonly className: string;
  readonly config: Fields;

  constructor(className: string, config: Fields) {
    this.className = className;
    this.config = config;
  }
}
