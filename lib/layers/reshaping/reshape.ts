import { checkInteger, noShape } from '../../check';
import { invalidArgument, shapeMismatch, showShape } from '../../errors';
import type { Config } from '../../identifiers';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { ShapeLayer } from '../shape_layer';

/**
 * Reshapes samples to another shape of the same size.
 *
 * Shapes: `targetShape` is that of one sample; one size may be -1 and follows from the others. Errors:
 * `ERR_INVALID_ARG` for what is not such a shape, `ERR_SHAPE_MISMATCH` where sizes differ. Source: `keras.layers.Reshape`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [12] }), new Reshape({ targetShape: [3, -1] })]).outputShape; // [null, 3, 4]
 * ```
 */
export class Reshape extends ShapeLayer {
  readonly targetShape: Shape;

  constructor(
    options: LayerOptions & {
      /** The shape of a sample of the output; one axis may be -1, which is what is left. */
      readonly targetShape: Shape;
    },
  ) {
    const known = checkLayerOptions(options, ['targetShape'], 'Reshape');
    const targetShape = checkTarget(known.targetShape);
    super('Reshape', options);
    this.targetShape = targetShape;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    const size = sizeOf(inputShape);
    const known = sizeOf(this.targetShape.filter((length) => length !== -1));
    const shape = this.targetShape.map((length) => (length === -1 ? size / known : length));
    if (Number.isInteger(size / known) && sizeOf(shape) === size) return shape;
    throw shapeMismatch(
      'targetShape',
      `a shape of ${size} elements, as ${showShape(inputShape)} has,`,
      this.targetShape,
    );
  }

  protected override ownConfig(): Config {
    return { target_shape: this.targetShape };
  }
}

function checkTarget(shape: unknown): Shape {
  if (!Array.isArray(shape)) throw noShape('targetShape', shape);
  const checked = Array.from(shape, (length) => checkInteger(length, 'targetShape', { min: -1 }));
  if (checked.includes(0) || checked.filter((length) => length === -1).length > 1) {
    throw invalidArgument('targetShape', 'sizes of at least 1, of which one may be -1,', shape);
  }
  return checked;
}
