import type { CallbackLogs, LogValue } from '../callbacks';
import type { AnyLoss } from '../losses';
import type { MetricResult } from '../metrics';
import type { CompileSpec, Logs } from '../native';
import type { Shape } from '../tensor';
import type { CompiledMetric } from './compile_metrics';

/** A resolved `compile`: what native code computes, and what its sums are called. */
export class Objective {
  readonly loss: AnyLoss;
  readonly metrics: readonly CompiledMetric[];
  readonly spec: CompileSpec;
  /** Of one sample. */
  readonly targetShape: Shape;
  readonly outputShape: Shape;

  constructor(
    loss: AnyLoss,
    metrics: readonly CompiledMetric[],
    spec: CompileSpec,
    shapes: { readonly targets: Shape; readonly outputs: Shape },
  ) {
    this.loss = loss;
    this.metrics = metrics;
    this.spec = spec;
    this.targetShape = shapes.targets.slice(1);
    this.outputShape = shapes.outputs.slice(1);
  }

  /** Sums as values by their names, the loss first. */
  named({ loss, states }: Logs): CallbackLogs {
    const logs: CallbackLogs<LogValue> = { loss };
    for (const [i, { key, metric }] of this.metrics.entries()) {
      const state = states[i];
      if (state !== undefined) logs[key] = logValue(metric.resultOf(state));
    }
    return logs as CallbackLogs;
  }
}

function logValue(result: MetricResult): LogValue {
  return typeof result === 'number' ? result : (result.toArray() as LogValue);
}
