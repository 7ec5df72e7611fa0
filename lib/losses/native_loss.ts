import { sumTo, tileTo } from '../broadcast';
import type { Config } from '../identifiers';
import { type FloatArray, native, type Spec } from '../native';
import { type Dense, floatsOfSize, sizeOf, Tensor } from '../tensor';
import { type Evaluation, type EvaluationCall, emptyValue, Loss, type LossOptions, type ReductionName } from './loss';
import { checkClassIndices, type Rows, type TargetRule, toRows } from './rows';
import { reductionOf, weigh } from './weighting';

/** A loss that native code computes: a subclass states its name there, its target and its own arguments. */
export abstract class NativeLoss<R extends ReductionName = 'sum_over_batch_size'>
  extends Loss<R>
  implements TargetRule
{
  /** Its name in the native registry. */
  readonly entry: string;
  readonly target: TargetRule['target'] = 'broadcast';
  readonly axis: number = -1;
  readonly targetFix: string = '';
  /** The class index that does not count. */
  readonly ignoreClass: number | null = null;

  constructor(entry: string, options: LossOptions<R> = {}, own: readonly string[] = [], name = entry) {
    super(options, own, name);
    this.entry = entry;
  }

  /** Own arguments in native terms, with Keras' names. */
  parameters(): Spec['parameters'] {
    return {};
  }

  /** Own arguments as `getConfig` shows them. */
  ownConfig(): Config {
    return this.parameters();
  }

  /** The loss as native code knows it. */
  spec(): Spec {
    return { name: this.entry, parameters: this.parameters() };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.ownConfig() };
  }

  override call(yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Tensor {
    return this.evaluate({ yTrue, yPred, weights: {}, reduction: 'none', gradient: false }).value as Tensor;
  }

  /** Targets and predictions, checked, as native code takes them. */
  toRows(yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Rows {
    const rows = toRows(this, yTrue, yPred);
    if (this.target === 'indices') checkClassIndices(rows.yTrue, rows.columns, this.ignoreClass, 'yTrue');
    return rows;
  }

  protected override evaluate(call: EvaluationCall): Evaluation {
    const rows = this.toRows(call.yTrue, call.yPred);
    const { columns, trueColumns } = rows;
    const { aligned, shape, weights, mask, weightRepeat } = weigh(
      rows.values,
      call.weights,
      this.dtype,
      this.ignoreClass !== null,
    );
    const predictions = call.yPred.shape;
    if (sizeOf(shape) === 0) {
      const empty = call.gradient ? new Tensor(floatsOfSize(sizeOf(predictions), this.dtype), predictions) : null;
      return { value: emptyValue(shape, call.reduction, this.dtype), gradient: empty };
    }
    const result = native.lossEvaluate({
      loss: this.spec(),
      reduction: reductionOf(call.reduction, shape),
      yTrue: tileTo(rows.yTrue, [...aligned, trueColumns], [...shape, trueColumns]),
      yPred: tileTo(rows.yPred, [...aligned, columns], [...shape, columns]),
      rows: sizeOf(shape),
      columns,
      trueColumns,
      weights,
      mask,
      weightRepeat,
      gradient: call.gradient,
    });
    const gradient =
      result.gradient && rows.toPredictions(sumTo(result.gradient, [...shape, columns], [...aligned, columns]));
    return {
      value: result.values === null ? result.value : new Tensor(result.values, shape),
      gradient: gradient && new Tensor(gradient, predictions),
    };
  }
}
