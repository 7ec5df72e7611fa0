import { checkBoolean, checkInteger, checkOptions } from '../check';
import { invalidArgument, invalidUse } from '../errors';
import { getValue, setValue } from '../records';
import { Callback, type CallbackRun } from './callback';
import { layerFindings } from './layer_findings';
import type { ExaminerOptions, LayerExaminer, LayerTable } from './layer_values';

export interface LayerStatisticsOptions {
  /** Every how many epochs to look at the layers. Default: 1 */
  readonly freq?: number | undefined;
  /** The most rows to look at, always the same ones, evenly spread over the data. Default: 256 */
  readonly samples?: number | undefined;
  /** Samples and targets to take the rows from. Default: those of the training; of a stream its first batch */
  readonly data?: ExaminerOptions['data'] | undefined;
  /** Whether to warn of dead units and of gradients that vanish or explode, once each. Default: false */
  readonly warn?: boolean | undefined;
}

/**
 * Records after each epoch what the layers are like: the weights, their gradients and changes, their outputs, and how
 * many units are dead or saturated.
 *
 * Gradients are those of the loss over some rows of the data, with penalties, as training computes them; outputs are
 * that of inference. The record is `layers`, and `history.layers` of the `History` that `fit` returns: by the name of a layer
 * `epoch`, `weightMean`, `weightStd`, `weightNorm`, `gradientNorm`, `gradientRatio` (over the norm of the weights),
 * `updateRatio` (the change since the last record over the norm before), `activationMean`, `activationStd`, `units`,
 * `deadUnits` and `saturatedUnits`, a number for each record, as far as they mean something for the layer. `report` of
 * `gemsbok/plots` draws it, {@link TensorBoard} writes it as scalars. It changes no bit of the training, and costs a
 * forward pass and a step of so many rows each time, and a copy of the weights.
 *
 * Defaults: `freq` 1, `samples` 256, `warn` false. Errors: `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options.
 *
 * @example
 * ```ts
 * const { layers } = await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: [new LayerStatistics()] });
 * Object.values(layers)[0].gradientNorm?.length; // 3
 * ```
 */
export class LayerStatistics extends Callback {
  /** Every how many epochs it looks. */
  readonly freq: number;
  /** The most rows that it looks at. */
  readonly samples: number;
  /** Whether it warns. */
  readonly warn: boolean;
  /** What was recorded, by layers. */
  layers: LayerTable = {};
  readonly #data: ExaminerOptions['data'];
  #run: CallbackRun | null = null;
  #examiner: LayerExaminer | null = null;
  readonly #told = new Set<string>();

  constructor(options: LayerStatisticsOptions = {}) {
    super();
    checkOptions(options, ['freq', 'samples', 'data', 'warn'], 'LayerStatistics');
    this.freq = checkInteger(options.freq ?? 1, 'freq', { min: 1 });
    this.samples = checkInteger(options.samples ?? 256, 'samples', { min: 1 });
    this.warn = checkBoolean(options.warn ?? false, 'warn');
    this.#data = options.data ?? null;
    if (this.#data !== null && !isPair(this.#data)) throw invalidArgument('data', '[x, y]', this.#data);
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  override setRun(run: CallbackRun): void {
    this.#run = run;
  }

  override onTrainBegin(): void {
    this.layers = {};
    this.#examiner = null;
    this.#told.clear();
  }

  override async onEpochBegin(): Promise<void> {
    if (this.#examiner !== null) return;
    if (this.#run?.examiner === undefined)
      throw invalidUse('Expected LayerStatistics among the callbacks of `fit`, received a call from elsewhere.');
    this.#examiner = await this.#run.examiner({ samples: this.samples, data: this.#data });
  }

  override async onEpochEnd(epoch: number): Promise<void> {
    if (this.#examiner === null || epoch % this.freq !== 0) return;
    for (const [name, values] of await this.#examiner.examine()) this.#record(name, { epoch, ...values });
    if (!this.warn) return;
    for (const { code, layer, text } of layerFindings(this.layers)) {
      if (this.#told.has(code + layer)) continue;
      this.#told.add(code + layer);
      process.emitWarning(text, { code });
    }
  }

  #record(name: string, values: object): void {
    const series = (getValue(this.layers, name) ?? {}) as Record<string, number[]>;
    for (const [key, value] of Object.entries(values)) series[key] = [...(series[key] ?? []), value];
    setValue(this.layers, name, series as LayerTable[string]);
  }

  override getState(): { readonly layers: LayerTable } {
    return { layers: this.layers };
  }

  override setState(state: unknown): void {
    this.layers = (state as { readonly layers: LayerTable }).layers;
  }
}

const isPair = (data: unknown): boolean => Array.isArray(data) && data.length === 2 && !data.includes(undefined);
