import { type Axes, checkAxes } from '../axes';
import { checkNumber, checkOneOf, ownNames } from '../check';
import { outOfRange } from '../errors';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import { type Shape, sizeOf } from '../tensor';
import { RandomInitializer, type RandomOptions } from './initializer';

const MODES = ['fan_in', 'fan_out', 'fan_avg'] as const;
const DISTRIBUTIONS = ['truncated_normal', 'untruncated_normal', 'uniform', 'normal'] as const;

/** What the scale is divided by: the inputs of a unit, its outputs, or the mean of both. */
export type FanMode = (typeof MODES)[number] | 'fanIn' | 'fanOut' | 'fanAvg';
/** The distribution of the numbers. */
export type ScalingDistribution = (typeof DISTRIBUTIONS)[number] | 'truncatedNormal' | 'untruncatedNormal';

/** An axis, or axes, of the shape. */
export type FanAxes = Axes | null;

export interface FanOptions extends RandomOptions {
  /** The axes whose sizes make the fan in. Default: null, all but the last */
  readonly inputAxes?: FanAxes | undefined;
  /** The axes whose sizes make the fan out. Default: null, the last, times a receptive field that lies before the last two */
  readonly outputAxes?: FanAxes | undefined;
}

export interface VarianceScalingOptions extends FanOptions {
  /** Above 0. Default: 1 */
  readonly scale?: number | undefined;
  /** Default: 'fan_in' */
  readonly mode?: FanMode | undefined;
  /** Default: 'truncated_normal', which 'normal' stands for too */
  readonly distribution?: ScalingDistribution | undefined;
}

interface Scaling {
  readonly scale: number;
  readonly mode: (typeof MODES)[number];
  readonly distribution: (typeof DISTRIBUTIONS)[number];
}

// What cutting at 2 leaves of the standard deviation of a normal distribution.
const TRUNCATED_STDDEV = 0.87962566103423978;

abstract class Scaled extends RandomInitializer {
  readonly inputAxes: FanAxes;
  readonly outputAxes: FanAxes;
  /** @internal */
  protected abstract readonly scaling: Scaling;

  constructor(options: FanOptions = {}, own: readonly string[] = []) {
    super(options, ['inputAxes', 'outputAxes', ...ownNames(own, new.target.name)]);
    this.inputAxes = fanAxes(options.inputAxes, 'inputAxes');
    this.outputAxes = fanAxes(options.outputAxes, 'outputAxes');
  }

  /** The axes stand in it only where they are given: older versions of Keras do not know them. */
  override getConfig(): Config {
    const { inputAxes, outputAxes } = this;
    return {
      ...super.getConfig(),
      ...(inputAxes === null ? {} : { input_axes: inputAxes }),
      ...(outputAxes === null ? {} : { output_axes: outputAxes }),
    };
  }

  protected override spec(shape: Shape): Spec {
    const { scale, mode, distribution } = this.scaling;
    const variance = scale / Math.max(1, this.#fanOf(shape, mode));
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return { name: 'random_uniform', parameters: { minval: -limit, maxval: limit } };
    }
    const stddev = Math.sqrt(variance);
    return distribution === 'untruncated_normal'
      ? { name: 'random_normal', parameters: { mean: 0, stddev } }
      : { name: 'truncated_normal', parameters: { mean: 0, stddev: stddev / TRUNCATED_STDDEV } };
  }

  #fanOf(shape: Shape, mode: Scaling['mode']): number {
    const [usualIn, usualOut] = fans(shape);
    const fanIn = this.inputAxes === null ? usualIn : sizeAlong(shape, this.inputAxes, 'inputAxes');
    const fanOut = this.outputAxes === null ? usualOut : sizeAlong(shape, this.outputAxes, 'outputAxes');
    if (mode === 'fan_in') return fanIn;
    return mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2;
  }
}

/**
 * Values whose variance follows from the size of the layer.
 *
 * Formula: variance `scale / max(1, fan)`, where the fan of a kernel `[in, out]` is `in`, `out` or their mean by `mode`;
 * uniform up to `sqrt(3 variance)`, or normal. Shapes: axes before the last two are a receptive field, which multiplies
 * both fans, unless `inputAxes` and `outputAxes` name theirs. Defaults: scale 1, 'fan_in', 'truncated_normal'. Errors:
 * `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.initializers.VarianceScaling`.
 *
 * @example
 * ```ts
 * new VarianceScaling({ scale: 2, mode: 'fan_avg', seed: 1 }).initialize([784, 84]);
 * ```
 */
export class VarianceScaling extends Scaled {
  protected readonly scaling: Scaling;

  constructor(options: VarianceScalingOptions = {}) {
    super(options, ['scale', 'mode', 'distribution']);
    const distribution = checkOneOf(options.distribution ?? 'truncated_normal', 'distribution', DISTRIBUTIONS);
    this.scaling = {
      scale: checkNumber(options.scale ?? 1, 'scale', { min: 0, open: true }),
      mode: checkOneOf(options.mode ?? 'fan_in', 'mode', MODES),
      distribution: distribution === 'normal' ? 'truncated_normal' : distribution,
    };
  }

  override getConfig(): Config {
    return { ...this.scaling, ...super.getConfig() };
  }
}

/**
 * Uniform up to `sqrt(6 / (in + out))`: what `Dense` starts with.
 *
 * Defaults: a seed drawn when it is made. Errors: `ERR_INVALID_ARG` for a seed that is none. Source: `keras.initializers.GlorotUniform`.
 *
 * @example
 * ```ts
 * new GlorotUniform({ seed: 1 }).initialize([784, 84]).shape; // [784, 84]
 * ```
 */
export class GlorotUniform extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_avg', distribution: 'uniform' } as const;
}

/**
 * Cut normal of variance `2 / (in + out)`.
 *
 * Defaults: a seed drawn when it is made. Errors: `ERR_INVALID_ARG` for a seed that is none. Source: `keras.initializers.GlorotNormal`.
 *
 * @example
 * ```ts
 * new GlorotNormal({ seed: 1 }).initialize([784, 84]).shape; // [784, 84]
 * ```
 */
export class GlorotNormal extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_avg', distribution: 'truncated_normal' } as const;
}

/**
 * Uniform up to `sqrt(6 / in)`.
 *
 * Defaults: a seed drawn when it is made. Errors: `ERR_INVALID_ARG` for a seed that is none. Source: `keras.initializers.HeUniform`.
 *
 * @example
 * ```ts
 * new HeUniform({ seed: 1 }).initialize([784, 84]).shape; // [784, 84]
 * ```
 */
export class HeUniform extends Scaled {
  protected readonly scaling = { scale: 2, mode: 'fan_in', distribution: 'uniform' } as const;
}

/**
 * Cut normal of variance `2 / in`.
 *
 * Defaults: a seed drawn when it is made. Errors: `ERR_INVALID_ARG` for a seed that is none. Source: `keras.initializers.HeNormal`.
 *
 * @example
 * ```ts
 * new HeNormal({ seed: 1 }).initialize([784, 84]).shape; // [784, 84]
 * ```
 */
export class HeNormal extends Scaled {
  protected readonly scaling = { scale: 2, mode: 'fan_in', distribution: 'truncated_normal' } as const;
}

/**
 * Uniform up to `sqrt(3 / in)`.
 *
 * Defaults: a seed drawn when it is made. Errors: `ERR_INVALID_ARG` for a seed that is none. Source: `keras.initializers.LecunUniform`.
 *
 * @example
 * ```ts
 * new LecunUniform({ seed: 1 }).initialize([784, 84]).shape; // [784, 84]
 * ```
 */
export class LecunUniform extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_in', distribution: 'uniform' } as const;
}

/**
 * Cut normal of variance `1 / in`.
 *
 * Defaults: a seed drawn when it is made. Errors: `ERR_INVALID_ARG` for a seed that is none. Source: `keras.initializers.LecunNormal`.
 *
 * @example
 * ```ts
 * new LecunNormal({ seed: 1 }).initialize([784, 84]).shape; // [784, 84]
 * ```
 */
export class LecunNormal extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_in', distribution: 'truncated_normal' } as const;
}

function fanAxes(axes: unknown, argument: string): FanAxes {
  return axes === null || axes === undefined ? null : checkAxes(axes, argument, 0);
}

function sizeAlong(shape: Shape, axes: Axes, argument: string): number {
  const sizes = [axes].flat().map((axis) => shape.at(axis));
  if (sizes.includes(undefined)) throw outOfRange(argument, `axes of the shape [${shape.join(', ')}]`, axes);
  return sizeOf(sizes as number[]);
}

/** `[in, out]`; further axes in front are a receptive field. */
function fans(shape: Shape): readonly [fanIn: number, fanOut: number] {
  const [last = 1, before = last] = [...shape].reverse();
  const field = sizeOf(shape.slice(0, -2));
  return [field * before, field * last];
}
