import {
  Add,
  BatchNormalization,
  Dense,
  Dot,
  Embedding,
  Flatten,
  GroupNormalization,
  Input,
  type Layer,
  LayerNormalization,
  losses,
  Model,
  metrics,
  PReLU,
  RMSNormalization,
  Sequential,
  type Tensor,
  UnitNormalization,
} from 'gemsbok';

export type Numbers = Float32Array | Float64Array;
type Values = ArrayLike<number>;
type Wanted = Float64Array;

/** A sum over n numbers, in any form, and the same in float64. */
export interface AccuracyCase<X = Float32Array> {
  /** A row of docs/accuracy.md. */
  readonly kernel: string;
  readonly title: string;
  readonly found: (x: X) => Values | Promise<Values>;
  readonly wanted: (x: X) => Values;
  /** What errors are a share of; by default the largest wanted value. */
  readonly scale?: (x: X, wanted: Values) => number;
  /** The largest size. Default: 2 ** 18 */
  readonly most?: number;
  /** Numbers by index. Default: DATA */
  readonly data?: Readonly<Record<string, (i: number) => number>>;
}

/** Sums of numbers that differ in every way that costs digits. */
export const DATA: Readonly<Record<string, (i: number) => number>> = {
  constant: () => 0.1,
  alternating: (i) => (i % 2 === 0 ? 0.1 : -0.05),
  'large and small': (i) => (i % 1000 === 0 ? 100 : 0.1),
  'far from zero': (i) => 100 + (i % 7) / 4,
};

export function sum(x: Values, f: (value: number, i: number) => number = (value) => value): number {
  let [total, lost] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const value = f(x[i] as number, i);
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

export const square = (value: number): number => value * value;
/** The largest magnitude. */
export function largest(x: Values): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i] as number));
  return most;
}

export const magnitudes = (x: Numbers): number => sum(x, Math.abs);
export const dtypeOf = (x: Numbers): 'float32' | 'float64' => (x instanceof Float64Array ? 'float64' : 'float32');
export const row = <X extends Numbers>(data: X): { data: X; shape: number[] } => ({ data, shape: [1, data.length] });
export const column = <X extends Numbers>(data: X): { data: X; shape: number[] } => ({ data, shape: [data.length, 1] });
export const values = (tensor: Tensor): Values => tensor.data as Float32Array;
const zeros = (x: Float32Array): Float32Array => new Float32Array(x.length);

/** x less its mean, over its deviation. */
function standardized(x: Float32Array, epsilon: number): Wanted {
  const mean = sum(x) / x.length;
  const variance = sum(x, (value) => square(value - mean)) / x.length;
  return Float64Array.from(x).map((value) => (value - mean) / Math.sqrt(variance + epsilon));
}

function normalization(
  make: () => Layer,
  wanted: (x: Float32Array) => Wanted,
  shape = (n: number) => [n],
): AccuracyCase {
  return {
    kernel: 'row normalizations',
    title: make().className,
    found: (x) => {
      const model = new Sequential([new Input({ shape: shape(x.length) }), make()]);
      return values(model.predictSync({ data: x, shape: [1, ...shape(x.length)] }));
    },
    wanted,
    // The mean is a float32, as x is: far from zero its rounding is a share of the deviation.
    scale: (x, normalized) => {
      const mean = sum(x) / x.length;
      const deviation = Math.sqrt(sum(x, (value) => square(value - mean)) / x.length + 1e-3);
      return Math.max(Math.abs(mean) / deviation, largest(normalized));
    },
  };
}

/** The gradient of a layer's weight that meets each element of y - where the model gives zeros - once. */
function gradient(title: string, layers: () => Layer[], index: number, factor: number, input = 0): AccuracyCase {
  return {
    kernel: 'gradient sums',
    title,
    found: (y) => {
      const model = new Sequential([new Input({ shape: [1] }), ...layers()]);
      model.compile({ optimizer: 'sgd', loss: new losses.MeanSquaredError({ reduction: 'sum' }) });
      const x = column(new Float32Array(y.length).fill(input));
      const { gradients } = model.lossAndGradients(x, column(y));
      return [(gradients[index] as Tensor).data[0] as number];
    },
    wanted: (y) => [factor * sum(y)],
    scale: (y) => Math.abs(factor) * magnitudes(y),
  };
}

export const CASES: readonly AccuracyCase[] = [
  ...(['sum', 'sum_over_batch_size'] as const).map((reduction) => ({
    kernel: 'losses',
    title: `MeanSquaredError of a column, ${reduction}`,
    most: reduction === 'sum' ? 2 ** 21 : 2 ** 18,
    found: (x: Float32Array) => [
      new losses.MeanSquaredError({ reduction }).compute(column(zeros(x)), column(x)) as number,
    ],
    wanted: (x: Float32Array) => [sum(x, square) / (reduction === 'sum' ? 1 : x.length)],
  })),
  {
    kernel: 'losses',
    title: 'MeanAbsoluteError of a row',
    found: (x) => [new losses.MeanAbsoluteError().compute(row(zeros(x)), row(x)) as number],
    wanted: (x) => [magnitudes(x) / x.length],
  },
  {
    kernel: 'losses',
    title: 'SparseCategoricalCrossentropy of logits',
    found: (x) => [new losses.SparseCategoricalCrossentropy({ fromLogits: true }).compute([0], row(x)) as number],
    wanted: (x) => {
      const top = x.reduce((a, b) => Math.max(a, b));
      return [top + Math.log(sum(x, (value) => Math.exp(value - top))) - (x[0] ?? 0)];
    },
  },
  {
    kernel: 'loss gradients',
    title: 'SparseCategoricalCrossentropy of logits',
    found: (x) => {
      const loss = new losses.SparseCategoricalCrossentropy({ fromLogits: true });
      return values(loss.valueAndGradient([0], row(x)).gradient);
    },
    wanted: (x) => {
      const top = x.reduce((a, b) => Math.max(a, b));
      const total = sum(x, (value) => Math.exp(value - top));
      return Float64Array.from(x, (value, i) => Math.exp(value - top) / total - (i === 0 ? 1 : 0));
    },
    scale: () => 1,
  },
  {
    kernel: 'dots',
    title: 'CosineSimilarity',
    found: (x) => [new losses.CosineSimilarity().compute(row(x.map((value) => value + 1)), row(x)) as number],
    wanted: (x) => {
      const other = x.map((value) => value + 1);
      return [-sum(x, (value, i) => value * (other[i] as number)) / Math.sqrt(sum(x, square) * sum(other, square))];
    },
    scale: () => 1,
  },
  {
    kernel: 'dots',
    title: 'Dot',
    found: (x) => {
      const inputs = [new Input({ shape: [x.length] }), new Input({ shape: [x.length] })];
      const model = new Model({ inputs, outputs: new Dot({ axes: 1 }).apply(inputs) });
      return values(model.predictSync([row(x), row(x)]) as Tensor);
    },
    wanted: (x) => [sum(x, square)],
  },
  normalization(
    () => new LayerNormalization(),
    (x) => standardized(x, 1e-3),
  ),
  normalization(
    () => new GroupNormalization({ groups: 1 }),
    (x) => standardized(x, 1e-3),
    (n) => [n, 1],
  ),
  normalization(
    () => new RMSNormalization(),
    (x) => {
      const root = Math.sqrt(sum(x, square) / x.length + 1e-6);
      return Float64Array.from(x).map((value) => value / root);
    },
  ),
  normalization(
    () => new UnitNormalization(),
    (x) => {
      const length = Math.sqrt(sum(x, square));
      return Float64Array.from(x).map((value) => value / length);
    },
  ),
  ...[0, 1].map((index) => ({
    kernel: 'batch moments',
    title: index === 0 ? 'mean' : 'variance',
    found: async (x: Float32Array) => {
      const layer = new BatchNormalization({ momentum: 0, center: false, scale: false });
      const model = new Sequential([new Input({ shape: [1] }), layer]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      await model.fit(column(x), column(x), { batchSize: x.length, epochs: 1, verbose: 0, shuffle: false });
      return values(layer.getWeights()[index] as Tensor);
    },
    wanted: (x: Float32Array) => {
      const mean = sum(x) / x.length;
      return [index === 0 ? mean : sum(x, (value) => square(value - mean)) / x.length];
    },
    scale: (x: Float32Array) => {
      const mean = sum(x) / x.length;
      return index === 0
        ? magnitudes(x) / x.length
        : Math.max(sum(x, (value) => square(value - mean)) / x.length, 1e-6);
    },
  })),
  gradient('bias', () => [new Dense({ units: 1, kernelInitializer: 'zeros' })], 1, -2),
  gradient(
    'row of an Embedding',
    () => [new Embedding({ inputDim: 2, outputDim: 1, embeddingsInitializer: 'zeros' }), new Flatten()],
    0,
    -2,
  ),
  gradient('alpha', () => [new PReLU()], 0, 2, -1),
  gradient('beta', () => [new LayerNormalization()], 1, -2, 3),
  {
    kernel: 'gradient sums',
    title: 'an input that a merge repeats',
    found: (y) => {
      const long = new Input({ shape: [y.length] });
      const short = new Input({ shape: [1] });
      const dense = new Dense({ units: 1, kernelInitializer: 'zeros' }).apply(short);
      const model = new Model({ inputs: [long, short], outputs: new Add().apply([long, dense]) });
      model.compile({ optimizer: 'sgd', loss: new losses.MeanSquaredError({ reduction: 'sum' }) });
      const { gradients } = model.lossAndGradients([row(zeros(y)), [[1]]], row(y));
      return [((gradients[1] as Tensor).data[0] as number) * y.length];
    },
    wanted: (y) => [-2 * sum(y)],
    scale: (y) => 2 * magnitudes(y),
  },
  {
    kernel: 'metrics',
    title: 'MeanSquaredError',
    found: (x) => {
      const metric = new metrics.MeanSquaredError();
      metric.updateState(column(zeros(x)), column(x));
      return [metric.result() as number];
    },
    wanted: (x) => [sum(x, square) / x.length],
  },
  {
    kernel: 'metrics',
    title: 'MeanIoU, weighted',
    found: (x) => {
      const metric = new metrics.MeanIoU({ numClasses: 2, dtype: 'float32' });
      metric.updateState(
        x.map((_, i) => i % 2),
        x.map((_, i) => (i % 3) % 2),
        { sampleWeight: x.map(Math.abs) },
      );
      return [metric.result() as number];
    },
    wanted: (x) => {
      const part = (of: (i: number) => boolean): number => sum(x, (value, i) => (of(i) ? Math.abs(value) : 0));
      const shares = [0, 1].flatMap((k) => {
        const union = part((i) => i % 2 === k || (i % 3) % 2 === k);
        // Keras leaves out a class that does not occur, and divides by a little more than the union.
        return union === 0 ? [] : [part((i) => i % 2 === k && (i % 3) % 2 === k) / (union + 1e-7)];
      });
      return [sum(shares) / shares.length];
    },
  },
];
