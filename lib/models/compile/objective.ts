import type { CallbackLogs, LogValue } from '../../callbacks';
import { elementAt } from '../../check';
import { invalidArgument } from '../../errors';
import type { AnyLoss } from '../../losses';
import type { MetricResult } from '../../metrics';
import { NativeMetric } from '../../metrics/native_metric';
import type { CompileSpec, Logs, OutputSpec } from '../../native';
import { setValue } from '../../records';
import type { Shape } from '../../tensor';
import type { CustomLayers } from '../graph/custom_layers';
import type { CustomUpdate } from './custom_update';
import type { CompiledMetric } from './metrics';

/** What is trained and counted at one output. */
export interface OutputObjective {
  readonly name: string;
  /** null where the output is not trained. */
  readonly loss: AnyLoss | null;
  readonly metrics: readonly CompiledMetric[];
  readonly spec: OutputSpec;
  /** The shape of one sample; null where targets are not read. */
  readonly targetShape: Shape | null;
  readonly outputShape: Shape;
}

export function missingTargets(output: string): Error {
  return invalidArgument('y', `targets for the output \`${output}\`, which has a loss or metrics,`, null);
}

/** A resolved `compile`: what native code computes, and what its sums are called. */
export class Objective {
  readonly outputs: readonly OutputObjective[];
  readonly spec: CompileSpec;
  /** What is the caller's in the update of variables. */
  readonly update: CustomUpdate | null;
  /** The layers that are the caller's. */
  readonly layers: CustomLayers | null;

  constructor(
    outputs: readonly OutputObjective[],
    spec: CompileSpec,
    update: CustomUpdate | null,
    layers: CustomLayers | null,
  ) {
    this.outputs = outputs;
    this.spec = spec;
    this.update = update;
    this.layers = layers;
  }

  /** With their names in logs. */
  get metrics(): readonly CompiledMetric[] {
    if (this.outputs.length === 1) return elementAt(this.outputs, 0).metrics;
    return this.outputs.flatMap(({ name, metrics }) =>
      metrics.map((metric) => ({ ...metric, key: `${name}_${metric.key}` })),
    );
  }

  /** Whether native code does all of a step. */
  get isNative(): boolean {
    return this.update === null && this.layers === null && this.outputs.every((output) => !isRead(output));
  }

  /** The outputs that JavaScript reads batch by batch, for its losses and metrics. */
  get read(): readonly OutputObjective[] {
    return this.outputs.filter(isRead);
  }

  /** Sums as values by their names, the losses first. */
  named({ loss, losses, states, customResults }: Logs): CallbackLogs {
    const logs: CallbackLogs<LogValue> = { loss };
    const lossCount = this.outputs.filter((output) => output.loss !== null).length;
    for (const [o, output] of this.outputs.entries()) {
      // As in Keras, without the output's weight, and where there are several.
      if (lossCount > 1 && output.loss !== null) setValue<LogValue>(logs, `${output.name}_loss`, elementAt(losses, o));
    }
    const [counted, own] = [states.values(), (customResults ?? []).values()];
    for (const { key, metric } of this.metrics) {
      const { value } = metric instanceof NativeMetric ? resultOf(metric, counted.next()) : own.next();
      if (value !== undefined) setValue<LogValue>(logs, key, logValue(value as MetricResult));
    }
    return logs as CallbackLogs;
  }
}

/** Whether JavaScript computes a loss or a metric of the output. */
function isRead({ spec }: OutputObjective): boolean {
  return spec.customMetrics || (spec.trained && spec.loss === null);
}

function resultOf(metric: NativeMetric, { value }: IteratorResult<Float64Array>): { readonly value: unknown } {
  return { value: value && metric.resultOf(value) };
}

function logValue(result: MetricResult): LogValue {
  return typeof result === 'number' ? result : (result.toArray() as LogValue);
}
