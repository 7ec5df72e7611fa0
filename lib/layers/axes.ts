import { checkInteger } from '../check';
import { invalidArgument } from '../errors';
import type { Shape } from '../tensor';
import { sampleAxis } from './layer';

/** One axis of a batch, or several. */
export type Axes = number | readonly number[];

/** Checks what can be checked without a shape. */
export function checkAxes(given: unknown): Axes {
  if (!Array.isArray(given)) return checkInteger(given, 'axis');
  if (given.length === 0) throw invalidArgument('axis', 'an integer, or an array of them', given);
  return Array.from(given, (axis, i) => checkInteger(axis, `axis[${i}]`));
}

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

/** Of weights along these axes, in the order in which they are named, as in Keras. */
export function weightShape(axes: Axes, shape: Shape): Shape {
  return [axes].flat().map((axis) => shape[sampleAxis(axis, shape)] ?? 1);
}
