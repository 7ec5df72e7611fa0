import type { Axes } from '../axes';
import { elementAt } from '../check';
import { asUnknown, invalidArgument, outOfRange } from '../errors';
import type { Shape } from '../tensor';
import { batchOf } from './batch_shape';

/** As indices into a sample's shape, ascending. */
export function sampleAxes(axes: Axes, shape: Shape): number[] {
  const indices = [axes].flat().map((axis) => sampleAxis(axis, shape));
  if (new Set(indices).size < indices.length) throw invalidArgument('axis', 'different axes', axes);
  return indices.sort((a, b) => a - b);
}

/** What native code takes for axes of a sample. */
export function alongAxes(axes: Axes, shape: Shape): { shape: Shape; axes: number[] } {
  return { shape, axes: sampleAxes(axes, shape).map((index) => index + 1) };
}

/** The shape of weights along these axes, in the order in which they are named, as in Keras. */
export function weightShape(axes: Axes, shape: Shape): Shape {
  return [axes].flat().map((axis) => elementAt(shape, sampleAxis(axis, shape)));
}

/** An axis of a batch, which may count from the end, as an index into the shape of one sample. */
export function sampleAxis(axis: number, shape: Shape, argument = 'axis'): number {
  const index = axis < 0 ? axis + shape.length : axis - 1;
  if (axis === 0 || index < 0 || index >= shape.length) {
    const error = outOfRange(argument, `an axis of [${batchOf(shape)}] other than that of the batch`, axis);
    throw axis === 0 ? asUnknown(error) : error;
  }
  return index;
}
