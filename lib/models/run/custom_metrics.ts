import { elementAt } from '../../check';
import { GemsbokError } from '../../errors';
import type { Metric, MetricResult } from '../../metrics';
import { FunctionMetric } from '../../metrics/function_metric';
import { NativeMetric } from '../../metrics/native_metric';
import { atOnce, methodOf } from '../../returned';
import { Tensor, toFloats } from '../../tensor';
import type { CustomMetric } from '../compile/metrics';
import type { Objective, OutputObjective } from '../compile/objective';
import type { BatchArguments } from './batch_arguments';

/** The metrics that are amid a pass, each with the pass that counts with it. */
const counting = new WeakMap<Metric, CustomMetrics>();

interface Counted {
  readonly output: OutputObjective;
  readonly metric: CustomMetric;
  readonly weighted: boolean;
}

/** The custom metrics of one run, which count on the JavaScript thread. */
export class CustomMetrics {
  readonly #counted: readonly Counted[];

  constructor({ outputs }: Objective) {
    this.#counted = outputs.flatMap((output) =>
      output.metrics.flatMap(({ metric, weighted }) => {
        if (metric instanceof NativeMetric) return [];
        // A function has no state that others could see.
        return {
          output,
          weighted,
          metric: metric instanceof FunctionMetric ? new FunctionMetric(metric.call) : metric,
        };
      }),
    );
  }

  /** Begins a pass. Errors: `ERR_MODEL_BUSY` where another one is amid its own with such an object. */
  reset(): void {
    for (const { metric } of this.#counted) {
      const other = counting.get(metric);
      if (other !== undefined && other !== this) throw busy(metric);
    }
    for (const { metric } of this.#counted) {
      counting.set(metric, this);
      atOnce(metric.resetState(), methodOf(metric, 'resetState'));
    }
  }

  update(output: OutputObjective, { yTrue, yPred, options }: BatchArguments): void {
    for (const { output: own, metric, weighted } of this.#counted) {
      if (own !== output) continue;
      const result = metric.updateState(yTrue, yPred, weighted ? options : { mask: options.mask });
      atOnce(result, methodOf(metric, 'updateState'));
    }
  }

  /** Numbers and tensors. Errors: `ERR_INVALID_ARG` for anything else. */
  results(): readonly MetricResult[] {
    return this.#counted.map(({ metric }) => {
      const method = methodOf(metric, 'result');
      const { data, shape } = toFloats(atOnce(metric.result(), method), 'float64', method);
      return shape.length === 0 ? elementAt(data, 0) : new Tensor(data, shape);
    });
  }

  /** Ends a pass: others may use the objects. */
  release(): void {
    for (const { metric } of this.#counted) if (counting.get(metric) === this) counting.delete(metric);
  }
}

function busy({ name }: Metric): GemsbokError {
  return new GemsbokError(
    'ERR_MODEL_BUSY',
    `Expected the metric \`${name}\`, an object of a class of your own, for one run at a time, received a second run. ` +
      'Wait for the first one, or compile with a function, of which each run has its own.',
  );
}
