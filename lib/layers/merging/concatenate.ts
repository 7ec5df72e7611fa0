import { checkInteger, elementAt } from '../../check';
import { shapeMismatch, showShape } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { sideBySide, type Traced, type TracedInput } from '../masks';
import type { AddNode } from '../native_ops';
import { sampleAxis } from '../sample_axes';
import { Merge } from './base_merge';

export interface ConcatenateOptions extends LayerOptions {
  /** With the batch; may count from the end. Default: -1 */
  readonly axis?: number | undefined;
}

/**
 * The inputs side by side along an axis.
 *
 * Shapes: the same but along that axis. Defaults: axis -1. Errors: `ERR_SHAPE_MISMATCH` for other shapes,
 * `ERR_OUT_OF_RANGE` for an axis that is not there. Source: `keras.layers.Concatenate`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [1] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Concatenate().apply([a, b]) }).predictSync([[[1]], [[3, 4]]]).toArray(); // [[1, 3, 4]]
 * ```
 */
export class Concatenate extends Merge {
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    checkLayerOptions(options, ['axis'], 'Concatenate');
    super('Concatenate', options);
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  protected shapeAfter(...shapes: readonly Shape[]): Shape {
    const [first = []] = shapes;
    const axis = sampleAxis(this.axis, first);
    for (const shape of shapes) {
      const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
      if (!fits)
        throw shapeMismatch('inputs', `the sizes of ${showShape(first)} except along axis ${this.axis},`, shape);
    }
    return first.map((size, i) => (i === axis ? shapes.reduce((sum, shape) => sum + elementAt(shape, i), 0) : size));
  }

  toNative(...shapes: readonly Shape[]): readonly LayerSpec[] {
    const [first = []] = shapes;
    const axis = sampleAxis(this.axis, first);
    const sizes = shapes.map((shape) => sizeOf(shape.slice(axis)));
    return [{ type: 'concatenate', parameters: { outer: sizeOf(first.slice(0, axis)), sizes } }];
  }

  protected override trace(add: AddNode, inputs: readonly [TracedInput]): Traced {
    return { ...super.trace(add, inputs), mask: sideBySide(add, inputs, sampleAxis(this.axis, inputs[0].shape)) };
  }

  protected override ownConfig(): Config {
    return { axis: this.axis };
  }
}
