import type { CallbackLogs, LogValue } from '../callbacks';
import type { ReductionName } from '../losses';
import type { NativeLoss } from '../losses/native_loss';
import type { MetricResult } from '../metrics';
import type { CompileSpec, Logs } from '../native';
import type { CompiledMetric } from './compile_metrics';

/** A resolved `compile`: what native code computes, and what its sums are called. */
export class Objective {
  readonly loss: NativeLoss<ReductionName>;
  readonly metrics: readonly CompiledMetric[];
  readonly spec: CompileSpec;

  constructor(loss: NativeLoss<ReductionName>, metrics: readonly CompiledMetric[], spec: CompileSpec) {
    this.loss = loss;
    this.metrics = metrics;
    this.spec = spec;
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
