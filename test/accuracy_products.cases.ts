/** Products of matrices: forward, and the gradients of inputs and kernels, with the long axis in each place. */
import { Dense, Input, losses, Sequential, type Tensor } from 'gemsbok';
import { type AccuracyCase, magnitudes, sum, values } from './accuracy.cases';

/** Rows and columns of the product, around the widths of vectors and the shapes that kernels take for small. */
const SHAPES = [
  [1, 1],
  [3, 1],
  [5, 9],
  [2, 70],
] as const;
const ROOM = 2 ** 19;

type Product = (rows: number, columns: number) => Pick<AccuracyCase, 'title' | 'found' | 'wanted' | 'scale'>;

const made = (length: number, at: (i: number) => number): Float32Array => new Float32Array(length).map((_, i) => at(i));
const repeated = (x: Float32Array, times: number): Float32Array =>
  made(times * x.length, (i) => x[i % x.length] as number);
const filled = (length: number, value: number): Float32Array => new Float32Array(length).fill(value);
const dense = (units: number, kernelInitializer: 'ones' | 'zeros'): Dense => new Dense({ units, kernelInitializer });

/** Where the predictions are zeros and the loss is a sum of squares, their gradient is -2 y. */
function gradientsOf(layers: Dense[], x: Float32Array, y: Float32Array, rows: number): readonly Tensor[] {
  const model = new Sequential([new Input({ shape: [x.length / rows] }), ...layers]);
  model.compile({ optimizer: 'sgd', loss: new losses.MeanSquaredError({ reduction: 'sum' }) });
  const width = y.length / rows;
  // A row's loss is a mean.
  const scaled = y.map((value) => value * width);
  return model.lossAndGradients({ data: x, shape: [rows, x.length / rows] }, { data: scaled, shape: [rows, width] })
    .gradients;
}

const forward: Product = (rows, columns) => ({
  title: `[${rows}, n] [n, ${columns}]`,
  found: (x) => {
    const model = new Sequential([new Input({ shape: [x.length] }), dense(columns, 'ones')]);
    return values(model.predictSync({ data: repeated(x, rows), shape: [rows, x.length] }));
  },
  wanted: (x) => new Float64Array(rows * columns).fill(sum(x)),
  scale: magnitudes,
});

/** The inputs' gradient is that of the bias before them. */
const ofInputs: Product = (rows, columns) => ({
  title: `gradient of inputs, [${rows}, n] [${columns}, n]'`,
  found: (x) => {
    const layers = (): Dense[] => [dense(columns, 'zeros'), dense(x.length, 'ones')];
    return values(gradientsOf(layers(), filled(rows, 1), repeated(x, rows), rows)[1] as Tensor);
  },
  wanted: (x) => new Float64Array(columns).fill(-2 * rows * scaledSum(x, x.length)),
  scale: (x) => 2 * rows * magnitudes(x),
});

const ofKernel: Product = (rows, columns) => ({
  title: `gradient of a kernel, [n, ${rows}]' [n, ${columns}]`,
  found: (x) => {
    const y = made(columns * x.length, (i) => x[Math.floor(i / columns)] as number);
    return values(gradientsOf([dense(columns, 'zeros')], filled(rows * x.length, 1), y, x.length)[0] as Tensor);
  },
  wanted: (x) => new Float64Array(rows * columns).fill(-2 * scaledSum(x, columns)),
  scale: (x) => 2 * magnitudes(x),
});

/** Of what the targets are as single precision, less the width that they were multiplied by. */
function scaledSum(x: Float32Array, width: number): number {
  return sum(
    x.map((value) => value * width),
    (value) => value / width,
  );
}

export const PRODUCT_CASES: readonly AccuracyCase[] = [forward, ofInputs, ofKernel].flatMap((product) =>
  SHAPES.map(([rows, columns]) => ({
    kernel: 'matrix products',
    most: Math.min(2 ** 18, Math.floor(ROOM / (rows * columns))),
    ...product(rows, columns),
  })),
);
