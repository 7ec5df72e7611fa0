import { checkFloatDtype, checkOptions, checkString, toSnakeCase } from '../check';
import { type Config, optionsFromConfig } from '../identifiers';
import type { FloatDtype } from '../tensor';

export interface MetricOptions {
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
  /** Of the arithmetic; sums are float64. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** Base of all metrics: they add up what `updateState` is given, until `resetState`. */
export abstract class Metric {
  readonly name: string;
  readonly dtype: FloatDtype;

  constructor(options: MetricOptions = {}, own: readonly string[] = []) {
    checkOptions(options, ['name', 'dtype', ...own], new.target.name);
    this.name = checkString(options.name ?? toSnakeCase(new.target.name), 'name');
    this.dtype = checkFloatDtype(options.dtype);
  }

  /** The metric of everything since the last `resetState`; 0 before any data. */
  abstract result(): number;

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
