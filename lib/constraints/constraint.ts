import { checkFloatDtype, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { type Config, optionsFromConfig } from '../identifiers';
import type { FloatArray, Spec } from '../native';
import { checkSubclass, overrides, type SubclassRule } from '../subclasses';
import { type FloatDtype, type Shape, Tensor, type TensorLike, toFloats } from '../tensor';

export interface ApplyOptions {
  /** The type that values are computed in. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** How native code sees a weight: as a matrix, in place. */
export interface ConstraintView {
  /** What native code applies. */
  readonly constraint: Spec;
  /** The rows of the weight. */
  readonly rows: number;
  /** The columns of the weight. */
  readonly columns: number;
}

/**
 * Base of everything that brings a weight back into bounds after each update.
 *
 * One of your own has `apply(w)`, which returns the weight within its bounds: training then calls it on the JavaScript thread,
 * once a step. With `getConfig` it can be stored. Source: `keras.constraints.Constraint`.
 *
 * @example
 * ```ts
 * class AtMostOne extends Constraint {
 *   apply(w: Tensor<Float32Array>) {
 *     return tensor(w.data.map((value) => Math.min(value, 1)), { shape: [...w.shape] });
 *   }
 * }
 * new Dense({ units: 1, kernelConstraint: new AtMostOne() });
 * ```
 */
export abstract class Constraint {
  static {
    showOptionsInConsole(Constraint, (constraint) => constraint.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('a constraint', 'send its getConfig() for fromConfig');
  constructor() {
    if (!this.isCustom) checkSubclass(this, SUBCLASSES);
  }

  /** @internal Whether JavaScript computes it. */
  get isCustom(): boolean {
    return overrides(this, Constraint.prototype, 'apply');
  }

  /**
   * The weight within its bounds; `w` itself is left alone.
   *
   * Errors: `ERR_INVALID_ARG` for anything but numbers, `ERR_OUT_OF_RANGE` for a weight that lacks the axis.
   */
  apply(w: TensorLike, options: ApplyOptions = {}): Tensor {
    const { dtype } = checkOptions(options, ['dtype'], `${this.constructor.name}.apply`);
    const { data, shape } = toFloats(w, checkFloatDtype(dtype), 'w');
    return new Tensor(this.constrained(data.slice(), shape), shape);
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return {};
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends Constraint>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  /** @internal For a weight of this shape; null where no matrix shows it as the constraint needs it. */
  abstract view(shape: Shape): ConstraintView | null;

  /** @internal Changes `data`, or returns other data. */
  protected abstract constrained(data: FloatArray, shape: Shape): FloatArray;
}

const SUBCLASSES: SubclassRule = {
  base: 'Constraint',
  prototype: Constraint.prototype,
  needs: ['view', 'constrained'],
  unused: [],
  fix: 'Give it `apply(w)`, which returns the weight within its bounds.',
};
