import { checkInteger, checkNumber } from '../../check';
import { invalidArgument, outOfRange } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { nextSeed } from '../../random';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

export interface NoiseOptions extends LayerOptions {
  /** What the random numbers depend on, besides the seed of the run. Default: null, drawn */
  readonly seed?: number | null | undefined;
}

/** What all layers have that disturb their inputs while a model trains. */
abstract class NoiseLayer extends Layer {
  override readonly supportsMasking = true;
  /** As given. */
  readonly seed: number | null;
  /** @internal */
  protected readonly drawn: number;

  constructor(className: string, options: NoiseOptions) {
    super(className, options);
    const { seed = null } = options;
    this.seed = seed === null ? null : checkInteger(seed, 'seed', { min: 0 });
    this.drawn = this.seed ?? nextSeed();
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }
}

const RANGE = { min: 0, max: 1 };

/** Below 1, where a layer divides by what is left. */
function checkShare(rate: unknown): number {
  if (rate === 1) throw outOfRange('rate', 'a number from 0 below 1', rate);
  return checkNumber(rate, 'rate', RANGE);
}

/** A shape with the batch, in which null stands for the size of the input. */
type NoiseShape = readonly (number | null)[];

function checkNoiseShape(given: unknown): NoiseShape | null {
  if (given === null || given === undefined) return null;
  if (!Array.isArray(given)) throw invalidArgument('noiseShape', 'an array such as [null, 1, 8]', given);
  return Array.from(given, (size, i) => (size === null ? null : checkInteger(size, `noiseShape[${i}]`, { min: 1 })));
}

function noiseParameters(noiseShape: NoiseShape | null, shape: Shape): LayerSpec['parameters'] {
  const [batch = null, ...sample] = noiseShape ?? [null, ...shape];
  const fits =
    sample.length === shape.length && sample.every((size, i) => size === null || size === 1 || size === shape[i]);
  if (!fits || (batch !== null && batch !== 1)) {
    throw invalidArgument('noiseShape', `a shape that broadcasts to [null, ${shape.join(', ')}]`, noiseShape);
  }
  return { shape, noise_shape: sample.map((size, i) => size ?? shape[i] ?? 1), shared: batch === 1 };
}

export interface DropoutOptions extends NoiseOptions {
  /** The fraction of the inputs that become 0. */
  readonly rate: number;
  /** The shape with the batch: 1 along axes where all elements are dropped together. Default: null, each by itself */
  readonly noiseShape?: NoiseShape | null | undefined;
}

abstract class DroppingLayer extends NoiseLayer {
  readonly rate: number;
  readonly noiseShape: NoiseShape | null;
  readonly #type: string;

  constructor(className: string, type: string, options: DropoutOptions, rate: number) {
    super(className, options);
    this.#type = type;
    this.rate = rate;
    this.noiseShape = checkNoiseShape(options.noiseShape);
  }

  protected override shapeAfter(inputShape: Shape): Shape {
    noiseParameters(this.noiseShape, inputShape);
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.rate === 0) return [];
    const parameters = { ...noiseParameters(this.noiseShape, inputShape), rate: this.rate, seed: this.drawn };
    return [{ type: this.#type, parameters }];
  }

  protected override ownConfig(): Config {
    return { rate: this.rate, seed: this.seed, noise_shape: this.noiseShape };
  }
}

/**
 * Sets some inputs to 0 while a model trains, and multiplies the others so that the sum stays the same.
 *
 * Formula: `x / (1 - rate)` or 0. Shapes: as the input. Defaults: noiseShape null, seed null. Errors:
 * `ERR_OUT_OF_RANGE` for a rate that is not from 0 to 1. Source: `keras.layers.Dropout`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Dropout({ rate: 0.5 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class Dropout extends DroppingLayer {
  constructor(options: DropoutOptions) {
    const { rate } = checkLayerOptions(options, ['rate', 'noiseShape', 'seed'], 'Dropout');
    super('Dropout', 'dropout', options, checkNumber(rate, 'rate', RANGE));
  }
}

/**
 * Drops inputs to the value at which SELU saturates, while a model trains, so that mean and variance stay the same.
 *
 * Shapes: as the input. Defaults: noiseShape null, seed null. Errors: `ERR_OUT_OF_RANGE` for a rate that is not from 0
 * below 1. Source: Klambauer et al., Self-Normalizing Neural Networks, 2017; `keras.layers.AlphaDropout`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new AlphaDropout({ rate: 0.5 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class AlphaDropout extends DroppingLayer {
  constructor(options: DropoutOptions) {
    const { rate } = checkLayerOptions(options, ['rate', 'noiseShape', 'seed'], 'AlphaDropout');
    super('AlphaDropout', 'alpha_dropout', options, checkShare(rate));
  }
}

/**
 * Adds normal noise while a model trains.
 *
 * Formula: `x + stddev n`. Shapes: as the input. Defaults: seed null. Errors: `ERR_OUT_OF_RANGE` for a stddev that is
 * not from 0 to 1. Source: `keras.layers.GaussianNoise`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new GaussianNoise({ stddev: 0.1 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class GaussianNoise extends NoiseLayer {
  readonly stddev: number;

  constructor(
    options: NoiseOptions & {
      /** The standard deviation of the noise, from 0 on. */
      readonly stddev: number;
    },
  ) {
    const known = checkLayerOptions(options, ['stddev', 'seed'], 'GaussianNoise');
    const stddev = checkNumber(known.stddev, 'stddev', RANGE);
    super('GaussianNoise', options);
    this.stddev = stddev;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.stddev === 0) return [];
    const parameters = { size: sizeOf(inputShape), stddev: this.stddev, seed: this.drawn };
    return [{ type: 'gaussian_noise', parameters }];
  }

  protected override ownConfig(): Config {
    return { stddev: this.stddev, seed: this.seed };
  }
}

/**
 * Multiplies by normal noise around 1 while a model trains.
 *
 * Formula: `x (1 + sqrt(rate / (1 - rate)) n)`. Shapes: as the input. Defaults: seed null. Errors: `ERR_OUT_OF_RANGE`
 * for a rate that is not from 0 below 1. Source: Srivastava et al., Dropout, 2014; `keras.layers.GaussianDropout`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new GaussianDropout({ rate: 0.5 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class GaussianDropout extends NoiseLayer {
  readonly rate: number;

  constructor(
    options: NoiseOptions & {
      /** The variance of the factors is `rate / (1 - rate)`; from 0 below 1. */
      readonly rate: number;
    },
  ) {
    const known = checkLayerOptions(options, ['rate', 'seed'], 'GaussianDropout');
    const rate = checkShare(known.rate);
    super('GaussianDropout', options);
    this.rate = rate;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.rate === 0) return [];
    const parameters = { size: sizeOf(inputShape), rate: this.rate, seed: this.drawn };
    return [{ type: 'gaussian_dropout', parameters }];
  }

  protected override ownConfig(): Config {
    return { rate: this.rate, seed: this.seed };
  }
}
