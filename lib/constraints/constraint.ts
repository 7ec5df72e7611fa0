import { checkFloatDtype, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { type Config, optionsFromConfig } from '../identifiers';
import type { FloatArray, Spec } from '../native';
import { checkSubclass, type SubclassRule } from '../subclasses';
import { type FloatDtype, type Shape, Tensor, type TensorLike, toFloats } from '../tensor';

export interface ApplyOptions {
  /** The type that values are computed in. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** How native code sees a weight: as a matrix, in place. */
export interface ConstraintView {
  readonly constraint: Spec;
  readonly rows: number;
  readonly columns: number;
}

/** Base of everything that brings a weight back into bounds after each update. */
export abstract class Constraint {
  /** @internal */
  protected readonly cloning = notCloneable('a constraint', 'send its getConfig() for fromConfig');
  constructor() {
    checkSubclass(this, SUBCLASSES);
  }

  /**
   * The weight within its bounds; `w` itself is left alone.
   *
   * Errors: `ERR_INVALID_ARG` for what is no numbers, `ERR_OUT_OF_RANGE` for a weight that lacks the axis.
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
  unused: ['apply'],
  fix: 'Use MaxNorm, MinMaxNorm, NonNeg or UnitNorm, or change the weights in `onTrainBatchEnd` of a callback.',
};
