import type { Config } from '../../identifiers';
import type { Shape } from '../../tensor';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { ShapeLayer } from '../shape_layer';

/**
 * Returns its input.
 *
 * Source: `keras.layers.Identity`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [1] }), new layers.Identity()]).predictSync([[3]]).item(); // 3
 * ```
 */
export class Identity extends ShapeLayer {
  override readonly supportsMasking = true;

  constructor(options: LayerOptions = {}) {
    checkLayerOptions(options, [], 'Identity');
    super('Identity', options);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  protected override ownConfig(): Config {
    return {};
  }
}
