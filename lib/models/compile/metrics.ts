import { resolveAxis } from '../../axes';
import { invalidArgument, shapeMismatch, unsupported } from '../../errors';
import type { WeightOptions } from '../../losses';
import type { Metric, MetricIdentifier } from '../../metrics';
import { NativeMetric } from '../../metrics/native_metric';
import { Mean, Sum } from '../../metrics/reduction';
import { goesByShapes, metricOf, resolveMetric } from '../../metrics/registry';
import { checkSubclass, type SubclassRule } from '../../subclasses';
import type { Shape, Tensor } from '../../tensor';

/** A custom metric, which counts on the JavaScript thread. */
export interface CustomMetric extends Metric {
  updateState(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>, options: WeightOptions): unknown;
}

/** A metric of a compiled model. */
export interface CompiledMetric {
  /** Its name in logs and history. */
  readonly key: string;
  /** The metric itself. */
  readonly metric: NativeMetric | CustomMetric;
  /** Whether sample weights count. */
  readonly weighted: boolean;
}

interface OutputMetricOptions {
  readonly metrics?: readonly MetricIdentifier[] | null | undefined;
  readonly weightedMetrics?: readonly MetricIdentifier[] | null | undefined;
}

/** Throws what can be told without data. */
export function checkMetrics(given: unknown, argument: string): void {
  if (given === null || given === undefined) return;
  if (!Array.isArray(given)) throw invalidArgument(argument, "an array such as ['accuracy']", given);
  for (const identifier of given) if (!goesByShapes(identifier)) checkMetric(metricOf(identifier));
}

/** The metrics for these targets and outputs, named as in Keras. */
export function resolveMetrics(
  given: OutputMetricOptions,
  kind: TargetKind,
  targets: Shape,
  outputs: Shape,
): CompiledMetric[] {
  const used = new Map<string, number>();
  const compile = (identifier: MetricIdentifier, weighted: boolean): CompiledMetric => {
    const metric = checkMetric(resolveMetric(identifier, targets, outputs));
    if (metric instanceof NativeMetric) {
      checkTarget(metric, kind, targets, outputs);
      checkLastAxis(metric, outputs.length);
      metric.checkShapes(targets, outputs);
    }
    return { key: uniqueKey(metric.name, weighted, used), metric, weighted };
  };
  return [
    ...Array.from(given.metrics ?? [], (identifier) => compile(identifier, false)),
    ...Array.from(given.weightedMetrics ?? [], (identifier) => compile(identifier, true)),
  ];
}

/** Errors: `ERR_UNSUPPORTED` for a metric that a model cannot count by. */
function checkMetric(metric: Metric): CompiledMetric['metric'] {
  if (!(metric instanceof NativeMetric)) return toCustom(metric);
  if (metric.dtype !== 'float32')
    throw unsupported('metrics', 'metrics of dtype float32, as models are,', metric.dtype);
  checkSubclass(metric, SUBCLASSES);
  return metric;
}

/** The names of those that are custom. */
export function customNames(given: readonly MetricIdentifier[]): string[] {
  // A name always is of the library's.
  const metrics = given.flatMap((one) => (typeof one === 'string' ? [] : checkMetric(metricOf(one))));
  return metrics.filter((metric) => !(metric instanceof NativeMetric)).map(({ name }) => name);
}

const SUBCLASSES: SubclassRule = {
  base: 'Metric',
  prototype: NativeMetric.prototype,
  needs: [],
  unused: ['updateState', 'result', 'resetState'],
  fix: 'Extend `Metric` itself, with all three.',
};

function toCustom(metric: Metric): CustomMetric {
  const methods = ['updateState', 'result', 'resetState'];
  const lacks = methods.find((method) => typeof Reflect.get(metric, method) !== 'function');
  if (lacks !== undefined) {
    throw unsupported('metrics', `a metric with \`${lacks}\``, metric, `Give ${metric.constructor.name} one.`);
  }
  if (metric instanceof Mean || metric instanceof Sum) {
    throw unsupported('metrics', 'metrics of targets and predictions', metric, 'Extend `Metric`, or pass a function.');
  }
  return metric as CustomMetric;
}

/** Errors: `ERR_INVALID_ARG` for an object that would count in two places. */
export function checkDistinct(outputs: readonly { readonly metrics: readonly CompiledMetric[] }[]): void {
  const met = new Set<Metric>();
  for (const { metric } of outputs.flatMap(({ metrics }) => metrics)) {
    if (metric instanceof NativeMetric) continue;
    if (met.has(metric))
      throw invalidArgument('metrics', 'each object once', metric, 'Make another one for the other place.');
    met.add(metric);
  }
}

/** What the rows of the targets hold: a column for each output, one label, or what only the loss knows. */
export type TargetKind = 'columns' | 'label' | 'other';

/** Native code keeps one form of the targets, that of the loss. */
function checkTarget(metric: NativeMetric, kind: TargetKind, targets: Shape, outputs: Shape): void {
  const indices = metric.rule.target === 'indices';
  if (kind !== 'other' && (outputs.at(-1) === 1 || indices === (kind === 'label'))) return;
  const wanted = indices ? 'class indices' : 'a column for each output';
  const fix = 'Take a metric whose targets are those of the loss.';
  throw shapeMismatch('y', `targets that fit the loss and the metric \`${metric.name}\` (${wanted})`, targets, fix);
}

/** Native code goes through the data row by row. */
function checkLastAxis({ rule: { axis }, name }: NativeMetric, rank: number): void {
  const [one, ...others] = [axis ?? -1].flat();
  if (others.length === 0 && resolveAxis(Number(one), rank) === rank - 1) return;
  throw unsupported('axis', `the last axis of the outputs, -1, for the metric \`${name}\``, axis);
}

/** The second of a name is numbered, or begins with `weighted_`. */
function uniqueKey(name: string, weighted: boolean, used: Map<string, number>): string {
  const count = used.get(name) ?? 0;
  used.set(name, count + 1);
  if (count === 0) return name;
  return weighted ? uniqueKey(`weighted_${name}`, false, used) : `${name}_${count}`;
}
