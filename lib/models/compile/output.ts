import { resolveAxis } from '../../axes';
import { restated, unsupported } from '../../errors';
import { Dense, type Layer } from '../../layers';
import type { AnyLoss, LossIdentifier, ReductionName } from '../../losses';
import { NativeLoss } from '../../losses/native_loss';
import { instanceOf, resolveLoss } from '../../losses/registry';
import { NativeMetric } from '../../metrics/native_metric';
import type { OutputSpec, Spec } from '../../native';
import { alignShapes, isLabel, trueColumnsOf } from '../../samples/rows';
import { type Shape, sizeOf } from '../../tensor';
import { resolveMetrics, type TargetKind } from './metrics';
import { missingTargets, type OutputObjective } from './objective';

export type AnyNativeLoss = NativeLoss<ReductionName>;

/** How many numbers a row of such outputs holds; the only axis may be that of the batch. */
function columnsOf([_, ...sample]: Shape): number {
  return sample.at(-1) ?? 1;
}

/** A last activation and a loss that native code computes as one. */
export interface Fusion {
  readonly activation: string;
  readonly spec: Spec;
}

/** Which crossentropies take the logits of which activation. */
const FUSED: ReadonlyMap<string, readonly string[]> = new Map([
  ['softmax', ['categorical_crossentropy', 'sparse_categorical_crossentropy']],
  ['sigmoid', ['binary_crossentropy']],
]);

/**
 * Logits before probabilities: a last softmax or sigmoid and a crossentropy become one kernel on the logits, which
 * neither clips nor overflows, and whose gradient is `p - y`. `predict` still returns probabilities.
 */
export function fuseLogits(last: Layer | undefined, loss: AnyNativeLoss): Fusion | null {
  // A penalty of the probabilities stands between them and the loss.
  if (!(last instanceof Dense) || last.activityRegularizer !== null) return null;
  const { name, parameters } = loss.spec();
  const activation = last.activation.name;
  if (parameters.from_logits !== false || !FUSED.get(activation)?.includes(name)) return null;
  return { activation, spec: { name, parameters: { ...parameters, from_logits: true } } };
}

/** The loss to train with, whatever the data; null where there is none, or where the shapes of the data decide. */
export function lossBeforeData(identifier: LossIdentifier | null | undefined): AnyLoss | null {
  if (identifier === 'ce' || identifier === 'crossentropy') return null;
  const loss = instanceOf(identifier ?? null);
  return loss && checkLoss(loss);
}

/** Errors: `ERR_UNSUPPORTED` for a loss that a model cannot be trained with. */
function checkLoss(loss: AnyLoss): AnyLoss {
  if (loss.reduction === 'none') {
    throw unsupported('loss', 'a loss that is reduced to one number', loss.reduction, 'Choose another reduction.');
  }
  if (loss.dtype !== 'float32') throw unsupported('loss', 'a loss of dtype float32, as models are,', loss.dtype);
  return loss;
}

/** What `compile` was given for one output. */
export interface GivenOutput {
  readonly name: string;
  readonly loss: LossIdentifier | null;
  readonly lossWeight: number;
  readonly metrics: Parameters<typeof resolveMetrics>[0];
  /** With the batch. */
  readonly targets: Shape | null;
  readonly outputs: Shape;
  readonly last: Layer | undefined;
  /** The tensor of its mask. */
  readonly mask: number | null;
}

export function resolveOutput({
  name,
  loss: identifier,
  lossWeight,
  metrics: given,
  targets,
  outputs,
  last,
  mask,
}: GivenOutput): OutputObjective {
  if (targets === null) return unread(name, identifier, given, outputs);
  const loss = identifier === null ? null : checkLoss(resolveLoss(identifier, targets, outputs));
  const form = loss instanceof NativeLoss ? nativeForm(loss, targets, outputs, last) : customLossForm(targets, outputs);
  const metrics = resolveMetrics(given, form.kind, targets, outputs);
  return {
    name,
    loss,
    metrics,
    spec: {
      ...form.spec,
      trained: loss !== null,
      columns: columnsOf(outputs),
      reduction: nativeReduction(loss),
      lossWeight,
      metrics: metrics.flatMap(({ metric, weighted }) =>
        metric instanceof NativeMetric ? { metric: metric.spec(), weighted, masked: metric.countsByMask } : [],
      ),
      customMetrics: metrics.some(({ metric }) => !(metric instanceof NativeMetric)),
      mask,
    },
    targetShape: targets.slice(1),
    outputShape: outputs.slice(1),
  };
}

/** An output without targets. */
function unread(
  name: string,
  loss: LossIdentifier | null,
  given: GivenOutput['metrics'],
  outputs: Shape,
): OutputObjective {
  if (loss !== null || [...(given.metrics ?? []), ...(given.weightedMetrics ?? [])].length > 0) {
    throw missingTargets(name);
  }
  const columns = columnsOf(outputs);
  const spec = {
    loss: null,
    onLogits: false,
    oneValue: false,
    trueColumns: columns,
    columns,
    trained: false,
    lossWeight: 1,
    metrics: [],
    customMetrics: false,
    mask: null,
  };
  return {
    name,
    loss: null,
    metrics: [],
    spec: { ...spec, reduction: 'sum_over_batch_size' },
    targetShape: null,
    outputShape: outputs.slice(1),
  };
}

/** How native code takes targets and loss. */
interface Form {
  readonly kind: TargetKind;
  readonly spec: Pick<OutputSpec, 'loss' | 'onLogits' | 'oneValue' | 'trueColumns'>;
}

function nativeForm(loss: AnyNativeLoss, targets: Shape, outputs: Shape, last: Layer | undefined): Form {
  checkRowAxes(loss, outputs.length);
  loss.checkPredictions(outputs);
  // Before the metrics, whose complaint about the same targets would say less.
  try {
    alignShapes(loss, targets, outputs);
  } catch (error) {
    throw restated(error, (message) => `${message}${flattenFix(targets, outputs)}`);
  }
  const fusion = fuseLogits(last, loss);
  return {
    kind: isLabel(loss) ? 'label' : loss.target === 'half' ? 'other' : 'columns',
    spec: {
      loss: fusion?.spec ?? loss.spec(),
      onLogits: fusion !== null,
      oneValue: loss.axis === 'all',
      trueColumns: trueColumnsOf(loss, columnsOf(outputs)),
    },
  };
}

/** What to do where samples have one target, and outputs one for each of their rows. */
export function flattenFix(targets: Shape, outputs: Shape): string {
  const hasRows = outputs.length > 2 && targets.length <= 2;
  return hasRows ? ' For one output a sample, put a Flatten layer before the first Dense.' : '';
}

/** A loss that is computed here takes targets of any form; metrics do not. */
function customLossForm(targets: Shape, outputs: Shape): Form {
  const columns = columnsOf(outputs);
  const [given, all] = [sizeOf(targets.slice(1)), sizeOf(outputs.slice(1))];
  const kind = given === all ? 'columns' : given * columns === all ? 'label' : 'other';
  return { kind, spec: { loss: null, onLogits: false, oneValue: false, trueColumns: kind === 'label' ? 1 : columns } };
}

function nativeReduction(loss: AnyLoss | null): OutputSpec['reduction'] {
  if (loss === null) return 'sum_over_batch_size';
  return loss.reduction === 'mean' || loss.reduction === 'none' ? 'sum_over_batch_size' : loss.reduction;
}

/** Native code cuts outputs into rows along their last axis, or takes a batch as one. */
function checkRowAxes({ axis }: AnyNativeLoss, rank: number): void {
  const axes = [axis].flat();
  if (axis === 'all' || (axes.length === 1 && resolveAxis(Number(axes[0]), rank) === rank - 1)) return;
  throw unsupported('axis', 'the last axis of the outputs, -1,', axes, 'Put the classes last.');
}
