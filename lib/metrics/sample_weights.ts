import { alignRanks, broadcastShape, sameShape, tileTo } from '../broadcast';
import { checkOptions, elementAt } from '../check';
import { shapeMismatch, showShape } from '../errors';
import type { FloatArray } from '../native';
import { mergeWeights, type WeightOptions } from '../samples/weighting';
import { type FloatDtype, floatsOf, type Shape, sizeOf } from '../tensor';

/** How the values of a batch count. */
export interface SampleWeights {
  /** One for each value; null where all count alike. */
  readonly weights: FloatArray | null;
  /**
   * What the weight of a value is divided by: the values of its sample, or all of them where one weight stands for all.
   */
  readonly rowsPerSample: number;
}

/**
 * A weight for each value, by Keras' rule for metrics: weights of a lower rank count whole samples, a scalar the whole
 * batch; a mask is weights of 0 and 1.
 */
export function sampleWeights(values: Shape, options: WeightOptions, dtype: FloatDtype): SampleWeights {
  checkOptions(options, ['sampleWeight', 'mask'], 'updateState');
  const merged = mergeWeights(options, dtype);
  if (merged === null) return { weights: null, rowsPerSample: sizeOf(values.slice(1)) };
  const [shape, own] = alignRanks(values, merged.shape);
  const padded = [...own, ...shape.slice(own.length).map(() => 1)];
  const common = broadcastShape(padded, shape);
  if (common === null || !sameShape(common, shape)) {
    const argument = merged.weights === null ? 'mask' : 'sampleWeight';
    const fix = values.length === 0 ? 'A vector is one sample: samples of one value are of shape [batch, 1].' : '';
    throw shapeMismatch(argument, `a shape that broadcasts to the values of ${showShape(values)}`, merged.shape, fix);
  }
  const factors = merged.weights ?? floatsOf(merged.mask ?? new Uint8Array(0), dtype);
  const { weights, mask } = merged;
  const counted = weights && mask ? factors.map((w, i) => w * elementAt(mask, i)) : factors;
  return {
    weights: tileTo(counted, padded, shape),
    rowsPerSample: own.length === 0 ? sizeOf(shape) : sizeOf(shape.slice(1)),
  };
}
