import { sumTo, tileTo } from '../broadcast';
import { epsilon } from '../epsilon';
import { invalidArgument } from '../errors';
import type { Config } from '../identifiers';
import { type FloatArray, native, type Spec } from '../native';
import { checkLabels, type SampleRows, sampleRows, type TargetRule } from '../samples/rows';
import { reductionOf, type Weighting, weigh } from '../samples/weighting';
import { checkSubclass, type SubclassRule } from '../subclasses';
import {
  floatDtypeOf,
  floatsOfSize,
  isTypedArray,
  type Shape,
  type ShapedArray,
  sizeOf,
  Tensor,
  type TypedArray,
} from '../tensor';
import {
  type Evaluation,
  type EvaluationCall,
  emptyValue,
  Loss,
  type LossOptions,
  type ReductionName,
  reduceValues,
  reductionFactors,
  type ValueAndGradient,
} from './loss';

/** A loss that native code computes: a subclass states its name there, its target and its own arguments. */
export abstract class NativeLoss<R extends ReductionName = 'sum_over_batch_size'> extends Loss<R> {
  /** @internal Its name in the native registry. */
  readonly entry: string;
  /** @internal */
  readonly target: TargetRule['target'] = 'broadcast';
  /** @internal */
  readonly axis: TargetRule['axis'] = -1;
  /** @internal */
  readonly targetFix: string = '';
  /** @internal The class index that does not count. */
  readonly ignoreClass: number | null = null;
  /** @internal Whether the loss itself masks some of its values. */
  readonly masks: boolean = false;

  constructor(entry: string, options: LossOptions<R> = {}, own: readonly string[] = [], name = entry) {
    super(options, own, name);
    checkSubclass(this, SUBCLASSES);
    this.entry = entry;
  }

  /** @internal Own arguments in native terms, with Keras' names. */
  parameters(): Spec['parameters'] {
    return {};
  }

  /** @internal Own arguments as `getConfig` shows them. */
  ownConfig(): Config {
    return this.parameters();
  }

  /** @internal The loss as native code knows it. */
  spec(): Spec {
    const takesEpsilon = native.registries.losses[this.entry]?.includes('epsilon');
    const shared = takesEpsilon ? { epsilon: epsilon() } : {};
    return { name: this.entry, parameters: { ...shared, ...this.parameters() } };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.ownConfig() };
  }

  override call(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): Tensor {
    return this.#each(yTrue, yPred, false).value as Tensor;
  }

  override valueAndGradientOf(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): ValueAndGradient {
    return this.#each(yTrue, yPred, true) as ValueAndGradient;
  }

  /** @internal Refuses, or warns of, predictions by their shape; targets have been checked against it. */
  checkPredictions(_shape: Shape): void {}

  /**
   * @internal Complains of targets for predictions of so many columns that the loss cannot take, or that make no sense.
   */
  checkTargets(targets: TypedArray, columns: number, argument: string): void {
    checkLabels(this, targets, columns, argument);
  }

  /** @internal Targets and predictions, checked, as native code takes them. */
  toRows(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): SampleRows {
    const rows = sampleRows(this, yTrue, yPred);
    this.checkPredictions(yPred.shape);
    this.checkTargets(rows.yTrue, rows.columns, 'yTrue');
    return rows;
  }

  protected override evaluate(call: EvaluationCall): Evaluation {
    const { dtype, reduction } = call;
    const rows = this.toRows(call.yTrue, call.yPred);
    const weighting = weigh(rows.values, call.weights, dtype);
    const { aligned, shape } = weighting;
    const predictions = call.yPred.shape;
    if (sizeOf(shape) === 0) {
      const empty = call.gradient ? new Tensor(floatsOfSize(sizeOf(predictions), dtype), predictions) : null;
      return { value: emptyValue(shape, reduction, dtype), gradient: empty };
    }
    const isBroadcast = sizeOf(shape) > sizeOf(aligned);
    const { value, gradient } =
      isBroadcast && !this.masks ? this.#spread(call, rows, weighting) : this.#run(call, rows, weighting);
    return { value, gradient: gradient && new Tensor(gradient, predictions) };
  }

  #each(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>, gradient: boolean): Evaluation {
    checkTensor(yTrue, 'yTrue');
    checkTensor(yPred, 'yPred');
    const dtype = floatDtypeOf(yPred.data);
    return this.evaluate({ yTrue, yPred, dtype, weights: {}, reduction: 'none', gradient, out: null });
  }

  #run(call: EvaluationCall, rows: SampleRows, weighting: Weighting): KernelResult {
    const { columns, trueColumns } = rows;
    const { aligned, shape, weights, mask, weightRepeat } = weighting;
    // The kernel's gradient is that of the predictions as they came, unless these were moved or repeated.
    const isWhole = rows.yPred === call.yPred.data && sizeOf(shape) === sizeOf(aligned);
    const { value, values, gradient } = native.lossEvaluate({
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
      out: isWhole ? call.out : null,
    });
    return {
      value: values === null ? value : new Tensor(values, shape),
      gradient: gradient && rows.toPredictions(sumTo(gradient, [...shape, columns], [...aligned, columns])),
    };
  }

  /** Where weights are of a larger shape than the values: these are computed once, not once for each weight. */
  #spread(call: EvaluationCall, rows: SampleRows, weighting: Weighting): KernelResult {
    const { aligned, shape } = weighting;
    const factors = reductionFactors(weighting, call.reduction, call.dtype);
    const each = { ...call, reduction: 'none', gradient: false } as const;
    const plain = { aligned, shape: aligned, weights: null, mask: null, weightRepeat: 1 };
    const { data } = this.#run(each, rows, plain).value as Tensor<FloatArray>;
    const value = reduceValues(data, weighting, call.reduction, factors);
    if (!call.gradient) return { value, gradient: null };
    const weights = sumTo(factors, shape, aligned);
    return { value, gradient: this.#run({ ...each, gradient: true }, rows, { ...plain, weights }).gradient };
  }
}

const SUBCLASSES: SubclassRule = {
  base: 'Loss',
  prototype: NativeLoss.prototype,
  needs: [],
  unused: ['call', 'valueAndGradientOf'],
  fix: 'Extend `Loss` itself, with `valueAndGradientOf`.',
};

function checkTensor(given: unknown, argument: string): void {
  const { data, shape } = (given ?? {}) as Partial<ShapedArray>;
  if (isTypedArray(data) && Array.isArray(shape)) return;
  throw invalidArgument(argument, 'a Tensor', given, '`compute` takes arrays, too.');
}

interface KernelResult {
  readonly value: number | Tensor;
  readonly gradient: FloatArray | null;
}
