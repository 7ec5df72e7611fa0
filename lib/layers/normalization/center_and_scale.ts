import { checkBoolean, checkNumber, elementAt } from '../../check';
import type { Constraint, ConstraintIdentifier } from '../../constraints';
import * as constraints from '../../constraints';
import type { Config } from '../../identifiers';
import * as initializers from '../../initializers';
import { type Initializer, type InitializerIdentifier, Ones, Zeros } from '../../initializers';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers';
import * as regularizers from '../../regularizers';
import { type Shape, sizeOf } from '../../tensor';
import { Layer, type LayerOptions } from '../layer';
import { sampleAxis } from '../sample_axes';
import { Variable } from '../variable';

export interface CenterAndScaleOptions extends LayerOptions {
  /** Whether beta is added. Default: true */
  readonly center?: boolean | undefined;
  /** Whether it is multiplied by gamma. Default: true */
  readonly scale?: boolean | undefined;
  /** Default: 'zeros' */
  readonly betaInitializer?: InitializerIdentifier | null | undefined;
  /** Default: 'ones' */
  readonly gammaInitializer?: InitializerIdentifier | null | undefined;
  /** Default: null */
  readonly betaRegularizer?: RegularizerIdentifier | null | undefined;
  /** Default: null */
  readonly gammaRegularizer?: RegularizerIdentifier | null | undefined;
  /** Default: null */
  readonly betaConstraint?: ConstraintIdentifier | null | undefined;
  /** Default: null */
  readonly gammaConstraint?: ConstraintIdentifier | null | undefined;
}

export const CENTER_AND_SCALE = [
  'center',
  'scale',
  'betaInitializer',
  'gammaInitializer',
  'betaRegularizer',
  'gammaRegularizer',
  'betaConstraint',
  'gammaConstraint',
] as const;

/** What normalizations share that learn a factor and an offset. */
export abstract class CenterAndScale extends Layer {
  override readonly supportsMasking = true;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;
  readonly betaRegularizer: Regularizer | null;
  readonly gammaRegularizer: Regularizer | null;
  readonly betaConstraint: Constraint | null;
  readonly gammaConstraint: Constraint | null;

  constructor(className: string, options: CenterAndScaleOptions & { readonly epsilon?: number | undefined }) {
    super(className, options);
    this.epsilon = checkNumber(options.epsilon ?? 1e-3, 'epsilon', { min: 0 });
    this.center = checkBoolean(options.center ?? true, 'center');
    this.scale = checkBoolean(options.scale ?? true, 'scale');
    this.betaInitializer = initializers.get(options.betaInitializer, 'betaInitializer') ?? new Zeros();
    this.gammaInitializer = initializers.get(options.gammaInitializer, 'gammaInitializer') ?? new Ones();
    this.betaRegularizer = regularizers.get(options.betaRegularizer, 'betaRegularizer');
    this.gammaRegularizer = regularizers.get(options.gammaRegularizer, 'gammaRegularizer');
    this.betaConstraint = constraints.get(options.betaConstraint, 'betaConstraint');
    this.gammaConstraint = constraints.get(options.gammaConstraint, 'gammaConstraint');
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  /** @internal */
  protected gammaAndBeta(shape: Shape): Variable[] {
    const own = { regularizer: this.gammaRegularizer, constraint: this.gammaConstraint };
    const other = { regularizer: this.betaRegularizer, constraint: this.betaConstraint };
    return [
      ...(this.scale ? [new Variable('gamma', this.gammaInitializer.initialize(shape), own)] : []),
      ...(this.center ? [new Variable('beta', this.betaInitializer.initialize(shape), other)] : []),
    ];
  }

  /** @internal */
  protected centerAndScaleConfig(): Config {
    return {
      center: this.center,
      scale: this.scale,
      beta_initializer: initializers.serialize(this.betaInitializer),
      gamma_initializer: initializers.serialize(this.gammaInitializer),
      beta_regularizer: this.betaRegularizer && regularizers.serialize(this.betaRegularizer),
      gamma_regularizer: this.gammaRegularizer && regularizers.serialize(this.gammaRegularizer),
      beta_constraint: this.betaConstraint && constraints.serialize(this.betaConstraint),
      gamma_constraint: this.gammaConstraint && constraints.serialize(this.gammaConstraint),
    };
  }
}

/** A sample as `[outer, channels, inner]`. */
export function channelsOf(axis: number, shape: Shape): { outer: number; channels: number; inner: number } {
  const index = sampleAxis(axis, shape);
  return {
    outer: sizeOf(shape.slice(0, index)),
    channels: elementAt(shape, index),
    inner: sizeOf(shape.slice(index + 1)),
  };
}
