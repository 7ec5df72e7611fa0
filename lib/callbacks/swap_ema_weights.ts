import { checkBoolean, checkOptions } from '../check';
import { unsupported } from '../errors';
import { Callback } from './callback';
import type { CallbackModel } from './callback_model';

export interface SwapEMAWeightsOptions {
  /** Whether the means stay in the model from the end of an epoch to the beginning of the next. Default: false */
  readonly swapOnEpoch?: boolean | undefined;
}

/**
 * Validates, evaluates and predicts with the running means of the weights, which stay where they are, so that a
 * training and predictions at the same time see no change; with `swapOnEpoch` the model has them from the end of an
 * epoch to the next, for the callbacks after this one, such as {@link ModelCheckpoint}.
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

  /** @internal Whether the means are not the model's weights yet. */
  get isDue(): boolean {
    return !this.#swapped;
  }

  override onTrainBegin(): void {
    this.#swapped = false;
  }

  override onAbort(): void {
    this.#swap(false);
  }

  override onTestBegin(): void {
    this.#show(true);
  }

  override onTestEnd(): void {
    this.#show(false);
  }

  override onPredictBegin(): void {
    this.#show(true);
  }

  override onPredictEnd(): void {
    this.#show(false);
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
    const isLast = epoch + 1 === this.params.epochs || this.model.stopTraining;
    if (isLast) averaged(this.model).setAveragesToWeights();
  }

  /** For an evaluation or a prediction. */
  #show(means: boolean): void {
    if (!averaged(this.model).readsAverages) this.#swap(means);
  }

  #swap(toMeans: boolean): void {
    if (this.#swapped === toMeans) return;
    averaged(this.model).swapAverages();
    this.#swapped = toMeans;
  }
}

function averaged(model: CallbackModel): CallbackModel {
  if (model.hasAverages) return model;
  throw unsupported(
    'model',
    'a model whose optimizer keeps moving averages of the weights',
    model,
    'Make the optimizer with `useEma: true`.',
  );
}
