import { noShape } from '../check';
import { asUnknown, invalidArgument, outOfRange } from '../errors';
import { checkLimit } from '../limits';
import type { Shape } from '../tensor';

/** A batch shape as Keras writes it: the batch comes first and is null. */
export type BatchShape = readonly (number | null)[];

/** `None, 784` */
export function batchOf(shape: Shape): string {
  return ['None', ...shape].join(', ');
}

export function showBatches(shapes: readonly Shape[]): string {
  return shapes.map((shape) => `[${batchOf(shape)}]`).join(', ');
}

/** Sizes of one sample. */
export function checkSampleShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape)) throw noShape(argument, shape);
  checkLimit('axes', shape.length, argument);
  return Array.from(shape, (size: unknown, i) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size)) {
      const fix = size === null && i === 0 && argument === 'shape' ? 'Leave out the size of the batch.' : '';
      const error = invalidArgument(argument, 'an array of integers, each size known,', size, fix);
      throw size === null ? asUnknown(error) : error;
    }
    if (size < 1) throw outOfRange(argument, 'sizes of at least 1', size);
    return size;
  });
}

/** The shape of one sample: all sizes but the batch's, which must be null. */
export function checkBatchShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape) || shape.length === 0)
    throw invalidArgument(argument, 'an array such as [null, 784]', shape);
  if (shape[0] !== null && shape[0] !== undefined) {
    throw invalidArgument(argument, 'an array that begins with null, the batch,', shape[0], 'Any batch size fits.');
  }
  const [, ...inner] = shape;
  return checkSampleShape(inner, argument);
}
