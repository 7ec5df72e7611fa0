import { checkOptions, checkUnsupported } from '../check';
import { type Config, optionsFromConfig } from '../identifiers';
import { type Shape, sizeOf } from '../tensor';
import { baseConfig, LAYER_OPTIONS } from './config';
import { Layer, type LayerOptions } from './layer';

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
  constructor(options: LayerOptions = {}) {
    const known = checkOptions(options, [...LAYER_OPTIONS, 'dataFormat'], 'Flatten');
    checkUnsupported(known, { trainable: true, dtype: 'float32', dataFormat: 'channels_last' }, 'Flatten');
    super('Flatten', options.name);
  }

  static fromConfig(config: Config): Flatten {
    return new Flatten(optionsFromConfig(config));
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return [sizeOf(inputShape)];
  }

  /** Samples are contiguous: there is nothing to move. */
  toNative(): null {
    return null;
  }

  getConfig(): Config {
    return { ...baseConfig(this.name), data_format: 'channels_last' };
  }
}
