import { checkInteger, checkNumber } from '../../check';
import { invalidArgument, outOfRange } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { nextSeed } from '../../random';
import type { Shape } from '../../tensor';
import { Layer, type LayerOptions } from '../layer';

export interface NoiseOptions extends LayerOptions {
  /** What the random numbers depend on, besides the seed of the run. Default: null, drawn */
  readonly seed?: number | null | undefined;
}

/** What all layers have that disturb their inputs while a model trains. */
export abstract class NoiseLayer extends Layer {
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

export const ZERO_TO_ONE = { min: 0, max: 1 };

/** Below 1, where a layer divides by what is left. */
export function checkShare(rate: unknown): number {
  if (rate === 1) throw outOfRange('rate', 'a number from 0 below 1', rate);
  return checkNumber(rate, 'rate', ZERO_TO_ONE);
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

export abstract class DroppingLayer extends NoiseLayer {
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
