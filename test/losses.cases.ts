import { losses } from 'gemsbok';
import type { Args } from './oracle/losses_common';
import { type Nd, nd, sizeOf } from './oracle/ndarray';

/** Targets and predictions. */
export interface Pair {
  readonly yTrue: Nd;
  readonly yPred: Nd;
}

/** Data for predictions of this shape, far from every kink of the loss. */
export type Generator = (shape: number[], random: Random) => Pair;

/** A loss as the properties take it; names are Keras' own. */
export interface LossCase {
  readonly name: string;
  readonly args: Args;
  readonly data: Generator;
  /** Whether predictions are logits of a softmax, which a shift of all leaves as they are. */
  readonly shift?: true;
  /** Whether the loss itself masks some values. */
  readonly masks?: true;
}

/** Numbers that look random and are the same in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  between(low: number, high: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    // A float32, so that both types of arithmetic begin with the same number.
    return Math.fround(low + ((high - low) * this.#state) / 2 ** 32);
  }

  below(count: number): number {
    return Math.floor(this.between(0, count));
  }

  array(shape: number[], each: () => number): Nd {
    return nd(shape, Array.from({ length: sizeOf(shape) }, each));
  }
}

/** Any numbers; predictions and targets differ. */
const numbers: Generator = (shape, random) => {
  const yTrue = random.array(shape, () => random.between(-2, 2));
  const apart = (): number => random.between(0.05, 1.5) * (random.below(2) === 0 ? 1 : -1);
  return {
    yTrue,
    yPred: nd(
      shape,
      yTrue.data.map((value) => Math.fround(value + apart())),
    ),
  };
};

const bits = (shape: number[], random: Random): Nd => random.array(shape, () => random.below(2));

/** Yes or no, and probabilities. */
const chances: Generator = (shape, random) => ({
  yTrue: bits(shape, random),
  yPred: random.array(shape, () => random.between(0.05, 0.95)),
});

/** Yes or no, and logits. */
const scores: Generator = (shape, random) => ({
  yTrue: bits(shape, random),
  yPred: random.array(shape, () => random.between(-4, 4)),
});

/** The same targets for all rows' classes, which need not add up to 1. */
const soft = (shape: number[], random: Random): Nd => random.array(shape, () => random.between(0, 1));

/** Probabilities of classes, not normalized. */
const shares: Generator = (shape, random) => ({
  yTrue: soft(shape, random),
  yPred: random.array(shape, () => random.between(0.1, 2)),
});

const shareScores: Generator = (shape, random) => ({ ...scores(shape, random), yTrue: soft(shape, random) });

/** Class indices in place of the targets of another generator. */
function indexed(data: Generator): Generator {
  return (shape, random) => ({
    yTrue: random.array(shape.slice(0, -1), () => random.below(shape.at(-1) ?? 1)),
    yPred: data(shape, random).yPred,
  });
}

export const LOSS_CASES: readonly LossCase[] = [
  { name: 'MeanSquaredError', args: {}, data: numbers },
  { name: 'MeanAbsoluteError', args: {}, data: numbers },
  { name: 'BinaryCrossentropy', args: {}, data: chances },
  { name: 'BinaryCrossentropy', args: { label_smoothing: 0.2 }, data: chances },
  { name: 'BinaryCrossentropy', args: { from_logits: true }, data: scores },
  { name: 'BinaryCrossentropy', args: { from_logits: true, label_smoothing: 0.2 }, data: scores },
  { name: 'CategoricalCrossentropy', args: {}, data: shares },
  { name: 'CategoricalCrossentropy', args: { label_smoothing: 0.2 }, data: shares },
  { name: 'CategoricalCrossentropy', args: { from_logits: true }, data: shareScores, shift: true },
  {
    name: 'CategoricalCrossentropy',
    args: { from_logits: true, label_smoothing: 0.2 },
    data: shareScores,
    shift: true,
  },
  { name: 'SparseCategoricalCrossentropy', args: {}, data: indexed(shares) },
  { name: 'SparseCategoricalCrossentropy', args: { ignore_class: 0 }, data: indexed(shares), masks: true },
  { name: 'SparseCategoricalCrossentropy', args: { from_logits: true }, data: indexed(shareScores), shift: true },
  {
    name: 'SparseCategoricalCrossentropy',
    args: { from_logits: true, ignore_class: 0 },
    data: indexed(shareScores),
    shift: true,
    masks: true,
  },
];

/** Beside a loss' own arguments. */
export interface Common {
  readonly reduction?: string | null;
  readonly dtype?: 'float32' | 'float64';
}

/** A loss of the library by Keras' names. */
export function makeLoss(name: string, args: Args, common: Common = {}): losses.AnyLoss {
  const LossClass = losses[name as keyof typeof losses] as unknown as {
    fromConfig(config: Record<string, unknown>): losses.AnyLoss;
  };
  return LossClass.fromConfig({ ...args, ...common });
}

export function titleOf({ name, args }: Pick<LossCase, 'name' | 'args'>): string {
  return `${name} ${JSON.stringify(args)}`;
}
