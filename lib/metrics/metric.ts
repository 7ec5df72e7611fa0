import { checkFloatDtype, checkOptions, checkString, toSnakeCase } from '../check';
import { notCloneable } from '../cloning';
import { type Config, optionsFromConfig } from '../identifiers';
import { allocated, type FloatDtype, floatsOf, type Shape, Tensor } from '../tensor';

export interface MetricOptions {
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
  /** Of the arithmetic; sums are float64. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** A number; a tensor where there is one for each class, label or threshold. */
export type MetricResult = number | Tensor;

/** What is better: 'up' larger values, 'down' smaller ones, null neither. */
export type MetricDirection = 'up' | 'down' | null;

/** Base of all metrics: they add up what `updateState` is given, until `resetState`. */
export abstract class Metric {
  /** @internal */
  protected readonly cloning = notCloneable('a metric', 'send its getConfig() for fromConfig, or its result()');
  readonly name: string;
  readonly dtype: FloatDtype;
  /** What callbacks with mode 'auto' take as better. */
  readonly direction: MetricDirection = null;

  /** A subclass names its `own` options, which it checks itself, and its default name. */
  constructor(options: MetricOptions = {}, own: readonly string[] = [], name: string = toSnakeCase(new.target.name)) {
    checkOptions(options, ['name', 'dtype', ...own], new.target.name);
    this.name = checkString(options.name ?? name, 'name');
    this.dtype = checkFloatDtype(options.dtype);
  }

  /** The metric of everything since the last `resetState`; 0 before any data. */
  abstract result(): MetricResult;

  /** Forgets everything. */
  abstract resetState(): void;

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }

  static fromConfig<T extends Metric>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }
}

/** Keras' quotient: 0 where there is nothing to divide by. */
export function meanOf(total: number, count: number): number {
  return count === 0 ? 0 : total / count;
}

export function tensorOf(values: readonly number[], dtype: FloatDtype, shape: Shape = [values.length]): Tensor {
  return new Tensor(floatsOf(Float64Array.from(values), dtype), shape);
}

/** A state of so many numbers. Errors: `ERR_OUT_OF_MEMORY`. */
export function stateOfSize(size: number): Float64Array {
  return allocated(Float64Array, [size], 'metric');
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
