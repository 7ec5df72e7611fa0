import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  Circle,
  Dice,
  Hinge,
  Loss,
  type losses,
  MeanSquaredError,
  type Tensor,
  tensor,
  type ValueAndGradient,
} from 'gemsbok';
import t from 'tap';
import { asNd, near } from './helpers/near';
import { LOSS_CASES, makeLoss, Random, titleOf, weightingsOf } from './losses.cases';
import { lossCompute, lossGradient } from './oracle/losses';
import type { Args } from './oracle/losses_common';
import { map, type Nd, nd } from './oracle/ndarray';

const random = new Random(3);
const shares = (shape: number[]): Nd => random.array(shape, () => random.between(0.1, 0.9));
const labels = (shape: number[]): Nd => random.array(shape, () => random.below(2));

/** Axes other than the last; with the shape of the predictions. */
const AXES: readonly (readonly [name: string, args: Args, shape: number[]])[] = [
  ['BinaryCrossentropy', { axis: 0 }, [4, 3]],
  ['BinaryFocalCrossentropy', { axis: 1 }, [2, 3, 4]],
  ['CategoricalCrossentropy', { axis: 1, label_smoothing: 0.1 }, [2, 3, 4]],
  ['CategoricalCrossentropy', { axis: -3, from_logits: true }, [2, 3, 4]],
  ['CategoricalFocalCrossentropy', { axis: 1 }, [2, 3, 4]],
  ['CosineSimilarity', { axis: 0 }, [5, 3]],
  ['CosineSimilarity', { axis: -2 }, [2, 3, 4]],
  ['Dice', { axis: 0 }, [4, 3]],
  ['Dice', { axis: [1, 2] }, [3, 2, 4]],
  ['Dice', { axis: [2, 0] }, [3, 2, 4]],
  ['Dice', { axis: [] }, [4, 3]],
  ['Tversky', { axis: [0, 1] }, [3, 2, 4]],
  ['Tversky', { axis: [-2], beta: 0.9 }, [3, 2, 4]],
  ['Tversky', { axis: null }, [6]],
];

t.test('values along any axis', async (t) => {
  for (const [name, args, shape] of AXES) {
    const [yTrue, yPred] = [labels(shape), shares(shape)];
    for (const reduction of ['sum_over_batch_size', 'none']) {
      const { value, gradient } = makeLoss(name, args, { reduction, dtype: 'float64' }).valueAndGradient(yTrue, yPred);
      const title = `${titleOf({ name, args })} [${shape}] ${reduction}`;
      near(t, value, lossCompute(name, args, yTrue, yPred, { reduction }), 1e-11, title);
      near(t, gradient, lossGradient(name, args, yTrue, yPred, { reduction }), 1e-6, `d ${title}`);
    }
  }
});

t.test('labels of 0 and 1 become -1 and 1 only where the whole array holds no other', async (t) => {
  // The last of all tells: wherever a batch might be cut, the others must know of it.
  const shape = [1 << 15, 3];
  const yPred = shares(shape);
  for (const name of ['Hinge', 'SquaredHinge']) {
    const loss = makeLoss(name, {}, { reduction: 'none' });
    const yTrue = labels(shape);
    near(t, loss.compute(yTrue, yPred), lossCompute(name, {}, yTrue, yPred, { reduction: 'none' }), 1e-5, name);
    yTrue.data[yTrue.data.length - 1] = 2;
    const wanted = lossCompute(name, {}, yTrue, yPred, { reduction: 'none' });
    near(t, loss.compute(yTrue, yPred), wanted, 1e-5, `${name} with a 2`);
  }
  t.strictSame(new Hinge().gradient([[1]], [[1]]).toArray(), [[-0.5]], 'half the slope at the margin');
});

t.test('targets and predictions broadcast as in Keras', async (t) => {
  for (const name of ['MeanSquaredError', 'Huber', 'KLDivergence', 'Hinge', 'CategoricalHinge', 'Tversky']) {
    for (const [a, b] of [
      [
        [4, 1],
        [4, 3],
      ],
      [
        [4, 3],
        [1, 3],
      ],
      [[3], [4, 3]],
      [[4, 1], [4]],
      [
        [4, 1, 3],
        [2, 3],
      ],
    ]) {
      const [yTrue, yPred] = [shares(a as number[]), shares(b as number[])];
      const { value, gradient } = makeLoss(name, {}, { dtype: 'float64' }).valueAndGradient(yTrue, yPred);
      near(t, value, lossCompute(name, {}, yTrue, yPred), 1e-11, `${name} [${a}] [${b}]`);
      near(t, gradient, lossGradient(name, {}, yTrue, yPred), 1e-6, `d ${name} [${a}] [${b}]`);
    }
  }
});

t.test('weights of a larger shape than the values', async (t) => {
  const [yTrue, yPred] = [shares([5]), shares([5])];
  for (const sampleWeight of [nd([3], [1, 2, 0.5]), nd([2, 1], [3, 1])]) {
    for (const reduction of ['sum_over_batch_size', 'sum', 'mean_with_sample_weight', 'none']) {
      const loss = makeLoss('MeanSquaredError', {}, { reduction, dtype: 'float64' });
      const { value, gradient } = loss.valueAndGradient(yTrue, yPred, { sampleWeight });
      const options = { reduction, sampleWeight };
      near(t, value, lossCompute('MeanSquaredError', {}, yTrue, yPred, options), 1e-11, reduction);
      near(t, gradient, lossGradient('MeanSquaredError', {}, yTrue, yPred, options), 1e-6, `d ${reduction}`);
    }
  }
  // Vectors are one sample: a weight for each element must not make a copy of all elements for each.
  const many = new Float32Array(100_000).fill(1);
  t.equal(new MeanSquaredError().compute(many, new Float32Array(100_000), { sampleWeight: many }), 1);
});

t.test('a list of alphas goes with the classes', async (t) => {
  for (const classes of [2, 7, 8, 9, 33]) {
    const alpha = [...shares([classes]).data];
    const [yTrue, yPred] = [labels([5, classes]), shares([5, classes])];
    for (const dtype of ['float32', 'float64'] as const) {
      const [value, gradient] = dtype === 'float32' ? [1e-5, 1e-4] : [1e-11, 1e-6];
      const both = makeLoss('CategoricalFocalCrossentropy', { alpha }, { dtype }).valueAndGradient(yTrue, yPred);
      const precision = { precision: dtype };
      const name = 'CategoricalFocalCrossentropy';
      near(t, both.value, lossCompute(name, { alpha }, yTrue, yPred, precision), value, `${classes}`);
      near(t, both.gradient, lossGradient(name, { alpha }, yTrue, yPred, precision), gradient, `d ${classes}`);
    }
  }
  const one = new CategoricalFocalCrossentropy({ alpha: [0.5] }).compute([[0, 1]], [[0.2, 0.8]]);
  t.equal(one, new CategoricalFocalCrossentropy({ alpha: 0.5 }).compute([[0, 1]], [[0.2, 0.8]]), 'one for all');
});

t.test('zeros of Circle do not count in the mean', async (t) => {
  const yTrue = [0, 0, 1];
  const yPred = [
    [1, 0],
    [0, 1],
    [0, 1],
  ];
  const each = new Circle({ reduction: 'none', gamma: 2 }).compute(yTrue, yPred).toArray() as number[];
  t.equal(each[2], 0);
  const mean = ((each[0] ?? 0) + (each[1] ?? 0)) / 2;
  near(t, new Circle({ gamma: 2 }).compute(yTrue, yPred), mean, 1e-6, 'mean');
  near(t, new Circle({ gamma: 2 }).compute([[0], [0], [1]], yPred), mean, 1e-6, 'labels (N, 1)');
});

t.test('empty batches', async (t) => {
  for (const row of LOSS_CASES) {
    const { name, args, width = 1, whole } = row;
    if (whole && !row.flat) continue;
    const { yTrue, yPred } = row.data([0, 2 * width], new Random(1));
    for (const reduction of ['sum', 'none', 'mean_with_sample_weight']) {
      const { value, gradient } = makeLoss(name, args, { reduction }).valueAndGradient(yTrue, yPred);
      t.strictSame(asNd(value), nd([0], []), `${name}, ${reduction}`);
      t.strictSame(asNd(gradient), nd([0, 2 * width], []), `d ${name}, ${reduction}`);
    }
  }
  t.equal(new Dice().compute(tensor([], { shape: [0, 3] }), tensor([], { shape: [0, 3] })), 1, 'no overlap');
});

t.test('inputs stay as they are', async (t) => {
  for (const row of LOSS_CASES) {
    const { yTrue, yPred } = row.data([6, 4], new Random(1));
    const before = [yTrue.data.slice(), yPred.data.slice()];
    const weights = { sampleWeight: new Float64Array(row.whole && !row.flat ? 1 : 6).fill(2) };
    makeLoss(row.name, row.args, { dtype: 'float64' }).valueAndGradient(yTrue, yPred, weights);
    t.strictSame([yTrue.data, yPred.data], before, titleOf(row));
  }
});

t.test('warnings of one class', async (t) => {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  for (const loss of [new CategoricalCrossentropy(), new CategoricalFocalCrossentropy()]) loss.compute([[1]], [[0.5]]);
  new BinaryCrossentropy().compute([[1]], [[0.5]]);
  await new Promise((resolve) => setImmediate(resolve));
  t.match(warnings, [/^CategoricalCrossentropy .*one class/, /^CategoricalFocalCrossentropy .*one class/]);
  t.equal(warnings.length, 2);
});

t.test('losses of your own', async (t) => {
  type Floats = Tensor<Float32Array | Float64Array>;
  class Values extends Loss {
    override call(yTrue: Floats, yPred: Floats): Nd {
      return map(nd([...yPred.shape], yPred.data), (p) => p - (yTrue.data[0] ?? 0));
    }
  }
  class Slopes extends Loss<losses.ReductionName> {
    readonly #inner = new MeanSquaredError();

    override valueAndGradientOf(yTrue: Floats, yPred: Floats): ValueAndGradient {
      return this.#inner.valueAndGradientOf(yTrue, yPred);
    }
  }
  t.equal(new Values().compute([1], [2, 4]), 2);
  t.throws(() => new Values().gradient([1], [2, 4]), { code: 'ERR_UNSUPPORTED', message: /valueAndGradientOf/ });
  for (const { what, shape, options } of weightingsOf({
    name: '',
    args: {},
    data: () => ({ yTrue: nd([0], []), yPred: nd([0], []) }),
  })) {
    const [yTrue, yPred] = [shares(shape), shares(shape)];
    for (const reduction of ['mean', 'sum', 'mean_with_sample_weight', 'none'] as const) {
      const common = { reduction, dtype: 'float64' } as const;
      const wanted = new MeanSquaredError(common).valueAndGradient(yTrue, yPred, options);
      const own = new Slopes(common).valueAndGradient(yTrue, yPred, options);
      near(t, own.value, wanted.value, 1e-14, `${reduction}, ${what}`);
      near(t, own.gradient, wanted.gradient, 1e-14, `d ${reduction}, ${what}`);
    }
  }
});
