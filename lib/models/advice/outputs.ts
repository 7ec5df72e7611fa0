import type { Layer } from '../../layers';
import type { AnyLoss } from '../../losses';
import { NativeLoss } from '../../losses/native_loss';
import type { MetricIdentifier } from '../../metrics';
import { NativeMetric } from '../../metrics/native_metric';
import { activationOf, softmaxOverOneUnit } from './activations';

/** What a model was compiled with, as far as it is known. */
export interface CompiledFacts {
  readonly layers: readonly Layer[];
  readonly outputs: readonly CompiledOutput[];
}

export interface CompiledOutput {
  /** The layer that it comes from. */
  readonly last: Layer | undefined;
  readonly loss: AnyLoss | null;
  readonly metrics: readonly MetricIdentifier[];
}

/** A kind of mistake: the code of its warning, and what there is to say of it. */
export interface Check<Facts> {
  readonly code: string;
  readonly find: (facts: Facts) => readonly (string | null)[];
}

/** What a model that was just compiled is looked through for. */
export const COMPILE_CHECKS: readonly Check<CompiledFacts>[] = [
  { code: 'GEMSBOK_ONE_UNIT', find: ({ layers }) => layers.map(softmaxOverOneUnit) },
  { code: 'GEMSBOK_SIGMOID_OF_CLASSES', find: ({ outputs }) => outputs.map(sigmoidOfClasses) },
  { code: 'GEMSBOK_NO_PROBABILITIES', find: ({ outputs }) => outputs.map(noProbabilities) },
  { code: 'GEMSBOK_TWO_ACTIVATIONS', find: ({ outputs }) => outputs.map(twoActivations) },
  { code: 'GEMSBOK_CUT_LOGITS', find: ({ outputs }) => outputs.map(cutLogits) },
  { code: 'GEMSBOK_ACCURACY_OF_NUMBERS', find: ({ outputs }) => outputs.map(accuracyOfNumbers) },
];

const OF_CLASSES = /categorical.*crossentropy/;
/** Those whose outputs lie between 0 and 1. */
const TO_PROBABILITIES: ReadonlySet<string> = new Set([
  'softmax',
  'sigmoid',
  'hard_sigmoid',
  'sparse_sigmoid',
  'sparsemax',
]);
/** Those that are 0 for all that is negative. */
const CUTTING: ReadonlySet<string> = new Set(['relu', 'relu6']);
const UNBOUNDED: ReadonlySet<string> = new Set(['linear', 'softplus', 'exponential', ...CUTTING]);
const OF_NUMBERS: ReadonlySet<string> = new Set([
  'mean_squared_error',
  'mean_absolute_error',
  'mean_absolute_percentage_error',
  'mean_squared_logarithmic_error',
  'huber',
  'log_cosh',
  'quantile',
]);

/** Whether a loss measures distances of numbers. */
export function isOfNumbers(loss: AnyLoss | null): boolean {
  return loss instanceof NativeLoss && OF_NUMBERS.has(loss.entry);
}

/** Whether a loss takes logits; null where it takes neither these nor probabilities. */
function takesLogits(loss: AnyLoss | null): boolean | null {
  if (!(loss instanceof NativeLoss)) return null;
  const { from_logits: fromLogits = null } = loss.parameters();
  if (typeof fromLogits === 'boolean') return fromLogits;
  return /cross_entropy|kl_divergence/.test(loss.entry) ? false : null;
}

function sigmoidOfClasses({ last, loss }: CompiledOutput): string | null {
  const applies = takesLogits(loss) === false && OF_CLASSES.test((loss as NativeLoss).entry);
  if (!applies || activationOf(last) !== 'sigmoid') return null;
  return (
    `${nameOf(loss)} compares classes that exclude each other, and the sigmoid of \`${last?.name}\` takes each by itself. ` +
    "Use 'softmax' and a unit for each class, or BinaryCrossentropy for labels that do not exclude each other."
  );
}

function noProbabilities({ last, loss }: CompiledOutput): string | null {
  const activation = activationOf(last);
  if (takesLogits(loss) !== false || activation === null || TO_PROBABILITIES.has(activation)) return null;
  const wanted = /^binary/.test((loss as NativeLoss).entry) ? 'sigmoid' : 'softmax';
  const orLogits = activation === 'linear' && 'fromLogits' in (loss as NativeLoss);
  return (
    `${nameOf(loss)} takes probabilities, and \`${last?.name}\` with its activation '${activation}' has other outputs, too. ` +
    `Use '${wanted}' there${orLogits ? ', or pass { fromLogits: true } to the loss' : ''}.`
  );
}

function twoActivations({ last, loss }: CompiledOutput): string | null {
  const activation = activationOf(last);
  if (takesLogits(loss) !== true || activation === null || !TO_PROBABILITIES.has(activation)) return null;
  return (
    `${nameOf(loss)} with { fromLogits: true } makes probabilities of logits, and \`${last?.name}\` with its activation ` +
    `'${activation}' has made them already. Leave out one of the two.`
  );
}

function cutLogits({ last, loss }: CompiledOutput): string | null {
  const activation = activationOf(last);
  if (takesLogits(loss) !== true || activation === null || !CUTTING.has(activation)) return null;
  return (
    `${nameOf(loss)} takes logits, which are negative for what is unlikely, and \`${last?.name}\` with its activation ` +
    `'${activation}' has none below 0. Leave out the activation.`
  );
}

function accuracyOfNumbers({ last, loss, metrics }: CompiledOutput): string | null {
  const metric = metrics.find(isAccuracy);
  if (metric === undefined || !isOfNumbers(loss) || !UNBOUNDED.has(activationOf(last) ?? '')) return null;
  const name = typeof metric === 'string' ? `'${metric}'` : nameOf(metric as object);
  return (
    `The metric ${name} counts exact hits, and ${nameOf(loss)} on \`${last?.name}\` is a regression, which hardly ever ` +
    "hits a number. Use 'mae' or 'r2_score'; for classes, a crossentropy."
  );
}

/** `accuracy` itself: who names a kind of classes means it, as least squares can classify, too. */
function isAccuracy(metric: MetricIdentifier): boolean {
  if (metric instanceof NativeMetric) return metric.spec().name === 'accuracy';
  if (typeof metric === 'function') return metric.name === 'Accuracy';
  return typeof metric === 'string' && /^acc(uracy)?$/i.test(metric);
}

function nameOf(instance: object | null): string {
  return String(instance?.constructor.name);
}
