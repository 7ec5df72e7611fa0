import { checkNumber } from '../../check';
import { invalidArgument, shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

/** One number for all elements, or one for each of the last axis. */
type Factor = number | readonly number[];

function checkFactor(value: unknown, argument: string): Factor {
  if (!Array.isArray(value)) return checkNumber(value, argument);
  if (value.length === 0) throw invalidArgument(argument, 'a number, or an array of them,', value);
  return Array.from(value, (one, i) => checkNumber(one, `${argument}[${i}]`));
}

export interface RescalingOptions extends LayerOptions {
  /** What the inputs are multiplied by: a number, or one for each feature. */
  readonly scale: Factor;
  /** Default: 0 */
  readonly offset?: Factor | undefined;
}

/**
 * Multiplies, and adds.
 *
 * Formula: `x scale + offset`. Shapes: as the input. Defaults: offset 0. Errors: `ERR_INVALID_ARG` for what is not a number.
 * Source: `keras.layers.Rescaling`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Rescaling({ scale: 0.5, offset: 1 })]).predictSync([[2, 4]]).toArray(); // [[2, 3]]
 * ```
 */
export class Rescaling extends Layer {
  override readonly supportsMasking = true;
  readonly scale: Factor;
  readonly offset: Factor;

  constructor(options: RescalingOptions) {
    const known = checkLayerOptions(options, ['scale', 'offset'], 'Rescaling');
    const [scale, offset] = [checkFactor(known.scale, 'scale'), checkFactor(known.offset ?? 0, 'offset')];
    super('Rescaling', options);
    this.scale = scale;
    this.offset = offset;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    for (const factor of [this.scale, this.offset]) {
      const length = [factor].flat().length;
      if (length > 1 && length !== inputShape.at(-1)) {
        throw shapeMismatch('inputs', `a last axis of ${length} elements, as the factors have,`, inputShape);
      }
    }
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const parameters = { size: sizeOf(inputShape), scale: [this.scale].flat(), offset: [this.offset].flat() };
    return [{ type: 'rescaling', parameters }];
  }

  protected override ownConfig(): Config {
    return { scale: this.scale, offset: this.offset };
  }
}
