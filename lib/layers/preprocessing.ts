import { checkBoolean, checkInteger, checkNumber, checkOneOf } from '../check';
import { GemsbokError, invalidArgument, shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import type { LayerSpec } from '../native';
import { type Shape, sizeOf, type TensorLike, toFloats } from '../tensor';
import { checkLayerOptions, Layer, type LayerOptions, sampleAxis } from './layer';
import { binBoundaries, mergeSummaries, type Summary, summarize } from './quantiles';

/** One number for all elements, or one for each of the last axis. */
type Factor = number | readonly number[];

function checkFactor(value: unknown, argument: string): Factor {
  if (!Array.isArray(value)) return checkNumber(value, argument);
  if (value.length === 0) throw invalidArgument(argument, 'a number, or an array of them', value);
  return value.map((one, i) => checkNumber(one, `${argument}[${i}]`));
}

export interface RescalingOptions extends LayerOptions {
  readonly scale: Factor;
  /** Default: 0 */
  readonly offset?: Factor | undefined;
}

/**
 * Multiplies, and adds.
 *
 * Formula: `x scale + offset`. Shapes: as the input. Defaults: offset 0. Errors: `ERR_INVALID_ARG` for what is no number.
 * Source: `keras.layers.Rescaling`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Rescaling({ scale: 0.5, offset: 1 })]).predictSync([[2, 4]]).toArray(); // [[2, 3]]
 * ```
 */
export class Rescaling extends Layer {
  readonly scale: Factor;
  readonly offset: Factor;

  constructor(options: RescalingOptions) {
    const known = checkLayerOptions(options, ['scale', 'offset'], 'Rescaling');
    const [scale, offset] = [checkFactor(known.scale, 'scale'), checkFactor(known.offset ?? 0, 'offset')];
    super('Rescaling', options);
    this.scale = scale;
    this.offset = offset;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    for (const factor of [this.scale, this.offset]) {
      const length = [factor].flat().length;
      if (length > 1 && length !== inputShape.at(-1)) {
        throw shapeMismatch('inputs', `a last axis of ${length} elements, as the factors have,`, inputShape);
      }
    }
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const parameters = { size: sizeOf(inputShape), scale: [this.scale].flat(), offset: [this.offset].flat() };
    return [{ type: 'rescaling', parameters }];
  }

  protected override ownConfig(): Config {
    return { scale: this.scale, offset: this.offset };
  }
}

export interface NormalizationOptions extends LayerOptions {
  /** Whose elements have statistics of their own, with the batch; null for none. Default: -1 */
  readonly axis?: number | readonly number[] | null | undefined;
  /** Together with `variance`, in place of `adapt`. Default: null */
  readonly mean?: Factor | null | undefined;
  /** Default: null */
  readonly variance?: Factor | null | undefined;
  /** Whether it does the reverse. Default: false */
  readonly invert?: boolean | undefined;
}

/**
 * Gives features mean 0 and variance 1, by statistics that are given or that `adapt` takes from data.
 *
 * Formula: `(x - mean) / max(sqrt(variance), 1e-7)`. Shapes: as the input. Defaults: axis -1, invert false. Errors:
 * `ERR_INVALID_ARG` for a mean without a variance, or before there are statistics; `ERR_SHAPE_MISMATCH` for inputs that
 * do not fit them. Source: `keras.layers.Normalization`.
 *
 * @example
 * ```ts
 * const layer = new Normalization();
 * layer.adapt([[1, 10], [3, 30]]);
 * new Sequential([new Input({ shape: [2] }), layer]).predictSync([[3, 10]]).toArray(); // [[1, -1]]
 * ```
 */
export class Normalization extends Layer {
  readonly axis: number | readonly number[] | null;
  readonly invert: boolean;
  #given: boolean;
  #mean: readonly number[] | null;
  #variance: readonly number[] | null;
  #isUsed = false;

  constructor(options: NormalizationOptions = {}) {
    const known = checkLayerOptions(options, ['axis', 'mean', 'variance', 'invert'], 'Normalization');
    const { axis = -1, mean = null, variance = null } = known;
    if ((mean === null) !== (variance === null)) {
      throw invalidArgument('variance', 'a mean and a variance, or neither,', variance);
    }
    super('Normalization', options);
    this.axis =
      axis === null
        ? null
        : Array.isArray(axis)
          ? axis.map((one) => checkInteger(one, 'axis'))
          : checkInteger(axis, 'axis');
    this.invert = checkBoolean(options.invert ?? false, 'invert');
    this.#given = mean !== null;
    this.#mean = mean === null ? null : [checkFactor(mean, 'mean')].flat();
    this.#variance = variance === null ? null : [checkFactor(variance, 'variance')].flat();
  }

  /** Of the kept axes; null before there are any. */
  get mean(): readonly number[] | null {
    return this.#mean;
  }

  get variance(): readonly number[] | null {
    return this.#variance;
  }

  /**
   * Takes the statistics from data, `[batch, ...]`, in place of those before.
   *
   * Errors: `ERR_INVALID_ARG` where they were given, or a model has used the layer already.
   */
  adapt(data: TensorLike): void {
    if (this.#given || this.#isUsed) {
      const why = this.#given ? 'whose statistics were not given' : 'that no model has used yet';
      throw invalidArgument('data', `a layer ${why}`, this, 'Make a new layer.');
    }
    const { data: values, shape } = toFloats(data, 'float64', 'data');
    const [rows = 0, ...rest] = shape;
    if (rows === 0) throw shapeMismatch('data', 'at least one sample', shape);
    const sample = rest.length === 0 ? [1] : rest;
    const slots = this.#slotsOf(sample);
    const count = Math.max(...slots) + 1;
    const sums = new Float64Array(count);
    const squares = new Float64Array(count);
    for (const [i, value] of values.entries())
      sums[slots[i % slots.length] as number] = (sums[slots[i % slots.length] as number] as number) + value;
    const each = values.length / count;
    const mean = Array.from(sums, (sum) => sum / each);
    for (const [i, value] of values.entries()) {
      const slot = slots[i % slots.length] as number;
      squares[slot] = (squares[slot] as number) + (value - (mean[slot] as number)) ** 2;
    }
    this.#mean = mean;
    this.#variance = Array.from(squares, (square) => square / each);
    if (!this.built) this.buildFor(sample);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    const count = Math.max(...this.#slotsOf(inputShape)) + 1;
    for (const statistic of [this.#mean, this.#variance]) {
      if (statistic === null || statistic.length === 1 || statistic.length === count) continue;
      throw shapeMismatch('inputs', `${statistic.length} elements along the axis, as the statistics have,`, inputShape);
    }
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.#mean === null || this.#variance === null) {
      throw new GemsbokError(
        'ERR_INVALID_ARG',
        `Expected statistics in the layer \`${this.name}\`, received none. Call \`adapt\` with data first.`,
      );
    }
    this.#isUsed = true;
    const slots = this.#slotsOf(inputShape);
    const spread = (statistic: readonly number[]): number[] =>
      statistic.length === 1 ? [...statistic] : slots.map((slot) => statistic[slot] as number);
    const parameters = {
      size: sizeOf(inputShape),
      mean: spread(this.#mean),
      variance: spread(this.#variance),
      invert: this.invert,
    };
    return [{ type: 'normalization', parameters }];
  }

  protected override ownConfig(): Config {
    return {
      axis: this.axis,
      invert: this.invert,
      mean: this.#mean,
      variance: this.#variance,
    };
  }

  /** For each element of a sample, which statistic is its own. */
  #slotsOf(shape: Shape): number[] {
    const kept = this.axis === null ? [] : [this.axis].flat().map((axis) => sampleAxis(axis, shape));
    return Array.from({ length: sizeOf(shape) }, (_, element) => {
      let left = element;
      let slot = 0;
      let stride = 1;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const size = shape[axis] as number;
        if (kept.includes(axis)) {
          slot += (left % size) * stride;
          stride *= size;
        }
        left = Math.floor(left / size);
      }
      return slot;
    });
  }
}

const MODES = ['int', 'one_hot', 'multi_hot', 'count'] as const;
type Mode = (typeof MODES)[number];

/** The shape of the codes, and the rows and columns that native code encodes. */
function encoded(mode: Mode, shape: Shape, codes: number): { shape: Shape; rows: number; columns: number } {
  const last = shape.at(-1) ?? 1;
  if (mode === 'int') return { shape, rows: sizeOf(shape), columns: 1 };
  if (mode === 'one_hot' && last !== 1) return { shape: [...shape, codes], rows: sizeOf(shape), columns: 1 };
  return { shape: [...shape.slice(0, -1), codes], rows: sizeOf(shape) / last, columns: last };
}

export interface DiscretizationOptions extends LayerOptions {
  /** Ascending; or `numBins`, and `adapt`. Default: null */
  readonly binBoundaries?: readonly number[] | null | undefined;
  /** Default: null */
  readonly numBins?: number | null | undefined;
  /** Of the quantiles that `adapt` takes. Default: 0.01 */
  readonly epsilon?: number | undefined;
  /** 'int', 'one_hot', 'multi_hot' or 'count'. Default: 'int' */
  readonly outputMode?: string | undefined;
}

/**
 * Gives numbers the index of their bin: how many boundaries they reach.
 *
 * Shapes: as the input for 'int'; 'one_hot' has an axis of the bins more, 'multi_hot' and 'count' have it in place of the
 * last one. Defaults: epsilon 0.01, outputMode 'int'. Errors: `ERR_INVALID_ARG` for both boundaries and bins, or before
 * there are boundaries. Source: `keras.layers.Discretization`.
 *
 * @example
 * ```ts
 * const layer = new Discretization({ binBoundaries: [0, 1] });
 * new Sequential([new Input({ shape: [3] }), layer]).predictSync([[-1, 0, 2]]).toArray(); // [[0, 1, 2]]
 * ```
 */
export class Discretization extends Layer {
  readonly numBins: number | null;
  readonly epsilon: number;
  readonly outputMode: Mode;
  #boundaries: readonly number[] | null;
  readonly #given: boolean;
  #summary: Summary = { values: [], weights: [] };
  #isUsed = false;

  constructor(options: DiscretizationOptions = {}) {
    const own = ['binBoundaries', 'numBins', 'epsilon', 'outputMode'];
    const known = checkLayerOptions(options, own, 'Discretization', { sparse: false });
    const { binBoundaries: given = null, numBins = null } = known;
    if ((given === null) === (numBins === null)) {
      throw invalidArgument('binBoundaries', 'boundaries or a number of bins, and not both,', given);
    }
    const boundaries = given === null ? null : checkBoundaries(given);
    super('Discretization', options);
    this.numBins = numBins === null ? null : checkInteger(numBins, 'numBins', { min: 2 });
    this.epsilon = checkNumber(options.epsilon ?? 0.01, 'epsilon', { min: 0, max: 1, open: true });
    this.outputMode = checkOneOf(options.outputMode ?? 'int', 'outputMode', MODES);
    this.#boundaries = boundaries;
    this.#given = boundaries !== null;
  }

  /** null before there are any. */
  get binBoundaries(): readonly number[] | null {
    return this.#boundaries;
  }

  /** Takes the boundaries from the quantiles of data. Errors: `ERR_INVALID_ARG` where they were given, or are in use. */
  adapt(data: TensorLike): void {
    if (this.#given || this.#isUsed || this.numBins === null) {
      const why = this.#given ? 'whose boundaries were not given' : 'that no model has used yet';
      throw invalidArgument('data', `a layer ${why}`, this, 'Make a new layer.');
    }
    const { data: values, shape } = toFloats(data, 'float32', 'data');
    if (values.length === 0) throw shapeMismatch('data', 'at least one sample', shape);
    this.#summary = mergeSummaries(summarize(values, this.epsilon), this.#summary, this.epsilon);
    this.#boundaries = binBoundaries(this.#summary, this.numBins);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return encoded(this.outputMode, inputShape, this.#codes).shape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.#boundaries === null) {
      throw new GemsbokError(
        'ERR_INVALID_ARG',
        `Expected boundaries in the layer \`${this.name}\`, received none. Call \`adapt\` with data first.`,
      );
    }
    this.#isUsed = true;
    const { rows, columns } = encoded(this.outputMode, inputShape, this.#codes);
    const codes = this.outputMode === 'int' ? 0 : this.#codes;
    const parameters = { rows, columns, boundaries: this.#boundaries, codes, count: this.outputMode === 'count' };
    return [{ type: 'discretization', parameters }];
  }

  protected override ownConfig(): Config {
    return {
      bin_boundaries: this.#given ? this.#boundaries : null,
      num_bins: this.numBins,
      epsilon: this.epsilon,
      output_mode: this.outputMode,
      sparse: false,
    };
  }

  get #codes(): number {
    return this.numBins ?? (this.#boundaries?.length ?? 0) + 1;
  }
}

function checkBoundaries(given: unknown): number[] {
  if (!Array.isArray(given) || given.length === 0) throw invalidArgument('binBoundaries', 'an array of numbers', given);
  const checked = given.map((one, i) => checkNumber(one, `binBoundaries[${i}]`));
  if (checked.some((one, i) => i > 0 && one < (checked[i - 1] as number))) {
    throw invalidArgument('binBoundaries', 'ascending numbers', given);
  }
  return checked;
}

export interface CategoryEncodingOptions extends LayerOptions {
  /** How many categories there are. */
  readonly numTokens: number;
  /** 'multi_hot', 'one_hot' or 'count'. Default: 'multi_hot' */
  readonly outputMode?: string | undefined;
}

/**
 * Encodes category numbers as vectors.
 *
 * Shapes: 'one_hot' adds an axis of the categories (or puts it in place of a last axis of 1), 'multi_hot' and 'count' have
 * it in place of the last one. Defaults: outputMode 'multi_hot'. Errors: `ERR_OUT_OF_RANGE` for numTokens below 1. Source:
 * `keras.layers.CategoryEncoding`.
 *
 * @example
 * ```ts
 * const layer = new CategoryEncoding({ numTokens: 3 });
 * new Sequential([new Input({ shape: [2] }), layer]).predictSync([[0, 2]]).toArray(); // [[1, 0, 1]]
 * ```
 */
export class CategoryEncoding extends Layer {
  readonly numTokens: number;
  readonly outputMode: Mode;

  constructor(options: CategoryEncodingOptions) {
    const known = checkLayerOptions(options, ['numTokens', 'outputMode'], 'CategoryEncoding', { sparse: false });
    const numTokens = checkInteger(known.numTokens, 'numTokens', { min: 1 });
    super('CategoryEncoding', options);
    this.numTokens = numTokens;
    this.outputMode = checkOneOf(options.outputMode ?? 'multi_hot', 'outputMode', ['multi_hot', 'one_hot', 'count']);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return encoded(this.outputMode, inputShape, this.numTokens).shape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const { rows, columns } = encoded(this.outputMode, inputShape, this.numTokens);
    const count = this.outputMode === 'count';
    const parameters = { rows, columns, num_tokens: this.numTokens, count, weighted: false };
    return [{ type: 'category_encoding', parameters }];
  }

  protected override ownConfig(): Config {
    return { num_tokens: this.numTokens, output_mode: this.outputMode };
  }
}
