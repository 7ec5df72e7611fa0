import { checkNumber, checkOneOf } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import { type Shape, sizeOf } from '../tensor';
import { RandomInitializer, type RandomOptions } from './initializer';

const MODES = ['fan_in', 'fan_out', 'fan_avg'] as const;
const DISTRIBUTIONS = ['truncated_normal', 'untruncated_normal', 'uniform', 'normal'] as const;

export type FanMode = (typeof MODES)[number] | 'fanIn' | 'fanOut' | 'fanAvg';
export type ScalingDistribution = (typeof DISTRIBUTIONS)[number] | 'truncatedNormal' | 'untruncatedNormal';

export interface VarianceScalingOptions extends RandomOptions {
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
  protected abstract readonly scaling: Scaling;

  protected override spec(shape: Shape): Spec {
    const { scale, mode, distribution } = this.scaling;
    const variance = scale / Math.max(1, fanOf(shape, mode));
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return { name: 'random_uniform', parameters: { minval: -limit, maxval: limit } };
    }
    const stddev = Math.sqrt(variance);
    return distribution === 'untruncated_normal'
      ? { name: 'random_normal', parameters: { mean: 0, stddev } }
      : { name: 'truncated_normal', parameters: { mean: 0, stddev: stddev / TRUNCATED_STDDEV } };
  }
}

/**
 * Values whose variance follows from the size of the layer.
 *
 * Formula: variance `scale / max(1, fan)`, where the fan of a kernel `[in, out]` is `in`, `out` or their mean by `mode`;
 * uniform up to `sqrt(3 variance)`, or normal. Defaults: scale 1, 'fan_in', 'truncated_normal'. Errors:
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
    this.scaling = {
      scale: checkNumber(options.scale ?? 1, 'scale', { min: 0, open: true }),
      mode: checkOneOf(options.mode ?? 'fan_in', 'mode', MODES),
      distribution: checkOneOf(options.distribution ?? 'truncated_normal', 'distribution', DISTRIBUTIONS),
    };
  }

  override getConfig(): Config {
    return { ...this.scaling, ...super.getConfig() };
  }
}

/** Uniform up to `sqrt(6 / (in + out))`: what `Dense` starts with. Source: `keras.initializers.GlorotUniform`. */
export class GlorotUniform extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_avg', distribution: 'uniform' } as const;
}

/** Cut normal of variance `2 / (in + out)`. Source: `keras.initializers.GlorotNormal`. */
export class GlorotNormal extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_avg', distribution: 'truncated_normal' } as const;
}

/** Uniform up to `sqrt(6 / in)`. Source: `keras.initializers.HeUniform`. */
export class HeUniform extends Scaled {
  protected readonly scaling = { scale: 2, mode: 'fan_in', distribution: 'uniform' } as const;
}

/** Cut normal of variance `2 / in`. Source: `keras.initializers.HeNormal`. */
export class HeNormal extends Scaled {
  protected readonly scaling = { scale: 2, mode: 'fan_in', distribution: 'truncated_normal' } as const;
}

/** Uniform up to `sqrt(3 / in)`. Source: `keras.initializers.LecunUniform`. */
export class LecunUniform extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_in', distribution: 'uniform' } as const;
}

/** Cut normal of variance `1 / in`. Source: `keras.initializers.LecunNormal`. */
export class LecunNormal extends Scaled {
  protected readonly scaling = { scale: 1, mode: 'fan_in', distribution: 'truncated_normal' } as const;
}

function fanOf(shape: Shape, mode: Scaling['mode']): number {
  const [fanIn, fanOut] = fans(shape);
  if (mode === 'fan_in') return fanIn;
  return mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2;
}

/** `[in, out]`; further axes in front are a receptive field. */
function fans(shape: Shape): readonly [fanIn: number, fanOut: number] {
  const [last = 1, before = last] = [...shape].reverse();
  const field = sizeOf(shape.slice(0, -2));
  return [field * before, field * last];
}
