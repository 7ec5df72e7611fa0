import { resolveAxis } from '../broadcast';
import { checkNumber, checkOptions } from '../check';
import { GemsbokError, unsupported } from '../errors';
import { Dense, type Layer } from '../layers';
import type { AnyLoss, LossIdentifier, ReductionName } from '../losses';
import { NativeLoss } from '../losses/native_loss';
import { resolveLoss } from '../losses/registry';
import { alignShapes, isLabel, trueColumnsOf } from '../losses/rows';
import type { MetricIdentifier } from '../metrics';
import type { CompileSpec, Spec } from '../native';
import type { Optimizer, OptimizerIdentifier } from '../optimizers';
import * as optimizers from '../optimizers';
import type { Untreated } from '../optimizers/optimizer';
import { type Shape, sizeOf } from '../tensor';
import { checkMetrics, resolveMetrics, type TargetKind } from './compile_metrics';
import { Objective } from './objective';
import type { Stack } from './stack';

export interface CompileOptions {
  /** Default: 'rmsprop' */
  readonly optimizer?: OptimizerIdentifier | undefined;
  /** Default: null; then the model can be neither trained nor evaluated. */
  readonly loss?: LossIdentifier | null | undefined;
  /** A factor of the loss. Default: 1 */
  readonly lossWeights?: number | readonly [number] | null | undefined;
  /** Values to show beside the loss. Default: none */
  readonly metrics?: readonly MetricIdentifier[] | null | undefined;
  /** As `metrics`, with the sample weights. Default: none */
  readonly weightedMetrics?: readonly MetricIdentifier[] | null | undefined;
}

export type AnyNativeLoss = NativeLoss<ReductionName>;

/** A last activation and a loss that native code computes as one. */
export interface Fusion {
  readonly activation: string;
  readonly spec: Spec;
}

/** Which crossentropies take the logits of which activation. */
const FUSED: Readonly<Record<string, readonly string[]>> = {
  softmax: ['categorical_crossentropy', 'sparse_categorical_crossentropy'],
  sigmoid: ['binary_crossentropy'],
};

/**
 * Logits before probabilities: a last softmax or sigmoid and a crossentropy become one kernel on the logits, which
 * neither clips nor overflows, and whose gradient is `p - y`. `predict` still gives probabilities.
 */
export function fuseLogits(last: Layer | undefined, loss: AnyNativeLoss): Fusion | null {
  if (!(last instanceof Dense)) return null;
  const { name, parameters } = loss.spec();
  const activation = last.activation.name;
  if (parameters.from_logits !== false || !FUSED[activation]?.includes(name)) return null;
  return { activation, spec: { name, parameters: { ...parameters, from_logits: true } } };
}

/** What `compile` was given, and what became of it with the first data, whose shapes decide some of it. */
export class Compilation {
  readonly options: CompileOptions;
  readonly optimizer: Optimizer;
  readonly #lossWeight: number;
  #objective: Objective | null = null;

  constructor(options: CompileOptions = {}) {
    checkOptions(options, ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics'], 'compile');
    this.options = options;
    this.optimizer = optimizers.get(options.optimizer) ?? new optimizers.RMSprop();
    const [weight] = [options.lossWeights ?? 1].flat();
    this.#lossWeight = checkNumber(weight, 'lossWeights');
    if (this.#isShapeless) this.#loss([], []);
    checkMetrics(options.metrics, 'metrics');
    checkMetrics(options.weightedMetrics, 'weightedMetrics');
  }

  /** What native code computes; null before the first data. */
  get objective(): Objective | null {
    return this.#objective;
  }

  /** What a user should know of the loss, as far as it is certain without data. */
  note(last: Layer | undefined): string | null {
    const loss = this.#objective?.loss ?? (this.#isShapeless ? this.#loss([], []) : null);
    if (loss === null) return null;
    if (!(loss instanceof NativeLoss)) return `Loss: ${loss.name} on the JavaScript thread, batch by batch`;
    const fusion = fuseLogits(last, loss);
    return fusion && `Loss: ${loss.entry} on logits (${fusion.activation} fused)`;
  }

  /** The objective for targets of this shape, the batch included. */
  resolve(stack: Stack, targets: Shape): Objective {
    if (this.#objective !== null) return this.#objective;
    const outputs = [targets[0] ?? 0, ...(stack.outputShape ?? [])];
    const loss = this.#loss(targets, outputs);
    const form =
      loss instanceof NativeLoss ? nativeForm(loss, targets, outputs, stack) : scriptedForm(targets, outputs);
    const metrics = resolveMetrics(this.options, form.kind, targets, outputs);
    const spec: CompileSpec = {
      ...form.spec,
      reduction: nativeReduction(loss),
      lossWeight: this.#lossWeight,
      metrics: metrics.map(({ metric, weighted }) => ({ metric: metric.spec(), weighted })),
      optimizer: this.optimizer.spec(),
      variables: this.optimizer.build(untreated(stack)),
    };
    return new Objective(loss, metrics, spec, { targets, outputs });
  }

  /** Hands an objective to native code, once. */
  settle(stack: Stack, objective: Objective): void {
    if (this.#objective === objective) return;
    stack.native.compile(objective.spec);
    this.#objective = objective;
  }

  /** The layers changed: the next data resolves anew, and the optimizer begins anew. */
  reset(): void {
    this.#objective = null;
  }

  get #isShapeless(): boolean {
    const { loss } = this.options;
    return loss !== null && loss !== undefined && loss !== 'ce' && loss !== 'crossentropy';
  }

  #loss(targets: Shape, outputs: Shape): AnyLoss {
    const { loss: identifier } = this.options;
    if (identifier === null || identifier === undefined) {
      throw new GemsbokError('ERR_NOT_COMPILED', 'Expected a model compiled with a loss. Pass `loss` to `compile`.');
    }
    const loss = resolveLoss(identifier, targets, outputs);
    if (loss.reduction === 'none') {
      throw unsupported('loss', 'a loss that is reduced to one number', loss.reduction, 'Choose another reduction.');
    }
    if (loss.dtype !== 'float32') throw unsupported('loss', 'a loss of dtype float32, as models are', loss.dtype);
    return loss;
  }
}

function untreated({ layers }: Stack): readonly Untreated[] {
  return layers.flatMap((layer) =>
    layer.variables.map((variable) => {
      const { name, shape } = variable;
      return { name, shape, path: `${layer.name}/${name}`, keys: [variable] };
    }),
  );
}

/** How native code takes targets and loss. */
interface Form {
  readonly kind: TargetKind;
  readonly spec: Pick<CompileSpec, 'loss' | 'onLogits' | 'oneValue' | 'trueColumns'>;
}

function nativeForm(loss: AnyNativeLoss, targets: Shape, outputs: Shape, stack: Stack): Form {
  checkAxes(loss, outputs.length);
  loss.checkPredictions(outputs);
  // Before the metrics, whose complaint about the same targets would say less.
  alignShapes(loss, targets, outputs);
  const fusion = fuseLogits(stack.layers.at(-1), loss);
  return {
    kind: isLabel(loss) ? 'label' : loss.target === 'half' ? 'other' : 'columns',
    spec: {
      loss: fusion?.spec ?? loss.spec(),
      onLogits: fusion !== null,
      oneValue: loss.axis === 'all',
      trueColumns: trueColumnsOf(loss, outputs.at(-1) ?? 1),
    },
  };
}

/** A loss that is computed here takes targets of any form; metrics do not. */
function scriptedForm(targets: Shape, outputs: Shape): Form {
  const columns = outputs.at(-1) ?? 1;
  const [given, all] = [sizeOf(targets.slice(1)), sizeOf(outputs.slice(1))];
  const kind = given === all ? 'columns' : given * columns === all ? 'label' : 'other';
  return { kind, spec: { loss: null, onLogits: false, oneValue: false, trueColumns: kind === 'label' ? 1 : columns } };
}

function nativeReduction(loss: AnyLoss): CompileSpec['reduction'] {
  return loss.reduction === 'mean' || loss.reduction === 'none' ? 'sum_over_batch_size' : loss.reduction;
}

/** Native code cuts outputs into rows along their last axis, or takes a batch as one. */
function checkAxes({ axis }: AnyNativeLoss, rank: number): void {
  const axes = [axis].flat();
  if (axis === 'all' || (axes.length === 1 && resolveAxis(Number(axes[0]), rank) === rank - 1)) return;
  throw unsupported('axis', 'the last axis of the outputs, -1,', axes.join(', '), 'Put the classes last.');
}
