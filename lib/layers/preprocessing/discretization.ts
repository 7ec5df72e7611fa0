import { checkInteger, checkNumber, checkOneOf, elementAt } from '../../check';
import { Dataset } from '../../data/dataset';
import { InWords, invalidArgument, invalidUse, shapeMismatch } from '../../errors';
import { type Config, optionsFromConfig } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, type TensorLike, toFloats } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { encoded, MODES, type Mode, type OutputMode } from './output_mode';
import { binBoundaries, mergeSummaries, type Summary, summarize } from './quantiles';

export interface DiscretizationOptions extends LayerOptions {
  /** Ascending; or `numBins`, and `adapt`. Default: null */
  readonly binBoundaries?: readonly number[] | null | undefined;
  /** Default: null */
  readonly numBins?: number | null | undefined;
  /** The precision of the quantiles that `adapt` takes. Default: 0.01 */
  readonly epsilon?: number | undefined;
  /** 'int', 'one_hot', 'multi_hot' or 'count'. Default: 'int' */
  readonly outputMode?: OutputMode | undefined;
}

/**
 * Maps numbers to the index of their bin: how many boundaries they reach.
 *
 * Shapes: as the input for 'int'; 'one_hot' adds an axis of bins, 'multi_hot' and 'count' have it instead of
 * the last one. Defaults: epsilon 0.01, outputMode 'int'. Errors: `ERR_INVALID_ARG` for both boundaries and bins, or
 * before there are boundaries. Source: `keras.layers.Discretization`.
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

  constructor(options: DiscretizationOptions = {}) {
    const own = ['binBoundaries', 'numBins', 'epsilon', 'outputMode'];
    const known = checkLayerOptions(options, own, 'Discretization', { sparse: false });
    const { binBoundaries: given = null, numBins = null } = known;
    if ((given === null) === (numBins === null)) {
      throw invalidArgument('binBoundaries', 'boundaries, or `numBins`, and not both,', given);
    }
    const boundaries = given === null ? null : checkBoundaries(given);
    super('Discretization', options);
    this.numBins = numBins === null ? null : checkInteger(numBins, 'numBins', { min: 2 });
    this.epsilon = checkNumber(options.epsilon ?? 0.01, 'epsilon', { min: 0, max: 1, open: true });
    this.outputMode = checkOneOf(options.outputMode ?? 'int', 'outputMode', MODES);
    this.#boundaries = boundaries;
  }

  /** Keras' config of a layer that was adapted has both the boundaries and the number of bins. */
  static override fromConfig<T extends Layer>(this: new (options: never) => T, config: Config): T {
    const { binBoundaries: found = null, ...options } = optionsFromConfig<DiscretizationOptions>(config);
    const isAdapted = found !== null && (options.numBins ?? null) !== null;
    const layer = new this((isAdapted ? options : { ...options, binBoundaries: found }) as never);
    if (isAdapted && layer instanceof Discretization) layer.#boundaries = checkBoundaries(found);
    return layer;
  }

  /** null before there are any. */
  get binBoundaries(): readonly number[] | null {
    return this.#boundaries;
  }

  /**
   * Takes the boundaries from the quantiles of data, and replaces earlier ones. A data set is read once.
   *
   * Errors: `ERR_INVALID_ARG` where boundaries were given, or the layer is built.
   *
   * @example
   * ```ts
   * const layer = new Discretization({ numBins: 2 });
   * layer.adapt([[1], [2], [3], [4]]);
   * layer.binBoundaries; // [2]
   * ```
   */
  adapt(data: Dataset): Promise<void>;
  adapt(data: TensorLike): void;
  adapt(data: Dataset | TensorLike): Promise<void> | undefined {
    if (this.numBins === null || this.built) {
      const why = this.built ? 'that is not built yet' : 'whose boundaries were not given';
      throw invalidArgument('adapt', `a layer ${why}`, this, 'Make a new layer.');
    }
    if (data instanceof Dataset) return this.#adaptTo(data, this.numBins);
    this.#finish(this.#summarized(data), this.numBins);
    return undefined;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return encoded(this.outputMode, inputShape, this.#known.length + 1).shape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const boundaries = this.#known;
    const { rows, columns } = encoded(this.outputMode, inputShape, boundaries.length + 1);
    const codes = this.outputMode === 'int' ? 0 : boundaries.length + 1;
    const parameters = { rows, columns, boundaries, codes, count: this.outputMode === 'count' };
    return [{ type: 'discretization', parameters }];
  }

  /** Keras' class takes no `trainable`. */
  override getConfig(): Config {
    const { trainable: _, ...config } = super.getConfig();
    return config;
  }

  protected override ownConfig(): Config {
    return {
      bin_boundaries: this.#boundaries,
      num_bins: this.numBins,
      epsilon: this.epsilon,
      output_mode: this.outputMode,
      sparse: false,
    };
  }

  get #known(): readonly number[] {
    if (this.#boundaries !== null) return this.#boundaries;
    const fix = 'Call `adapt` with data first.';
    throw invalidUse(`Expected boundaries in the layer \`${this.name}\`, received none. ${fix}`);
  }

  async #adaptTo(data: Dataset, bins: number): Promise<void> {
    let summary: Summary = { values: [], weights: [] };
    for await (const { x } of data) summary = mergeSummaries(this.#summarized(x as TensorLike), summary, this.epsilon);
    this.#finish(summary, bins);
  }

  #summarized(data: TensorLike): Summary {
    const { data: values, shape } = toFloats(data, 'float32', 'data');
    if (values.length === 0) throw shapeMismatch('data', 'at least one sample', shape);
    const none = { values: [], weights: [] };
    return mergeSummaries(summarize(values, this.epsilon), none, this.epsilon);
  }

  #finish(summary: Summary, bins: number): void {
    const boundaries = binBoundaries(summary, bins);
    if (boundaries.length === 0) throw invalidArgument('data', 'enough numbers for two bins', new InWords('fewer'));
    this.#boundaries = boundaries;
  }
}

function checkBoundaries(given: unknown): number[] {
  if (!Array.isArray(given) || given.length === 0) throw invalidArgument('binBoundaries', 'an array of numbers', given);
  const checked = Array.from(given, (one, i) => checkNumber(one, `binBoundaries[${i}]`));
  if (checked.some((one, i) => i > 0 && one < elementAt(checked, i - 1))) {
    throw invalidArgument('binBoundaries', 'ascending numbers', given);
  }
  return checked;
}
