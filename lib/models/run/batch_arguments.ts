import type { WeightOptions } from '../../losses';
import type { ForwardOutput } from '../../native';
import { Tensor } from '../../tensor';
import type { OutputObjective } from '../compile/objective';

/** What losses and metrics are computed from. */
export interface BatchArguments {
  readonly yTrue: Tensor<Float32Array>;
  readonly yPred: Tensor<Float32Array>;
  readonly options: WeightOptions;
}

/** An output of a batch in the form that users know. */
export function batchArguments(
  { targetShape, outputShape }: OutputObjective,
  { outputs, targets, weights, mask }: ForwardOutput,
  samples: number,
): BatchArguments {
  const steps = outputShape.slice(0, -1);
  // A sample's weight is that of all its steps.
  const weighted = weights?.length === samples ? steps.map(() => 1) : steps;
  return {
    yTrue: new Tensor(targets, [samples, ...(targetShape ?? [])]),
    yPred: new Tensor(outputs, [samples, ...outputShape]),
    options: {
      sampleWeight: weights && new Tensor(weights, [samples, ...weighted]),
      mask: mask && new Tensor(mask, [samples, ...steps]),
    },
  };
}
