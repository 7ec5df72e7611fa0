import { defined, isCamelCase, isPlainObject, nearest, toCamelCase, toSnakeCase } from './check';
import { asUnknown, type CodedError, invalidArgument } from './errors';
import { getValue } from './records';
import { customByName, noteClass, registeredNameOf } from './serializable';

/** What `getConfig` returns and `fromConfig` takes: Keras' argument names in snake_case. */
export type Config = Readonly<Record<string, unknown>>;

export interface Configurable {
  getConfig(): Config;
}

/** A class whose instances a config describes. */
export interface ConfigurableClass<T> {
  /** What tells the type of its instances. */
  readonly prototype: T;
  /** The instance that a config describes. */
  fromConfig(config: Config): T;
}

/** An object as Keras writes it into configs and files. */
export interface Serialized {
  /** Keras' module of the class, as `keras.losses`; null for a custom class. */
  readonly module: string | null;
  /** The name of the class. */
  readonly class_name: string;
  /** What `getConfig` returned. */
  readonly config: Config;
  /** The name of a custom class, `my>Mine` once it is registered; null for one of the library's. */
  readonly registered_name: string | null;
}

/** A config instead of an instance: the short form, or the one that `serialize` returns. */
export type SerializedLike =
  | { readonly class_name: string; readonly config?: Config }
  | { readonly className: string; readonly config?: Config }
  | { readonly class_name: 'function'; readonly config: string };

/** Custom classes, by the name that configs hold. */
export type CustomClasses<T> = Readonly<Record<string, ConfigurableClass<T>>>;

export interface FamilyTable<T> {
  /** One word for messages: `loss`. */
  readonly what: string;
  /** `keras.losses` */
  readonly module: string;
  readonly base: abstract new (...args: never[]) => T;
  readonly classes: Readonly<Record<string, ConfigurableClass<T>>>;
  /** Further names of classes, besides the class name and its snake case. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly ignoreCase?: boolean;
  /** What others call by a name, in small letters without `_` and `loss` at the end: what to write here. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** All classes of one kind, by every name that Keras knows them under. */
export class Family<T extends Configurable> {
  readonly #table: FamilyTable<T>;
  readonly #classes = new Map<string, ConfigurableClass<T>>();
  readonly #names = new Map<ConfigurableClass<T>, string>();

  constructor(table: FamilyTable<T>) {
    this.#table = table;
    for (const [name, type] of Object.entries(table.classes)) {
      this.#names.set(type, name);
      this.#classes.set(this.#key(name), type).set(toSnakeCase(name), type);
    }
    for (const [alias, name] of Object.entries(table.aliases ?? {})) {
      this.#classes.set(alias, defined(table.classes[name]));
    }
  }

  /** The class of a name, or undefined. camelCase stands for snake_case. */
  find(name: string): ConfigurableClass<T> | undefined {
    const own = customByName(name);
    if (this.isClass(own)) return own;
    const found = this.#classes.get(this.#key(name));
    return found ?? (isCamelCase(name) ? this.#classes.get(toSnakeCase(name)) : undefined);
  }

  /** The class name of an instance. */
  nameOf(instance: T): string {
    const type = instance.constructor as typeof instance.constructor & ConfigurableClass<T>;
    return this.#names.get(type) ?? type.name;
  }

  /** An instance for a name, a class, a config or an instance; null for null. Errors name `argument`. */
  get(identifier: unknown, argument = this.#table.what): T | null {
    if (identifier === null || identifier === undefined) return null;
    if (identifier instanceof this.#table.base) return identifier;
    if (typeof identifier === 'string') {
      const type = this.find(identifier);
      if (type === undefined) throw this.unknown(identifier, { argument });
      return type.fromConfig({});
    }
    if (this.isClass(identifier)) return new identifier();
    return this.deserialize(identifier, {}, argument);
  }

  isClass(value: unknown): value is ConfigurableClass<T> & (new () => T) {
    return typeof value === 'function' && value.prototype instanceof this.#table.base;
  }

  serialize(instance: T): Serialized {
    if (!(instance instanceof this.#table.base)) {
      throw invalidArgument(this.#table.what, `an instance of ${this.#table.base.name}`, instance);
    }
    const name = this.nameOf(instance);
    // A custom class may be called like one of these.
    const known = this.#names.has(instance.constructor as never);
    if (!known) noteClass(name, instance.constructor);
    const config = instance.getConfig();
    if (!isPlainObject(config)) throw invalidArgument(`${name}.getConfig`, 'an object of options', config);
    return {
      module: known ? this.#table.module : null,
      class_name: name,
      config,
      registered_name: known ? null : (registeredNameOf(instance.constructor) ?? name),
    };
  }

  deserialize(config: unknown, customObjects: CustomClasses<T> = {}, argument = this.#table.what): T {
    const { name, own } = this.#parts(config, argument);
    if (!isPlainObject(customObjects)) throw invalidArgument('customObjects', 'an object of classes', customObjects);
    const type = customObject(customObjects, name) ?? this.find(name);
    const fix = 'Pass the class in the object of custom classes.';
    if (type === undefined) throw this.unknown(name, { argument, fix });
    return type.fromConfig(own);
  }

  unknown(identifier: unknown, { argument = this.#table.what, fix = '' } = {}): CodedError {
    const guess = typeof identifier === 'string' ? this.#guess(identifier) : undefined;
    const all = fix === '' ? `There are: ${[...this.#names.values()].join(', ')}.` : fix;
    const guidance = guess === undefined ? all : `Did you mean ${guess}?`;
    const error = invalidArgument(argument, 'a name, an instance or { class_name, config }', identifier, guidance);
    return typeof identifier === 'string' ? asUnknown(error) : error;
  }

  #guess(name: string): string | undefined {
    const plain = name.toLowerCase().replaceAll('_', '').replace(/loss$/, '');
    const known = getValue(this.#table.elsewhere ?? {}, plain);
    if (known !== undefined) return known;
    const spelled = nearest(name, [...this.#classes.keys()]);
    return spelled && `'${spelled}'`;
  }

  #parts(config: unknown, argument: string): { readonly name: string; readonly own: Config } {
    if (!isPlainObject(config)) throw this.unknown(config, { argument });
    const called = functionName(config);
    if (called !== undefined) return { name: called, own: {} };
    const name = nameIn(config);
    if (typeof name !== 'string') throw this.unknown(config, { argument });
    return { name, own: (config.config ?? {}) as Config };
  }

  #key(name: string): string {
    return this.#table.ignoreCase === true ? name.toLowerCase() : name;
  }
}

/** The name in the config that Keras writes for a bare function; undefined for all else. */
export function functionName(identifier: unknown): string | undefined {
  if (!isPlainObject(identifier) || (identifier.class_name ?? identifier.className) !== 'function') return undefined;
  return typeof identifier.config === 'string' ? (packagedName(identifier) ?? identifier.config) : undefined;
}

/** A function that is registered, as Keras writes one into a config; another function, or a value, as it is. */
export function functionConfig(value: unknown): unknown {
  const name = registeredNameOf(value);
  if (name === undefined) return value;
  return { module: null, class_name: 'function', config: name.replace(/^.*>/, ''), registered_name: name };
}

/** The reverse of {@link functionConfig}. Errors: `ERR_INVALID_ARG` for a name that is not registered. */
export function functionByConfig(config: unknown, argument: string): unknown {
  const name = functionName(config);
  if (name === undefined) return config;
  const found = customByName(name);
  if (typeof found === 'function') return found;
  const fix = 'Register it with `registerSerializable`, or pass it as `customObjects`.';
  throw asUnknown(invalidArgument(argument, 'the name of a function that is registered', name, fix));
}

/** The class that a config is of: `Dense`, or `my>Dense` where it is registered in a package, hence none of Keras'. */
export function nameIn(config: Config): unknown {
  return packagedName(config) ?? config.class_name ?? config.className;
}

/** `my>Dense`; undefined for what is in no package. */
export function packagedName({ registered_name: name }: Config): string | undefined {
  return typeof name === 'string' && name.includes('>') ? name : undefined;
}

/** What the caller has of his own for a name, with or without the package. */
export function customObject<T>(customObjects: Readonly<Record<string, T>>, name: string): T | undefined {
  const found = [name, name.replace(/^.*>/, '')].find((key) => Object.hasOwn(customObjects, key));
  return found === undefined ? undefined : customObjects[found];
}

/** A config as an options object: `from_logits` -> `fromLogits`. A dtype policy becomes its name. */
export function optionsFromConfig<Options>(config: unknown): Options {
  if (!isPlainObject(config)) {
    throw invalidArgument('config', 'an object as `getConfig` returns it', config);
  }
  const options = Object.entries(config).map(([name, value]) => [
    toCamelCase(name),
    name === 'dtype' ? plainDtype(value) : value,
  ]);
  return Object.fromEntries(options) as Options;
}

function plainDtype(dtype: unknown): unknown {
  if (typeof dtype !== 'object' || dtype === null || !('config' in dtype)) return dtype;
  const { config } = dtype;
  return typeof config === 'object' && config !== null && 'name' in config ? config.name : dtype;
}

/** The number with the fewest digits that is the same as float32: 0.001 for 0.0010000000474974513, as files have it. */
export function shortestFloat(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
