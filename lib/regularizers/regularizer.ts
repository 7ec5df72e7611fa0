import { checkFloatDtype, checkNumber, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { type Config, optionsFromConfig } from '../identifiers';
import { type FloatArray, native, type Spec } from '../native';
import { checkSubclass, overrides, type SubclassRule } from '../subclasses';
import { type FloatDtype, type Shape, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

export interface ComputeOptions {
  /** The type that values are computed in. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/**
 * Base of everything that adds a penalty on a weight to the loss.
 *
 * One of your own has `compute(x)`, the penalty, and `gradient(x)`, its derivative by each number of `x`: training then calls
 * both on the JavaScript thread, once a step. With `getConfig` it can be stored. Source: `keras.regularizers.Regularizer`.
 *
 * @example
 * ```ts
 * class SumOfFourths extends Regularizer {
 *   compute(x: Tensor<Float32Array>) {
 *     return x.data.reduce((sum, w) => sum + w ** 4, 0);
 *   }
 *   gradient(x: Tensor<Float32Array>) {
 *     return tensor(x.data.map((w) => 4 * w ** 3), { shape: [...x.shape] });
 *   }
 * }
 * new Dense({ units: 1, kernelRegularizer: new SumOfFourths() });
 * ```
 */
export abstract class Regularizer {
  static {
    showOptionsInConsole(Regularizer, (regularizer) => regularizer.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('a regularizer', 'send its getConfig() for fromConfig');
  constructor() {
    if (overrides(this, Regularizer.prototype, 'compute') && overrides(this, Regularizer.prototype, 'gradient')) return;
    checkSubclass(this, SUBCLASSES);
  }

  /** @internal Whether JavaScript computes it. */
  get isCustom(): boolean {
    return overrides(this, Regularizer.prototype, 'compute');
  }

  /**
   * The penalty of `x`.
   *
   * Errors: `ERR_INVALID_ARG` for anything but numbers, `ERR_SHAPE_MISMATCH` for a rank that the regularizer cannot take.
   */
  compute(x: TensorLike, options: ComputeOptions = {}): number {
    return this.#run(x, options, false).value;
  }

  /** d(penalty)/dx, shaped as `x`; 0 where the penalty has a kink. Errors: as `compute`. */
  gradient(x: TensorLike, options: ComputeOptions = {}): Tensor {
    const { gradient, shape } = this.#run(x, options, true);
    return new Tensor(gradient as FloatArray, shape);
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return {};
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends Regularizer>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  /** @internal The regularizer as native code knows it, for a weight of this shape. */
  abstract spec(shape: Shape): Spec;

  #run(
    x: TensorLike,
    options: ComputeOptions,
    gradient: boolean,
  ): { readonly value: number; readonly gradient: FloatArray | null; readonly shape: Shape } {
    const { dtype } = checkOptions(options, ['dtype'], `${this.constructor.name}.compute`);
    const { data, shape } = toFloats(x, checkFloatDtype(dtype), 'x');
    const columns = shape.at(-1) ?? 1;
    const rows = columns === 0 ? 0 : sizeOf(shape) / columns;
    return { shape, ...native.regularize({ regularizer: this.spec(shape), x: data, rows, columns, gradient }) };
  }
}

/** The factor of a penalty: neither negative nor infinite. */
export function checkFactor(value: unknown, argument: string): number {
  return checkNumber(value, argument, { min: 0 });
}

const SUBCLASSES: SubclassRule = {
  base: 'Regularizer',
  prototype: Regularizer.prototype,
  needs: ['spec'],
  unused: ['compute', 'gradient'],
  fix: 'Give it both `compute(x)` and `gradient(x)`.',
};
