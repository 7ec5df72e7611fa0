import { checkOneOf } from '../../check';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

export interface FlattenOptions extends LayerOptions {
  /** 'channels_first' moves the first axis of a sample after the others first. Default: 'channels_last' */
  readonly dataFormat?: 'channels_last' | 'channels_first' | 'channelsLast' | 'channelsFirst' | null | undefined;
}

const FORMATS = ['channels_last', 'channels_first'] as const;

/**
 * Makes one row of each sample: `[batch, ...]` becomes `[batch, product]`, and `[batch]` becomes `[batch, 1]`.
 *
 * Errors: `ERR_INVALID_ARG` for unknown options. Source: `keras.layers.Flatten`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [28, 28, 1] }), new Flatten()]).outputShape; // [null, 784]
 * ```
 */
export class Flatten extends Layer {
  readonly dataFormat: 'channels_last' | 'channels_first';

  constructor(options: FlattenOptions = {}) {
    const known = checkLayerOptions(options, ['dataFormat'], 'Flatten');
    const dataFormat = checkOneOf(known.dataFormat ?? 'channels_last', 'dataFormat', FORMATS);
    super('Flatten', options);
    this.dataFormat = dataFormat;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return [sizeOf(inputShape)];
  }

  /** Channels that come first move to the end. */
  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.dataFormat === 'channels_last' || inputShape.length < 2) return [];
    const dims = inputShape.map((_, axis) => (axis + 1 < inputShape.length ? axis + 2 : 1));
    return [{ type: 'permute', parameters: { shape: inputShape, dims } }];
  }

  protected override ownConfig(): Config {
    return { data_format: this.dataFormat };
  }
}
