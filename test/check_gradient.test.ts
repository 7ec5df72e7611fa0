import { checkGradient, Huber, Loss, type losses, MeanSquaredError, type Tensor, type ValueAndGradient } from 'gemsbok';
import t from 'tap';
import { LOSS_CASES, makeLoss, Random, titleOf } from './losses.cases';

type Floats = Tensor<Float32Array | Float64Array>;

/** Half the squared error of vectors of one element, with a factor in its gradient. */
function halfSquare(factor: number) {
  return (yTrue: Floats, yPred: Floats) => {
    const errors = Array.from(yPred.data, (p, i) => p - (yTrue.data[i] ?? 0));
    return { value: errors.map((error) => error ** 2 / 2), gradient: errors.map((error) => [factor * error]) };
  };
}

t.test('every loss has the gradient of its values', async (t) => {
  for (const row of LOSS_CASES) {
    const { yTrue, yPred } = row.data([5, 4], new Random(4));
    const { maxError, gradient, numeric } = checkGradient(makeLoss(row.name, row.args), yTrue, yPred);
    t.ok(maxError < 1e-6, `${titleOf(row)}: ${maxError}`);
    t.strictSame([gradient.shape, numeric.shape], [yPred.shape, yPred.shape]);
  }
});

t.test('a wrong gradient is found', async (t) => {
  const [yTrue, yPred] = [
    [[1], [1], [1]],
    [[1.5], [3], [0]],
  ];
  t.ok(checkGradient(halfSquare(1), yTrue, yPred).maxError < 1e-8);
  const { maxError, index, gradient, numeric } = checkGradient(halfSquare(2), yTrue, yPred);
  // A mean of three: slopes of 2 / 3, where the loss says 4 / 3.
  t.ok(Math.abs(maxError - 2 / 3) < 1e-8);
  t.equal(index, 1);
  t.ok(Math.abs(Number(gradient.data[1]) - 2 * Number(numeric.data[1])) < 1e-8);
  const broken = checkGradient(halfSquare(Number.NaN), yTrue, yPred);
  t.strictSame([broken.maxError, broken.index], [Number.NaN, 0]);
});

t.test('a loss that keeps float32 has its gradient too, and a wrong one is found', async (t) => {
  type Values = ArrayLike<number>;
  const floats = (length: number, value: (i: number) => number): Float32Array =>
    Float32Array.from({ length }, (_, i) => value(i));
  /** Each rounds somewhere else: what goes in, what comes out, or every step. */
  const kept: Readonly<Record<string, (factor: number) => losses.CustomLossFunction>> = {
    'arrays of floats': (factor) => (yTrue: Floats, yPred: Floats) => {
      const error = floats(yPred.data.length, (i) => (yPred.data[i] ?? 0) - (yTrue.data[i] ?? 0));
      return {
        value: { data: error.map((e) => e * e), shape: yPred.shape },
        gradient: { data: error.map((e) => factor * 2 * e), shape: yPred.shape },
      };
    },
    'floats in, doubles out': (factor) => (yTrue: Floats, yPred: Floats) => {
      const p: Values = floats(yPred.data.length, (i) => yPred.data[i] ?? 0);
      const value = Array.from(p, (one, i) => Math.exp(one) * (yTrue.data[i] ?? 0));
      const gradient = { data: Float64Array.from(value, (one) => factor * one), shape: yPred.shape };
      return { value: { data: Float64Array.from(value), shape: yPred.shape }, gradient };
    },
    'rounded by hand': (factor) => (yTrue: Floats, yPred: Floats) => {
      const value = Array.from(yPred.data, (p, i) => Math.fround(-Math.fround(Math.log(p)) * (yTrue.data[i] ?? 0)));
      const gradient = Array.from(yPred.data, (p, i) => (-factor * (yTrue.data[i] ?? 0)) / p);
      return {
        value: { data: Float64Array.from(value), shape: yPred.shape },
        gradient: { data: Float64Array.from(gradient), shape: yPred.shape },
      };
    },
  };
  const [yTrue, yPred] = [
    Array.from({ length: 40 }, (_, i) => 1 + (i % 3)),
    Array.from({ length: 40 }, (_, i) => 0.11 + i / 17),
  ];
  for (const [what, make] of Object.entries(kept)) {
    for (const reduction of ['sum', 'sum_over_batch_size'] as const) {
      class Kept extends Loss<losses.ReductionName> {
        readonly #factor: number;
        constructor(factor: number) {
          super({ reduction });
          this.#factor = factor;
        }
        override valueAndGradientOf(truth: Tensor<Float32Array>, prediction: Tensor<Float32Array>): ValueAndGradient {
          return make(this.#factor)(truth, prediction) as ValueAndGradient;
        }
      }
      const right = checkGradient(new Kept(1), yTrue, yPred);
      t.ok(right.maxError < 1e-3, `${what}, ${reduction}: ${right.maxError}`);
      const { maxError } = checkGradient(new Kept(1.5), yTrue, yPred);
      t.ok(maxError > 10 * right.maxError, `${what}, ${reduction}, wrong: ${maxError}`);
    }
  }
});

t.test('weights, masks and steps', async (t) => {
  const yTrue = [
    [1, 2],
    [0, 1],
  ];
  const yPred = [
    [2.5, 4],
    [1.5, 0.5],
  ];
  for (const options of [{ sampleWeight: [2, 5] }, { mask: [true, false] }, { step: 1e-4 }]) {
    t.ok(checkGradient(new Huber({ reduction: 'sum' }), yTrue, yPred, options).maxError < 1e-6);
  }
  t.ok(checkGradient('mse', yTrue, yPred).maxError < 1e-6, 'by name');
  t.ok(checkGradient(MeanSquaredError, yTrue, yPred).maxError < 1e-6, 'by class');
  const before = Float64Array.of(2, 4);
  checkGradient('mse', [1, 2], before);
  t.strictSame(before, Float64Array.of(2, 4), 'predictions stay as they are');
});

t.test('what cannot be checked', async (t) => {
  class Values extends Loss {
    override call(_yTrue: Floats, yPred: Floats): Floats {
      return yPred;
    }
  }
  t.throws(() => checkGradient(new Values(), [1], [1]), { code: 'ERR_UNSUPPORTED' });
  t.throws(() => checkGradient((_, yPred) => yPred, [1], [1]), { code: 'ERR_INVALID_ARG', message: /gradient/ });
  t.throws(() => checkGradient(null as never, [1], [1]), { code: 'ERR_INVALID_ARG' });
  t.throws(() => checkGradient('mse', [1], [1], { step: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => checkGradient('mse', [1], [1], { steps: 1 } as never), { code: 'ERR_INVALID_ARG', message: /`step`/ });
});
