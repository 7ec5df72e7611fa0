import { checkBoolean, checkOptions } from '../check';
import { unsupported } from '../errors';
import { Callback } from './callback';

/** A model whose optimizer keeps running means of the weights that it trains (`useEma`). */
export interface AveragedModel {
  /** Whether there are means. */
  readonly hasAverages: boolean;
  /** Exchanges weights and means. */
  swapAverages(): void;
  /** Writes the weights over the means. */
  setAveragesToWeights(): void;
}

export interface SwapEMAWeightsOptions {
  /** Whether the means stay in the model from the end of an epoch to the beginning of the next. Default: false */
  readonly swapOnEpoch?: boolean | undefined;
}

/**
 * Gives the model the running means of its weights while it is validated, evaluated or asked for predictions; with
 * `swapOnEpoch` also for the callbacks behind this one at the end of an epoch, such as {@link ModelCheckpoint}.
 *
 * Defaults: `swapOnEpoch` false. Errors: `ERR_UNSUPPORTED` in the run where the optimizer keeps no means. Source:
 * `keras.callbacks.SwapEMAWeights`.
 *
 * @example
 * ```ts
 * new SwapEMAWeights({ swapOnEpoch: true });
 * ```
 */
export class SwapEMAWeights extends Callback {
  readonly #onEpoch: boolean;
  #swapped = false;

  constructor(options: SwapEMAWeightsOptions = {}) {
    super();
    checkOptions(options, ['swapOnEpoch'], 'SwapEMAWeights');
    this.#onEpoch = checkBoolean(options.swapOnEpoch ?? false, 'swapOnEpoch');
    if (!this.#onEpoch) return;
    this.onEpochBegin = () => this.#swap(false);
    this.onEpochEnd = (epoch) => this.#endEpoch(epoch);
  }

  override onTrainBegin(): void {
    this.#swapped = false;
  }

  override onAbort(): void {
    this.#swap(false);
  }

  override onTestBegin(): void {
    this.#swap(true);
  }

  override onTestEnd(): void {
    this.#swap(false);
  }

  override onPredictBegin(): void {
    this.#swap(true);
  }

  override onPredictEnd(): void {
    this.#swap(false);
  }

  override getState(): boolean {
    return this.#swapped;
  }

  override setState(state: unknown): void {
    this.#swapped = state as boolean;
  }

  #endEpoch(epoch: number): void {
    this.#swap(true);
    // `fit` ends by writing the means over the weights: after the last epoch they must not be the exchanged ones.
    const isLast = epoch + 1 === this.params?.epochs || this.model?.stopTraining === true;
    if (isLast) averaged(this.model).setAveragesToWeights();
  }

  #swap(toMeans: boolean): void {
    if (this.#swapped === toMeans) return;
    averaged(this.model).swapAverages();
    this.#swapped = toMeans;
  }
}

function averaged(model: object | null): AveragedModel {
  const known = model as Partial<AveragedModel> | null;
  if (known?.hasAverages) return known as AveragedModel;
  throw unsupported('model', 'a model whose optimizer keeps means', model, 'Make the optimizer with `useEma: true`.');
}
