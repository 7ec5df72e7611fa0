import { checkBoolean, checkInteger, checkNumber } from '../check';
import { GemsbokError, invalidArgument, shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import type { LayerSpec } from '../native';
import { type Shape, sizeOf, type TensorLike, toFloats } from '../tensor';
import { checkLayerOptions, Layer, type LayerOptions, sampleAxis } from './layer';

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
