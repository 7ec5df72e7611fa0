/** Backward of normalizations over long rows and batches: gradients of inputs, gamma and beta. */
import {
  BatchNormalization,
  Embedding,
  Flatten,
  GroupNormalization,
  Input,
  type Layer,
  LayerNormalization,
  losses,
  Normalization,
  Permute,
  RMSNormalization,
  Sequential,
  type Tensor,
  UnitNormalization,
} from 'gemsbok';
import { type AccuracyCase, column, largest, magnitudes, square, sum, values } from './accuracy.cases';

const MOST = 2 ** 16;

/** What comes from above, times the length of a row: signs that go with x, and with its mean. */
const sign = (i: number): number => (i % 3 === 0 ? -1 : 1);

/** Rows as the output of an Embedding, whose gradient is theirs, then layers; the gradients under a loss of slope +-1. */
function gradientsOf(x: Float32Array, rows: number, layers: Layer[]): readonly Tensor[] {
  const columns = x.length / rows;
  const embedding = new Embedding({ inputDim: rows, outputDim: columns });
  const model = new Sequential([new Input({ shape: [1] }), embedding, ...layers, new Flatten()]);
  model.compile({ optimizer: 'sgd', loss: new losses.MeanAbsoluteError({ reduction: 'sum' }) });
  embedding.setWeights([{ data: x, shape: [rows, columns] }]);
  // Weights of samples, as ones alone would add up exactly in any order.
  const weights = rows > 1 ? { sampleWeight: x.map(Math.abs) } : {};
  const far = x.map((_, i) => -1e9 * sign(i));
  return model.lossAndGradients(
    column(new Float32Array(rows).map((_, i) => i)),
    { data: far, shape: [rows, columns] },
    weights,
  ).gradients;
}

interface Statistics {
  readonly mean: number;
  /** 1 over the deviation, or the length. */
  readonly factor: number;
}

function statistics(x: Float32Array): Statistics {
  const mean = sum(x) / x.length;
  return { mean, factor: 1 / Math.sqrt(sum(x, (value) => square(value - mean)) / x.length + 1e-3) };
}
const rootMean = (x: Float32Array): Statistics => ({
  mean: 0,
  factor: 1 / Math.sqrt(sum(x, square) / x.length + 1e-6),
});
const length = (x: Float32Array): Statistics => ({ mean: 0, factor: 1 / Math.sqrt(sum(x, square)) });

interface Normalized {
  readonly title: string;
  readonly layers: () => Layer[];
  readonly of: (x: Float32Array) => Statistics;
  /** Whether it takes the mean off. */
  readonly centered: boolean;
  /** Divides by a length, in place of a mean's root. */
  readonly summed?: boolean;
  /** Over samples of one number each. */
  readonly batch?: boolean;
}

const KINDS: readonly Normalized[] = [
  {
    title: 'BatchNormalization',
    layers: () => [new Flatten(), new BatchNormalization()],
    of: statistics,
    centered: true,
    batch: true,
  },
  { title: 'LayerNormalization', layers: () => [new LayerNormalization()], of: statistics, centered: true },
  {
    title: 'GroupNormalization',
    layers: () => [new Permute({ dims: [2, 1] }), new GroupNormalization({ groups: 1 })],
    of: statistics,
    centered: true,
  },
  { title: 'RMSNormalization', layers: () => [new RMSNormalization()], of: rootMean, centered: false },
  { title: 'UnitNormalization', layers: () => [new UnitNormalization()], of: length, centered: false, summed: true },
];

/** The mean is a float32, as x is: far from zero its rounding is a share of the deviation. */
const distance = ({ mean, factor }: Statistics): number => Math.max(1, Math.abs(mean) * factor);

/** The weight of a number in the loss. */
const shareOf = (x: Float32Array, batch: boolean, i: number): number =>
  batch && x.length > 1 ? Math.abs(x[i] as number) : 1 / x.length;

function ofInputs({ title, layers, of, centered, summed = false, batch = false }: Normalized): AccuracyCase {
  return {
    kernel: 'row normalizations',
    title: `gradient of ${title}'s inputs`,
    most: MOST,
    found: (x) => values(gradientsOf(x, batch ? x.length : 1, layers())[0] as Tensor),
    wanted: (x) => {
      const { mean, factor } = of(x);
      const upstream = (i: number): number => shareOf(x, batch, i) * sign(i);
      const result = (value: number): number => (value - mean) * factor;
      const first = centered ? sum(x, (_, i) => upstream(i)) / x.length : 0;
      const second = sum(x, (value, i) => upstream(i) * result(value)) / (summed ? 1 : x.length);
      return Float64Array.from(x).map((value, i) => factor * (upstream(i) - first - result(value) * second));
    },
    scale: (x) => {
      const found = of(x);
      return (batch ? Math.max(largest(x), 1 / x.length) : 1 / x.length) * found.factor * distance(found);
    },
  };
}

/** Of one channel, so that all numbers meet in it. */
function ofWeights({ title, layers, of, batch = false }: Normalized): AccuracyCase[] {
  return ['gamma', 'beta'].map((name, index) => ({
    kernel: 'gradient sums',
    title: `${name} of ${title}`,
    most: MOST,
    found: (x) => values(gradientsOf(x, batch ? x.length : 1, layers())[index + 1] as Tensor),
    wanted: (x) => {
      const { mean, factor } = of(x);
      return [sum(x, (value, i) => shareOf(x, batch, i) * sign(i) * (name === 'beta' ? 1 : (value - mean) * factor))];
    },
    // The magnitudes of what is added up.
    scale: (x) => {
      const found = of(x);
      const least = distance(found);
      const factorAt = (value: number): number => Math.max(least, Math.abs(value - found.mean) * found.factor);
      return sum(x, (value, i) => shareOf(x, batch, i) * (name === 'beta' ? 1 : factorAt(value)));
    },
  }));
}

export const NORMALIZATION_CASES: readonly AccuracyCase[] = [
  ...KINDS.map(ofInputs),
  ...KINDS.filter(({ title }) => /Batch|Group/.test(title)).flatMap(ofWeights),
  ...(['mean', 'variance'] as const).map((name) => ({
    kernel: 'batch moments',
    title: `${name} of Normalization.adapt`,
    found: (x: Float32Array) => {
      const layer = new Normalization();
      layer.adapt(column(x));
      return values(layer[name] as Tensor);
    },
    wanted: (x: Float32Array) => {
      const mean = sum(x) / x.length;
      return [name === 'mean' ? mean : sum(x, (value) => square(value - mean)) / x.length];
    },
    scale: (x: Float32Array, wanted: ArrayLike<number>) =>
      name === 'mean' ? magnitudes(x) / x.length : Math.max(wanted[0] ?? 0, 1e-6),
  })),
];
