import { checkFloatDtype, checkName, checkOptions, ownNames, toSnakeCase } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { type Config, optionsFromConfig } from '../identifiers';
import { allocated, type FloatDtype, floatsOf, type Shape, Tensor } from '../tensor';

export interface MetricOptions {
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
  /** The type that values are computed in; sums are float64. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** A number; a tensor where there is one for each class, label or threshold. */
export type MetricResult = number | Tensor;

/** What is better: 'up' larger values, 'down' smaller ones, null neither. */
export type MetricDirection = 'up' | 'down' | null;

/**
 * Base of all metrics: they add up what `updateState` is given, until `resetState`.
 *
 * One of your own has `updateState(yTrue, yPred, { sampleWeight, mask })`, `result` and `resetState`, and goes into `compile` as
 * others do: `fit` then counts with it on the JavaScript thread, batch by batch. `sampleWeight` is there among
 * `weightedMetrics`, `mask` where the output has one. An object counts in one run at a time. Source: `keras.metrics.Metric`.
 *
 * @example
 * ```ts
 * class Largest extends Metric {
 *   #largest = 0;
 *   updateState(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>) {
 *     for (const [i, p] of yPred.data.entries()) this.#largest = Math.max(this.#largest, Math.abs(p - (yTrue.data[i] ?? 0)));
 *   }
 *   result() {
 *     return this.#largest;
 *   }
 *   resetState() {
 *     this.#largest = 0;
 *   }
 * }
 * model.compile({ loss: 'mse', metrics: [new Largest()] });
 * Object.keys(await model.evaluate(x, model.predictSync(x))); // ["loss", "largest"]
 * ```
 */
export abstract class Metric {
  static {
    showOptionsInConsole(Metric, (metric) => metric.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('a metric', 'send its getConfig() for fromConfig, or its result()');
  /** Its name in the logs. */
  readonly name: string;
  /** The type that it computes in. */
  readonly dtype: FloatDtype;
  /** What callbacks with mode 'auto' take as better. */
  readonly direction: MetricDirection = null;

  /** A subclass names its `own` options, which it checks itself, and its default name. */
  constructor(options: MetricOptions = {}, own: readonly string[] = [], name: string = toSnakeCase(new.target.name)) {
    checkOptions(options, ['name', 'dtype', ...ownNames(own, new.target.name)], new.target.name);
    this.name = checkName(options.name ?? name);
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

  /** One with the options of a config, as `getConfig` returns it. */
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
