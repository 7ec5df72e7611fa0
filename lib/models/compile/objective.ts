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
  /** With their names in logs. */
  readonly metrics: readonly CompiledMetric[];
  /** The losses that stand in logs, by the place of their outputs: as in Keras, where there are several. */
  readonly #namedLosses: readonly (readonly [output: number, key: string])[];

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
    this.metrics = outputs.flatMap(({ name, metrics }) =>
      metrics.map((metric) => ({ ...metric, key: outputs.length === 1 ? metric.key : `${name}_${metric.key}` })),
    );
    const losses = outputs.flatMap(({ name, loss }, o) => (loss === null ? [] : [[o, `${name}_loss`] as const]));
    this.#namedLosses = losses.length > 1 ? losses : [];
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
  named(sums: Logs): CallbackLogs {
    const logs: CallbackLogs<LogValue> = { loss: sums.loss };
    if (this.#namedLosses.length > 0) {
      const { losses } = sums;
      // Without the output's weight.
      for (const [o, key] of this.#namedLosses) setValue<LogValue>(logs, key, elementAt(losses, o));
    }
    if (this.metrics.length === 0) return logs as CallbackLogs;
    const { states, customResults } = sums;
    let [counted, own] = [0, 0];
    for (const { key, metric } of this.metrics) {
      const value = metric instanceof NativeMetric ? resultOf(metric, states[counted++]) : customResults?.[own++];
      if (value !== undefined) setValue<LogValue>(logs, key, logValue(value as MetricResult));
    }
    return logs as CallbackLogs;
  }
}

/** Whether JavaScript computes a loss or a metric of the output. */
function isRead({ spec }: OutputObjective): boolean {
  return spec.customMetrics || (spec.trained && spec.loss === null);
}

function resultOf(metric: NativeMetric, state: Float64Array | undefined): unknown {
  return state && metric.resultOf(state);
}

function logValue(result: MetricResult): LogValue {
  return typeof result === 'number' ? result : (result.toArray() as LogValue);
}
