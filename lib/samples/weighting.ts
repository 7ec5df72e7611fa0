import { alignRanks, broadcastShape, tileTo } from '../broadcast';
import { shapeMismatch, showShape } from '../errors';
import type { FloatArray, Reduction } from '../native';
import {
  type FloatDtype,
  type Shape,
  type ShapedArray,
  sizeOf,
  type TensorLike,
  toFloats,
  toShapedArray,
} from '../tensor';

/** What counts besides targets and predictions. */
export interface WeightOptions {
  /** Factors of the values: a scalar, one a sample, or what broadcasts to the values. Default: 1 */
  readonly sampleWeight?: TensorLike | null | undefined;
  /** 0 or false where a value does not count. Default: all count */
  readonly mask?: TensorLike | null | undefined;
}

/** Weights and mask, broadcast to the shape of the values that are reduced. */
export interface Weighting {
  /** The shape of the values once their rank is aligned with the weights'. */
  readonly aligned: Shape;
  /** The shape of the weighted values. */
  readonly shape: Shape;
  readonly weights: FloatArray | null;
  readonly mask: Uint8Array | null;
  readonly weightRepeat: number;
}

export function weigh(values: Shape, options: WeightOptions, dtype: FloatDtype): Weighting {
  const merged = mergeWeights(options, dtype);
  const [aligned, mergedShape] = merged === null ? [values, []] : alignRanks(values, merged.shape);
  const shape = broadcastShape(aligned, mergedShape);
  if (shape === null || merged === null) {
    if (shape !== null) return { aligned, shape, weights: null, mask: null, weightRepeat: 1 };
    const argument = merged?.weights === null ? 'mask' : 'sampleWeight';
    throw shapeMismatch(argument, `a shape that broadcasts to the losses of ${showShape(values)}`, mergedShape);
  }
  return {
    aligned,
    shape,
    weights: merged.weights && tileTo(merged.weights, mergedShape, shape),
    mask: merged.mask && tileTo(merged.mask, mergedShape, shape),
    weightRepeat: sizeOf(shape) / sizeOf(mergedShape),
  };
}

export interface MergedWeights {
  readonly shape: Shape;
  readonly weights: FloatArray | null;
  readonly mask: Uint8Array | null;
}

/** Weights and mask with one common shape; null where there are neither. */
export function mergeWeights(options: WeightOptions, dtype: FloatDtype): MergedWeights | null {
  const weights = isGiven(options.sampleWeight) ? toFloats(options.sampleWeight, dtype, 'sampleWeight') : null;
  const mask = isGiven(options.mask) ? toMask(options.mask) : null;
  if (weights === null || mask === null) {
    const only = weights ?? mask;
    return only && { shape: only.shape, weights: weights?.data ?? null, mask: mask?.data ?? null };
  }
  const [maskShape, weightShape] = alignRanks(mask.shape, weights.shape);
  const shape = broadcastShape(maskShape, weightShape);
  if (shape === null) {
    throw shapeMismatch('mask', `a shape that broadcasts with the weights of ${showShape(weights.shape)}`, mask.shape);
  }
  return {
    shape,
    weights: tileTo(weights.data, weightShape, shape),
    mask: tileTo(mask.data, maskShape, shape),
  };
}

/** A reduction as native code takes it: a scalar is its own sum. */
export function reductionOf(reduction: Reduction, shape: Shape): Reduction {
  return shape.length === 0 && reduction !== 'none' ? 'sum' : reduction;
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function toMask(mask: TensorLike): ShapedArray<Uint8Array> {
  const { data, shape } = toShapedArray(mask, 'mask');
  return { data: Uint8Array.from<number | bigint>(data, (value) => (Number(value) === 0 ? 0 : 1)), shape };
}
