import {
  BinaryCrossentropy,
  CategoricalFocalCrossentropy,
  Circle,
  Dense,
  Dice,
  GaussianNLL,
  getThreads,
  Hinge,
  Input,
  type losses,
  Sequential,
  SGD,
  setThreads,
  Tversky,
} from 'gemsbok';
import t from 'tap';
import { asNd, near } from './helpers/near';
import { LOSS_CASES, type LossCase, makeLoss, type Pair, Random, titleOf } from './losses.cases';
import { bits } from './models.cases';
import { map, type Nd, nd, sizeOf } from './oracle/ndarray';

/** More than one tile of a small model, and a tile that is not full. */
const ROWS = 1100;
const CASES = [...new Map(LOSS_CASES.map((row) => [row.name, row])).values(), ...LOSS_CASES.filter(isWhole)];

function isWhole({ whole }: LossCase): boolean {
  return whole === true;
}

function dataOf({ data, width = 1 }: LossCase, rows = ROWS, inner: number[] = []): Pair {
  return data([rows, ...inner, 4 * width], new Random(2));
}

/** A model whose outputs are its inputs, so that a loss gets just the predictions that it is made for. */
function identity(yPred: Nd, compile: Parameters<Sequential['compile']>[0]): Sequential {
  const size = yPred.shape.at(-1) ?? 1;
  const model = new Sequential([
    new Input({ shape: yPred.shape.slice(1) }),
    new Dense({ units: size, useBias: false }),
  ]);
  model.setWeights([Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)))]);
  model.compile(compile);
  return model;
}

/** Transposed x times gradient: the gradient of a kernel. */
function kernelGradient(x: Nd, gradient: Nd): Nd {
  const size = x.shape.at(-1) ?? 1;
  const rows = sizeOf(x.shape) / size;
  const result = nd([size, size], new Float64Array(size * size));
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < size * size; i++) {
      const [from, to] = [Math.floor(i / size), i % size];
      const sum = result.data[i] ?? 0;
      result.data[i] = sum + (x.data[r * size + from] ?? 0) * (gradient.data[r * size + to] ?? 0);
    }
  }
  return result;
}

function rowsOf(x: Nd, from: number, to: number): Nd {
  const size = sizeOf(x.shape.slice(1));
  return nd([to - from, ...x.shape.slice(1)], x.data.slice(from * size, to * size));
}

t.test('a model has the gradient of its loss', async (t) => {
  const sampleWeight = Float64Array.from({ length: ROWS }, (_, i) => 0.5 + (i % 3));
  for (const row of CASES) {
    const { yTrue, yPred } = dataOf(row);
    for (const reduction of ['sum_over_batch_size', 'sum', 'mean_with_sample_weight']) {
      for (const options of [{}, { sampleWeight }]) {
        const model = identity(yPred, { loss: makeLoss(row.name, row.args, { reduction }), lossWeights: 0.5 });
        const { loss, gradients } = model.lossAndGradients(yPred, yTrue, options);
        const exact = makeLoss(row.name, row.args, { reduction, dtype: 'float64' });
        const { value, gradient } = exact.valueAndGradient(yTrue, yPred, options);
        const title = `${titleOf(row)}, ${reduction}, ${Object.keys(options)}`;
        near(t, 2 * loss, Number(value), 1e-4, title);
        // A sum of many numbers is as exact as they are large.
        const slopes = asNd(gradient);
        const scale = slopes.data.reduce((largest, slope) => Math.max(largest, Math.abs(slope)), 1) * Math.sqrt(ROWS);
        const found = map(asNd(gradients[0] ?? Number.NaN), (slope) => (2 * slope) / scale);
        const wanted = map(kernelGradient(yPred, slopes), (slope) => slope / scale);
        near(t, found, wanted, 1e-5, `d ${title}`);
      }
    }
  }
});

t.test('outputs of several steps', async (t) => {
  for (const row of CASES.filter(({ flat }) => !flat)) {
    const { yTrue, yPred } = dataOf(row, 5, [3]);
    for (const reduction of ['sum_over_batch_size', 'sum', 'mean_with_sample_weight']) {
      for (const sampleWeight of [null, [1, 2, 0.5, 0, 3]]) {
        const model = identity(yPred, { loss: makeLoss(row.name, row.args, { reduction }) });
        const { loss } = model.lossAndGradients(yPred, yTrue, { sampleWeight });
        // A weight of a sample is that of all its steps; the loss of a whole batch has no steps.
        const steps = sampleWeight?.map((weight) => (row.whole ? weight : [weight])) ?? null;
        const wanted = makeLoss(row.name, row.args, { reduction }).compute(yTrue, yPred, { sampleWeight: steps });
        near(t, loss, wanted, 1e-5, `${titleOf(row)}, ${reduction}, ${sampleWeight}`);
      }
    }
  }
});

t.test('outputs of one number each', async (t) => {
  const yPred = [0.2, 0.7, 0.5];
  const yTrue = [1, 0, 1];
  for (const [name, wanted] of [
    ['mse', (0.64 + 0.49 + 0.25) / 3],
    ['mae', (0.8 + 0.7 + 0.5) / 3],
    ['binary_crossentropy', -(Math.log(0.2) + Math.log(0.3) + Math.log(0.5)) / 3],
  ] as const) {
    const model = new Sequential([new Input({ shape: [] })]);
    model.compile({ loss: name, metrics: ['mse'] });
    const { loss, mse } = await model.evaluate(yPred, yTrue, { batchSize: 2 });
    near(t, loss ?? 0, wanted, 1e-6, name);
    near(t, mse ?? 0, (0.64 + 0.49 + 0.25) / 3, 1e-6, `${name}: metric`);
  }
});

t.test('a label of the last tile tells what those of the first mean', async (t) => {
  for (const row of CASES.filter(({ name }) => name === 'Hinge' || name === 'SquaredHinge')) {
    const { yTrue, yPred } = dataOf(row);
    const yTwo = map(yTrue, (label) => Math.max(label, 0));
    yTwo.data[yTwo.data.length - 1] = 2;
    const loss = makeLoss(row.name, row.args);
    const model = identity(yPred, { loss });
    const wanted = loss.compute(yTwo, yPred);
    t.ok(Math.abs((wanted as number) - Number(loss.compute(yTrue, yPred))) > 0.01, 'it matters');
    near(t, model.lossAndGradients(yPred, yTwo).loss, wanted, 1e-5, row.name);
    near(t, (await model.evaluate(yPred, yTwo, { batchSize: ROWS })).loss ?? Number.NaN, wanted, 1e-5, row.name);
  }
});

t.test('evaluate weighs the losses of the batches by their sizes', async (t) => {
  const batchSize = 300;
  for (const row of CASES) {
    const { yTrue, yPred } = dataOf(row);
    const loss = makeLoss(row.name, row.args);
    let sum = 0;
    for (let from = 0; from < ROWS; from += batchSize) {
      const to = Math.min(ROWS, from + batchSize);
      sum += (to - from) * Number(loss.compute(rowsOf(yTrue, from, to), rowsOf(yPred, from, to)));
    }
    const found = await identity(yPred, { loss }).evaluate(yPred, yTrue, { batchSize });
    near(t, found.loss ?? Number.NaN, sum / ROWS, 1e-5, titleOf(row));
  }
});

t.test('the same bits for every number of threads', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  for (const row of CASES) {
    const { yTrue, yPred } = dataOf(row);
    const trained: number[][] = [];
    for (const threads of [1, 3]) {
      setThreads(threads);
      const loss = makeLoss(row.name, row.args);
      const model = identity(yPred, { loss, optimizer: new SGD({ learningRate: 1e-3 }) });
      await model.fit(yPred, yTrue, { batchSize: ROWS, epochs: 2, verbose: 0, seed: 1 });
      trained.push(bits(model));
    }
    t.strictSame(trained[1], trained[0], titleOf(row));
  }
});

t.test('what cannot be trained with', async (t) => {
  const compiled = (loss: losses.AnyLoss, shape: number[]): Sequential =>
    identity(nd(shape, new Float64Array(sizeOf(shape))), { loss });
  const x = (shape: number[]): Nd => nd(shape, new Float64Array(sizeOf(shape)));
  const refused = (loss: losses.AnyLoss, y: number[], shape: number[], code: string): void => {
    t.throws(() => compiled(loss, shape).lossAndGradients(x(shape), x(y)), { code }, loss.name);
  };
  refused(new BinaryCrossentropy({ axis: 0 }), [4, 3], [4, 3], 'ERR_UNSUPPORTED');
  refused(new Dice({ axis: 0 }), [4, 3], [4, 3], 'ERR_UNSUPPORTED');
  refused(new Tversky({ axis: [1, 2] }), [4, 2, 3], [4, 2, 3], 'ERR_UNSUPPORTED');
  refused(new Circle(), [4, 2], [4, 2, 3], 'ERR_SHAPE_MISMATCH');
  refused(new GaussianNLL(), [4, 3], [4, 3], 'ERR_SHAPE_MISMATCH');
  refused(new CategoricalFocalCrossentropy({ alpha: [1, 2] }), [4, 3], [4, 3], 'ERR_SHAPE_MISMATCH');
  t.throws(() => compiled(new Hinge({ reduction: 'none' }), [4, 3]), { code: 'ERR_UNSUPPORTED' });
  t.throws(() => compiled(new Hinge({ dtype: 'float64' }), [4, 3]), { code: 'ERR_UNSUPPORTED' });
  const model = identity(x([4, 2]), { loss: new GaussianNLL(), metrics: ['mae'] });
  t.throws(() => model.lossAndGradients(x([4, 2]), x([4, 1])), { code: 'ERR_SHAPE_MISMATCH', message: /metric/ });
});
