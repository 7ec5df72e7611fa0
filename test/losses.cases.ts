import { losses } from 'gemsbok';
import type { LossOptions } from './oracle/losses';
import type { Args } from './oracle/losses_common';
import { map, type Nd, nd, scalar, sizeOf } from './oracle/ndarray';

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
  /** Whether the values of a batch depend on each other. */
  readonly whole?: true;
  /** Predictions for each target. Default: 1 */
  readonly width?: number;
  /** Whether predictions are `[batch, size]` only. */
  readonly flat?: true;
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

/** As above, with targets that are not 0. */
const ratios: Generator = (shape, random) => {
  const yTrue = random.array(shape, () => random.between(0.5, 2) * (random.below(2) === 0 ? 1 : -1));
  return { yTrue, yPred: map(yTrue, (value) => Math.fround(value + random.between(0.05, 0.4))) };
};

/** Positive numbers. */
const amounts: Generator = (shape, random) => ({
  yTrue: random.array(shape, () => random.between(0, 3)),
  yPred: random.array(shape, () => random.between(0.1, 4)),
});

/** Labels of `low` and 1, and scores away from the margin. */
function margins(low: number): Generator {
  return (shape, random) => ({
    yTrue: map(bits(shape, random), (bit) => (bit === 1 ? 1 : low)),
    yPred: random.array(shape, () => (random.below(2) === 0 ? -1 : 1) * (random.below(2) + random.between(0.1, 0.9))),
  });
}

/** Vectors of one length, and labels of which each occurs more than once. */
function embeddings(length: number): Generator {
  return (shape, random) => {
    const yPred = random.array(shape, () => random.between(-1, 1));
    const [rows = 1, size = 1] = shape;
    for (let r = 0; r < rows; r++) {
      const row = yPred.data.subarray(r * size, (r + 1) * size);
      const scale = length / Math.hypot(...row);
      for (const [i, value] of row.entries()) row[i] = Math.fround(scale * value);
    }
    return { yTrue: random.array([rows], () => random.below(3)), yPred };
  };
}

/** Targets for the first half of each row, means; the other half are variances. */
const distributions: Generator = (shape, random) => {
  const size = (shape.at(-1) ?? 0) / 2;
  const yPred = random.array(shape, () => random.between(0.2, 2));
  return { yTrue: random.array([...shape.slice(0, -1), size], () => random.between(-1, 2)), yPred };
};

/** Targets of classes, which need not add up to 1. */
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

const LOGITS = { from_logits: true };
const SMOOTH = { label_smoothing: 0.2 };
const BOTH = { ...LOGITS, ...SMOOTH };
const BALANCED = { apply_class_balancing: true, alpha: 0.7 };

export const LOSS_CASES: readonly LossCase[] = [
  { name: 'MeanSquaredError', args: {}, data: numbers },
  { name: 'MeanAbsoluteError', args: {}, data: numbers },
  { name: 'MeanAbsolutePercentageError', args: {}, data: ratios },
  { name: 'MeanSquaredLogarithmicError', args: {}, data: amounts },
  { name: 'Huber', args: {}, data: numbers },
  { name: 'Huber', args: { delta: 0.4 }, data: numbers },
  { name: 'LogCosh', args: {}, data: numbers },
  { name: 'Quantile', args: { quantile: 0.9 }, data: numbers },
  { name: 'Poisson', args: {}, data: amounts },
  { name: 'Tweedie', args: {}, data: amounts },
  { name: 'Tweedie', args: { power: 1.2 }, data: amounts },
  { name: 'GaussianNLL', args: {}, data: distributions, width: 2 },
  { name: 'GaussianNLL', args: { full: true, epsilon: 0.5 }, data: distributions, width: 2 },
  { name: 'KLDivergence', args: {}, data: shares },
  { name: 'BinaryCrossentropy', args: {}, data: chances },
  { name: 'BinaryCrossentropy', args: SMOOTH, data: chances },
  { name: 'BinaryCrossentropy', args: LOGITS, data: scores },
  { name: 'BinaryCrossentropy', args: BOTH, data: scores },
  { name: 'BinaryFocalCrossentropy', args: {}, data: chances },
  { name: 'BinaryFocalCrossentropy', args: { ...SMOOTH, ...BALANCED, gamma: 1.5 }, data: chances },
  { name: 'BinaryFocalCrossentropy', args: { ...LOGITS, gamma: 0 }, data: scores },
  { name: 'BinaryFocalCrossentropy', args: { ...BOTH, ...BALANCED, gamma: 3 }, data: scores },
  { name: 'CategoricalCrossentropy', args: {}, data: shares },
  { name: 'CategoricalCrossentropy', args: SMOOTH, data: shares },
  { name: 'CategoricalCrossentropy', args: LOGITS, data: shareScores, shift: true },
  { name: 'CategoricalCrossentropy', args: BOTH, data: shareScores, shift: true },
  { name: 'CategoricalFocalCrossentropy', args: {}, data: shares },
  { name: 'CategoricalFocalCrossentropy', args: { ...SMOOTH, alpha: 0.7, gamma: 1.5 }, data: shares },
  { name: 'CategoricalFocalCrossentropy', args: { ...LOGITS, gamma: 0 }, data: shareScores, shift: true },
  { name: 'CategoricalFocalCrossentropy', args: { ...BOTH, gamma: 3 }, data: shareScores, shift: true },
  { name: 'SparseCategoricalCrossentropy', args: {}, data: indexed(shares) },
  { name: 'SparseCategoricalCrossentropy', args: { ignore_class: 0 }, data: indexed(shares), masks: true },
  { name: 'SparseCategoricalCrossentropy', args: LOGITS, data: indexed(shareScores), shift: true },
  {
    name: 'SparseCategoricalCrossentropy',
    args: { ...LOGITS, ignore_class: 0 },
    data: indexed(shareScores),
    shift: true,
    masks: true,
  },
  { name: 'CategoricalGeneralizedCrossEntropy', args: {}, data: indexed(chances) },
  { name: 'CategoricalGeneralizedCrossEntropy', args: { q: 0.8 }, data: indexed(chances) },
  { name: 'Hinge', args: {}, data: margins(-1) },
  { name: 'Hinge', args: {}, data: margins(0) },
  { name: 'SquaredHinge', args: {}, data: margins(-1) },
  { name: 'SquaredHinge', args: {}, data: margins(0) },
  { name: 'CategoricalHinge', args: {}, data: scores },
  { name: 'CosineSimilarity', args: {}, data: numbers },
  { name: 'Dice', args: {}, data: chances, whole: true },
  { name: 'Dice', args: { axis: -1 }, data: chances },
  { name: 'Tversky', args: { alpha: 0.2, beta: 0.9 }, data: chances, whole: true },
  { name: 'Tversky', args: { alpha: 0.7, axis: [-1] }, data: chances },
  { name: 'Circle', args: {}, data: embeddings(1), masks: true, whole: true, flat: true },
  {
    name: 'Circle',
    args: { gamma: 4, margin: 0.2, remove_diagonal: false },
    // The distance from itself would be 0, where it is floored.
    data: embeddings(0.9),
    masks: true,
    whole: true,
    flat: true,
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

/** Weights and masks for predictions of a shape. */
interface Weighted {
  readonly what: string;
  readonly shape: number[];
  readonly options: Pick<LossOptions, 'sampleWeight' | 'mask'>;
}

const BY_SAMPLE: Record<string, Weighted['options']> = {
  nothing: {},
  'a scalar': { sampleWeight: scalar(2.5) },
  '(N,)': { sampleWeight: nd([4], [2, 0.5, 0, 3]) },
  '(N, 1)': { sampleWeight: nd([4, 1], [2, 0.5, 0, 3]) },
  zeros: { sampleWeight: nd([4], [0, 0, 0, 0]) },
  'negative ones': { sampleWeight: nd([4], [-1, 2, 0.5, 0.25]) },
  'a mask': { mask: nd([4], [1, 0, 1, 1]) },
  'a mask of nothing': { mask: nd([4], [0, 0, 0, 0]) },
  'a mask and (N,)': { mask: nd([4], [0, 1, 1, 0]), sampleWeight: nd([4], [2, 0.5, 1, 3]) },
  'a mask and a scalar': { mask: nd([4], [0, 1, 1, 0]), sampleWeight: scalar(3) },
  'a mask (N, 1)': { mask: nd([4, 1], [1, 0, 1, 1]) },
};

const BY_STEP: Record<string, Weighted['options']> = {
  'nothing by step': {},
  '(N, T)': { sampleWeight: nd([2, 2], [2, 0.5, 0, 3]) },
  '(N, 1) by sample': { sampleWeight: nd([2, 1], [2, 0.5]) },
  "(N,), Keras' quirk": { sampleWeight: nd([2], [2, 0.5]) },
  '(N, T, 1)': { sampleWeight: nd([2, 2, 1], [2, 0.5, 0, 3]) },
  'a mask (N, T)': { mask: nd([2, 2], [1, 1, 0, 1]) },
  'a mask (N, T) and (N, T)': { mask: nd([2, 2], [1, 1, 0, 1]), sampleWeight: nd([2, 2], [2, 0.5, 7, 3]) },
};

/** Every way to weigh the samples of a loss. */
export function weightingsOf({ flat, masks }: LossCase): Weighted[] {
  const weighted = (shape: number[], ways: Record<string, Weighted['options']>): Weighted[] =>
    Object.entries(ways).map(([what, options]) => ({ what, shape, options }));
  const all = [...weighted([4, 3], BY_SAMPLE), ...(flat ? [] : weighted([2, 2, 3], BY_STEP))];
  // Keras joins a mask of the loss' own with (N, 1) to (N, N); here it counts by rows all the same.
  return masks ? all.filter(({ what }) => what !== 'a mask (N, 1)') : all;
}
