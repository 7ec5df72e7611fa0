import { checkInteger, checkOneOf } from '../../check';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { encoded, type Mode, type OutputMode } from './output_mode';

export interface CategoryEncodingOptions extends LayerOptions {
  /** How many categories there are. */
  readonly numTokens: number;
  /** 'multi_hot', 'one_hot' or 'count'. Default: 'multi_hot' */
  readonly outputMode?: Exclude<OutputMode, 'int'> | undefined;
}

/**
 * Encodes category numbers as vectors.
 *
 * Shapes: 'one_hot' adds an axis of the categories (or replaces a last axis of 1 by it), 'multi_hot' and 'count'
 * have it instead of the last one. Defaults: outputMode 'multi_hot'. Errors: `ERR_OUT_OF_RANGE` for numTokens below 1.
 * Source: `keras.layers.CategoryEncoding`.
 *
 * @example
 * ```ts
 * const layer = new CategoryEncoding({ numTokens: 3 });
 * new Sequential([new Input({ shape: [2] }), layer]).predictSync([[0, 2]]).toArray(); // [[1, 0, 1]]
 * ```
 */
export class CategoryEncoding extends Layer {
  readonly numTokens: number;
  readonly outputMode: Mode;

  constructor(options: CategoryEncodingOptions) {
    const known = checkLayerOptions(options, ['numTokens', 'outputMode'], 'CategoryEncoding', { sparse: false });
    const numTokens = checkInteger(known.numTokens, 'numTokens', { min: 1 });
    super('CategoryEncoding', options);
    this.numTokens = numTokens;
    this.outputMode = checkOneOf(options.outputMode ?? 'multi_hot', 'outputMode', ['multi_hot', 'one_hot', 'count']);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return encoded(this.outputMode, inputShape, this.numTokens).shape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const { rows, columns } = encoded(this.outputMode, inputShape, this.numTokens);
    const count = this.outputMode === 'count';
    const parameters = { rows, columns, num_tokens: this.numTokens, count };
    return [{ type: 'category_encoding', parameters }];
  }

  protected override ownConfig(): Config {
    return { num_tokens: this.numTokens, output_mode: this.outputMode };
  }
}
