/**
 * Whole training runs in float64: the loss of a batch is a plain function of the weights, its gradients are central
 * differences, and the optimizer and the constraints are the oracle's. Nothing here knows how a gradient is derived.
 */

import { constraint } from './constraints';
import { type Nd, nd } from './ndarray';
import { OptimizerOracle } from './optimizers';

type Args = Readonly<Record<string, unknown>>;

export interface TrainingRun {
  readonly weights: readonly Nd[];
  /** The loss of one batch, with its penalties; `batch` counts from 0 in each epoch. */
  readonly loss: (weights: readonly Nd[], batch: number) => number;
  /** Samples of each batch of an epoch. */
  readonly batches: readonly number[];
  readonly epochs: number;
  readonly optimizer: readonly [className: string, args: Args];
  /** Of the weight at this index. */
  readonly constraints?: Readonly<Record<number, readonly [className: string, args: Args]>>;
  /** Weights at these indices stay as they are. */
  readonly frozen?: readonly number[];
}

const STEP = 1e-5;

/** d loss / d weights[index]. */
export function slopes(loss: (weights: readonly Nd[]) => number, weights: readonly Nd[], index: number): Nd {
  const own = weights[index] as Nd;
  const lossAt = (i: number, step: number): number => {
    const moved = { shape: own.shape, data: own.data.slice() };
    moved.data[i] = (own.data[i] as number) + step;
    return loss(weights.map((weight, w) => (w === index ? moved : weight)));
  };
  return nd(
    own.shape,
    own.data.map((_, i) => (lossAt(i, STEP) - lossAt(i, -STEP)) / (2 * STEP)),
  );
}

/** The weights after the run, and each epoch's mean loss over the samples. */
export function train(run: TrainingRun): { readonly weights: readonly Nd[]; readonly losses: readonly number[] } {
  const weights = run.weights.map(({ shape, data }) => nd(shape, data));
  const trained = weights.flatMap((_, index) => (run.frozen?.includes(index) ? [] : [index]));
  const optimizer = new OptimizerOracle(...run.optimizer);
  // As `fit` does: the loss is scaled, the optimizer scales back.
  const scale = Number(run.optimizer[1].loss_scale_factor ?? 1);
  const samples = run.batches.reduce((sum, size) => sum + size, 0);
  const losses = Array.from({ length: run.epochs }, () => {
    let sum = 0;
    for (const [batch, size] of run.batches.entries()) {
      const loss = (moved: readonly Nd[]): number => run.loss(moved, batch);
      sum += loss(weights) * size;
      const gradients = trained.map((index) => slopes((moved) => scale * loss(moved), weights, index));
      optimizer.apply(
        gradients,
        trained.map((index) => weights[index] as Nd),
      );
      for (const index of trained) {
        const rule = run.constraints?.[index];
        const weight = weights[index] as Nd;
        if (rule !== undefined) weight.data.set(constraint(...rule, weight).data);
      }
    }
    return sum / samples;
  });
  return { weights, losses };
}
