import { checkNumber, checkOptions, elementAt } from '../check';
import { invalidArgument, invalidUse, outOfRange, shapeMismatch } from '../errors';
import { type ShapedArray, Tensor, type TensorLike, toFloats } from '../tensor';

/** A model, or what its `getWeights` returned. */
export type WeightsOf = { getWeights(): readonly TensorLike[] } | readonly TensorLike[];

export interface AverageWeightsOptions {
  /** What each of them counts, such as the number of its samples. Default: all alike */
  readonly sampleWeight?: readonly number[] | null | undefined;
}

/**
 * The means of the weights of several models of one architecture, for `setWeights`: federated averaging, or the average of
 * several trainings.
 *
 * Formula: `sum(s_i * w_i) / sum(s_i)` for each weight, added in double. Shapes: as `getWeights` returns them. Errors:
 * `ERR_INVALID_ARG` without models and for what are none, `ERR_SHAPE_MISMATCH` where their weights differ in shape,
 * `ERR_OUT_OF_RANGE` for a `sampleWeight` below 0 or of 0 in all. Source: McMahan et al. 2017, algorithm 1.
 *
 * @example
 * ```ts
 * const [a, b] = [[[[1, 2]], [3]], [[[3, 4]], [7]]];
 * averageWeights([a, b]).map((weight) => weight.toArray()); // [[[2, 3]], [5]]
 * averageWeights([a, b], { sampleWeight: [3, 1] })[1]; // [4]
 * ```
 */
export function averageWeights(
  models: readonly WeightsOf[],
  options: AverageWeightsOptions = {},
): Tensor<Float32Array>[] {
  checkOptions(options, ['sampleWeight'], 'averageWeights');
  if (!Array.isArray(models) || models.length === 0) throw invalidArgument('models', 'a list of models', models);
  const lists = Array.from(models, (model, m) => listOf(model, `models[${m}]`));
  const shares = sharesOf(options.sampleWeight ?? lists.map(() => 1), lists.length);
  const first = elementAt(lists, 0);
  return first.map(({ shape }, w) => {
    const sums = new Float64Array(elementAt(first, w).data.length);
    for (const [m, list] of lists.entries()) {
      const { data } = sameShape(list, w, shape, first.length, `models[${m}]`);
      const share = elementAt(shares, m);
      for (let i = 0; i < sums.length; i++) sums[i] = elementAt(sums, i) + share * elementAt(data, i);
    }
    return new Tensor(Float32Array.from(sums), shape);
  });
}

function listOf(model: WeightsOf, argument: string): ShapedArray<Float32Array>[] {
  const isModel = typeof (model as { getWeights?: unknown } | null)?.getWeights === 'function';
  const weights = isModel ? (model as { getWeights(): readonly TensorLike[] }).getWeights() : model;
  if (!Array.isArray(weights)) throw invalidArgument(argument, 'a model, or what `getWeights` returned,', model);
  return Array.from(weights, (weight, w) => toFloats(weight, 'float32', `${argument}[${w}]`));
}

function sharesOf(given: readonly number[], count: number): number[] {
  if (!Array.isArray(given) || given.length !== count) {
    throw invalidArgument('sampleWeight', `a list of ${count} numbers, one for each model,`, given);
  }
  const numbers = Array.from(given, (one, m) => checkNumber(one, `sampleWeight[${m}]`, { min: 0 }));
  const sum = numbers.reduce((total, one) => total + one, 0);
  if (sum === 0) throw outOfRange('sampleWeight', 'numbers of which one is above 0', sum);
  return numbers.map((one) => one / sum);
}

function sameShape(
  list: readonly ShapedArray<Float32Array>[],
  index: number,
  shape: readonly number[],
  count: number,
  argument: string,
): ShapedArray<Float32Array> {
  const weight = list[index];
  if (weight === undefined || list.length !== count) {
    throw invalidUse(
      `Expected ${count} weights, as the first model has, for \`${argument}\`, received ${list.length}.`,
    );
  }
  if (weight.shape.join() !== shape.join()) {
    throw shapeMismatch(
      `${argument}[${index}]`,
      `the shape [${shape.join(', ')}] of the first model's weight`,
      weight.shape,
    );
  }
  return weight;
}
