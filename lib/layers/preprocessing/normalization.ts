import { type Axes, checkAxes } from '../../axes';
import { broadcastShape, sameShape, tileTo } from '../../broadcast';
import { checkBoolean, elementAt } from '../../check';
import { Dataset } from '../../data/dataset';
import { epsilon } from '../../epsilon';
import { InWords, invalidArgument, shapeMismatch, showShape } from '../../errors';
import type { Config } from '../../identifiers';
import { Ones, Zeros } from '../../initializers';
import type { LayerSpec } from '../../native';
import {
  isTypedArray,
  type NestedArray,
  type Shape,
  type ShapedArray,
  sizeOf,
  Tensor,
  type TensorLike,
  toFloats,
} from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { sampleAxes } from '../sample_axes';
import { atomically, Variable } from '../variable';
import { Moments } from './moments';

export interface NormalizationOptions extends LayerOptions {
  /** Axes whose elements have a mean and variance each, the batch being 0; null has one for all. Default: -1 */
  readonly axis?: Axes | null | undefined;
  /** Default: null, what `adapt` finds */
  readonly mean?: NestedArray<number> | null | undefined;
  /** Default: null, what `adapt` finds */
  readonly variance?: NestedArray<number> | null | undefined;
  /** Whether it undoes what it otherwise does. Default: false */
  readonly invert?: boolean | undefined;
}

/**
 * Scales features to mean 0 and variance 1, by statistics that are given or that `adapt` computes from data.
 *
 * Formula: `(x - mean) / max(sqrt(variance), epsilon())`; with invert `x max(sqrt(variance), epsilon()) + mean`.
 * Shapes: unchanged; mean and variance broadcast to that of the axes. Variables, where mean and variance are not given:
 * `mean`, `variance` and `count`, which training does not change. Defaults: axis -1, invert false. Errors:
 * `ERR_INVALID_ARG` for only one of mean and variance, `ERR_SHAPE_MISMATCH` for those that do not fit,
 * `ERR_OUT_OF_RANGE` for an axis that is not there, or the batch. Source: `keras.layers.Normalization`.
 *
 * @example
 * ```ts
 * const normal = new Normalization();
 * normal.adapt([[0, 7], [2, 9]]);
 * new Sequential([new Input({ shape: [2] }), normal]).predictSync([[0, 9]]).toArray(); // [[-1, 1]]
 * ```
 */
export class Normalization extends Layer {
  override readonly supportsMasking = true;
  readonly axis: readonly number[];
  readonly invert: boolean;
  readonly #given: { readonly mean: ShapedArray; readonly variance: ShapedArray } | null;

  constructor(options: NormalizationOptions = {}) {
    checkLayerOptions(options, ['axis', 'mean', 'variance', 'invert'], 'Normalization');
    super('Normalization', options);
    const { axis = -1, invert = false } = options;
    const isNone = axis === null || (Array.isArray(axis) && axis.length === 0);
    this.axis = isNone ? [] : [checkAxes(axis)].flat();
    this.invert = checkBoolean(invert, 'invert');
    this.#given = givenStatistics(options, this.axis);
  }

  /** The mean of each feature; null before `adapt`. */
  get mean(): Tensor | null {
    return this.#statistic('mean');
  }

  /** The variance of each feature; null before `adapt`. */
  get variance(): Tensor | null {
    return this.#statistic('variance');
  }

  /**
   * Takes mean and (biased) variance of data, and builds the layer for it if need be. What it found before is
   * forgotten.
   *
   * Shapes: `[batch, ...]`; a vector holds samples of one feature, a bare TypedArray those that the layer is built for.
   * A data set is read once. Errors: `ERR_INVALID_ARG` for a layer with a given mean, `ERR_SHAPE_MISMATCH` for other
   * samples than the layer is built for.
   *
   * @example
   * ```ts
   * const scalar = new Normalization({ axis: null });
   * await scalar.adapt(dataset({ x: [[1, 2], [3, 6]] }).batch(1));
   * scalar.mean.item(); // 3
   * ```
   */
  adapt(data: Dataset): Promise<void>;
  adapt(data: TensorLike): void;
  adapt(data: Dataset | TensorLike): Promise<void> | undefined {
    if (this.#given !== null) {
      const received = new InWords('one that was given them');
      throw invalidArgument('adapt', 'a layer without `mean` and `variance`', received, 'Leave them out.');
    }
    if (data instanceof Dataset) return this.#adaptTo(data);
    const batch = toFloats(data, 'float64', 'data');
    this.#finish(this.#add(null, batch, isTypedArray(data)));
    return undefined;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    const kept = this.#keptShape(inputShape);
    for (const [argument, value] of Object.entries(this.#given ?? {})) {
      if (sameShape(broadcastShape(value.shape, kept) ?? [], kept)) continue;
      throw shapeMismatch(argument, `a number, or what broadcasts to ${showShape(kept)},`, value.shape);
    }
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    if (this.#given !== null) return [];
    const shape = this.#keptShape(inputShape);
    const untrained = { trainable: false };
    return [
      new Variable('mean', new Zeros().initialize(shape), untrained),
      new Variable('variance', new Ones().initialize(shape), untrained),
      new Variable('count', new Zeros().initialize([]), { ...untrained, stored: 'int32' }),
    ];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const axes = this.#keptAxes(inputShape);
    const kept = inputShape.map((size, i) => (axes.includes(i) ? size : 1));
    const shared = { invert: this.invert, epsilon: epsilon() };
    if (this.#given === null) {
      const parameters = { shape: inputShape, weights: kept, kept: this.#keptShape(inputShape), ...shared };
      return [{ type: 'adapted_normalization', parameters }];
    }
    const [mean, variance] = [this.#given.mean, this.#given.variance].map(({ data, shape }) => {
      const full = tileTo(data as Float64Array, shape, this.#keptShape(inputShape));
      return Array.from(full.length === 1 ? full : tileTo(full, kept, periodOf(kept, inputShape)));
    });
    const parameters = { size: sizeOf(inputShape), mean: mean ?? [], variance: variance ?? [], ...shared };
    return [{ type: 'normalization', parameters }];
  }

  protected override ownConfig(): Config {
    const [mean, variance] = [this.#given?.mean, this.#given?.variance].map((value) =>
      value === undefined ? null : new Tensor(value.data, value.shape).toArray(),
    );
    return { axis: this.axis, invert: this.invert, mean, variance };
  }

  #keptAxes(inputShape: Shape): readonly number[] {
    return sampleAxes(this.axis, inputShape);
  }

  #keptShape(inputShape: Shape): Shape {
    return this.#keptAxes(inputShape).map((axis) => elementAt(inputShape, axis));
  }

  #statistic(name: 'mean' | 'variance'): Tensor | null {
    if (this.#given !== null) return new Tensor(this.#given[name].data, this.#given[name].shape);
    return this.variables.find((variable) => variable.name === name)?.value ?? null;
  }

  async #adaptTo(data: Dataset): Promise<void> {
    let moments: Moments | null = null;
    for await (const { x } of data) {
      const batch = toFloats(x, 'float64', 'data');
      moments = this.#add(moments, data.isBatched ? batch : { ...batch, shape: [1, ...batch.shape] }, false);
    }
    if (moments === null) throw invalidArgument('data', 'a data set with samples', data);
    this.#finish(moments);
  }

  #add(before: Moments | null, { data, shape }: ShapedArray, isBare: boolean): Moments {
    const known = this.inputShape?.slice(1) as Shape | undefined;
    const cut = isBare && known !== undefined ? [data.length / sizeOf(known), ...known] : shape;
    const [rows = 0, ...sample] = cut.length === 1 ? [...cut, 1] : cut;
    if (data.length === 0 || !Number.isInteger(rows)) throw shapeMismatch('data', 'at least one sample', shape);
    if (known !== undefined && !sameShape(sample, known)) {
      throw shapeMismatch('data', `samples of ${showShape(known)}, which the layer is built for,`, shape);
    }
    if (known === undefined) this.buildFor(sample);
    const moments = before ?? new Moments(sample, this.#keptAxes(sample));
    moments.add(data as Float64Array);
    return moments;
  }

  #finish({ mean, variance }: Moments): void {
    const [ofMean, ofVariance] = this.variables;
    atomically(this.variables, () => {
      ofMean?.write(Float32Array.from(mean));
      ofVariance?.write(Float32Array.from(variance));
    });
  }
}

/** As long as needed to repeat along a sample: the axes from the first that has more than one mean. */
function periodOf(kept: Shape, inputShape: Shape): Shape {
  const first = kept.findIndex((size) => size > 1);
  return inputShape.map((size, i) => (i < first ? 1 : size));
}

function givenStatistics(
  { mean = null, variance = null }: NormalizationOptions,
  axes: readonly number[],
): { readonly mean: ShapedArray; readonly variance: ShapedArray } | null {
  if (mean === null && variance === null) return null;
  if (mean === null || variance === null) {
    throw invalidArgument(mean === null ? 'mean' : 'variance', 'a value, as the other one has,', null);
  }
  const given = { mean: toFloats(mean, 'float64', 'mean'), variance: toFloats(variance, 'float64', 'variance') };
  if (!sameShape(given.mean.shape, given.variance.shape)) {
    throw shapeMismatch('variance', `the shape of \`mean\`, ${showShape(given.mean.shape)},`, given.variance.shape);
  }
  if (given.mean.shape.length > axes.length) {
    throw shapeMismatch('mean', `at most ${axes.length} axes, as many as \`axis\` has,`, given.mean.shape);
  }
  return given;
}
