import * as gemsbok from 'gemsbok';
import {
  Dense,
  Dice,
  Input,
  Loss,
  Masking,
  type Metric,
  Model,
  metrics,
  Precision,
  SGD,
  SparseCategoricalCrossentropy,
  setThreads,
  Tensor,
} from 'gemsbok';
import t from 'tap';
import { asNd, near } from './helpers/near';
import { sequence } from './helpers/numbers';
import { CASES, FEATURES, type MaskCase, ROWS, STEPS, samples } from './masks.cases';
import { lossCompute } from './oracle/losses';
import { dense, type Masked, masking } from './oracle/masks';
import { at, full, type Nd, nd, sizeOf } from './oracle/ndarray';
import { slopes } from './oracle/training';

type Logs = Readonly<Record<string, number>>;

const dataOf = ({ shape, data }: Nd) => ({ shape, data: Float32Array.from(data) });
const one = <T>(values: readonly T[]): never => (values.length === 1 ? values[0] : values) as never;
const WEIGHTS = nd([ROWS, 1], [1, 0.5, 2, 0, 1, 3]);

/** Different numbers for all weights, above 0 where roots are drawn of them. */
function prepared({ make }: MaskCase): Model {
  const model = make();
  const variables = model.layers.flatMap((layer) => layer.variables);
  model.setWeights(
    variables.map(({ name, size, shape }, v) => ({
      data: Float32Array.from(sequence(size, 90 + v), (value) => (name.endsWith('variance') ? value + 1.5 : value)),
      shape: [...shape],
    })),
  );
  return model;
}

const weightsOf = (model: Model): Nd[] => model.getWeights().map(asNd);

function targetsFor({ x }: Masked): Nd {
  return nd(x.shape, sequence(x.data.length, 30));
}

function lossOf({ x, mask }: Masked, y: Nd, reduction = 'sum_over_batch_size', sampleWeight: Nd | null = null): number {
  return at(lossCompute('MeanSquaredError', {}, y, x, { mask, reduction, sampleWeight }).data, 0);
}

t.test('predictions, losses and gradients are those of the oracle, in inference and in training', async (t) => {
  for (const one_case of CASES) {
    const { name, x, forward } = one_case;
    const model = prepared(one_case);
    const weights = weightsOf(model);
    const predicted = forward(weights, x, false);
    const y = targetsFor(predicted);
    near(t, model.predictSync(one(x.map(dataOf))) as Tensor, predicted.x, 1e-5, `${name}: predictions`);
    model.compile({ loss: 'mse', optimizer: 'sgd' });
    const logs = (await model.testOnBatch(one(x.map(dataOf)), dataOf(y))) as Logs;
    near(t, logs.loss as number, lossOf(predicted, y), 1e-5, `${name}: loss in inference`);
    const loss = (moved: readonly Nd[]): number => lossOf(forward(moved, x, true), y);
    const found = model.lossAndGradients(one(x.map(dataOf)), dataOf(y));
    near(t, found.loss, loss(weights), 1e-5, `${name}: loss in training`);
    const variables = model.layers.flatMap((layer) => layer.variables);
    const trained = model.layers.flatMap((layer) =>
      layer.trainable ? layer.variables.filter((v) => v.trainable) : [],
    );
    for (const [i, variable] of trained.entries()) {
      const wanted = slopes(loss, weights, variables.indexOf(variable));
      near(t, found.gradients[i] as Tensor, wanted, 2e-4, `${name}: gradient of ${variable.name}`);
    }
  }
});

t.test('the same bits for every number of threads', async (t) => {
  for (const one_case of CASES) {
    const seen = new Set<string>();
    const y = targetsFor(one_case.forward(weightsOf(prepared(one_case)), one_case.x, false));
    for (const threads of [1, 2, 3, 8]) {
      setThreads(threads);
      const model = prepared(one_case);
      model.compile({ loss: 'mse', optimizer: 'adam', metrics: ['mae'] });
      const options = { batchSize: 4, epochs: 3, seed: 3, verbose: 0 } as const;
      const { history } = await model.fit(one(one_case.x.map(dataOf)), dataOf(y), options);
      const logs = await model.evaluate(one(one_case.x.map(dataOf)), dataOf(y), { batchSize: 5 });
      seen.add(JSON.stringify([history, logs, model.getWeights().map(({ data }) => [...data])]));
    }
    t.equal(seen.size, 1, one_case.name);
  }
  setThreads(2);
});

/** Masking and Dense, and what it gives by the oracle. */
function plain(x: Nd): { model: Model; predicted: Masked } {
  const source = new Input({ shape: x.shape.slice(1) });
  const model = new Model({ inputs: source, outputs: new Dense({ units: 3 }).apply(new Masking().apply(source)) });
  // Above 0, as a quotient of sums may not be near 0.
  const weights = [nd([FEATURES, 3], sequence(9, 70)), nd([3], [2, 1.5, 1])];
  model.setWeights(weights.map(dataOf));
  const [kernel, bias] = weightsOf(model) as [Nd, Nd];
  return { model, predicted: dense(masking(x, 0), kernel, bias) };
}

const REDUCTIONS = ['sum_over_batch_size', 'sum', 'mean_with_sample_weight'] as const;
const LOSSES = {
  MeanSquaredError: gemsbok.MeanSquaredError,
  Hinge: gemsbok.Hinge,
  CosineSimilarity: gemsbok.CosineSimilarity,
  Dice,
  Tversky: gemsbok.Tversky,
  Circle: gemsbok.Circle,
};

t.test('losses of all reductions, with weights of samples', async (t) => {
  const given = [{}, { sampleWeight: Float32Array.from(WEIGHTS.data) }];
  const rows = Object.entries(LOSSES).flatMap(([name, Class]) =>
    [[FEATURES], [STEPS, FEATURES], [2, 2, FEATURES]].flatMap((shape) =>
      REDUCTIONS.flatMap((reduction) => given.map((options) => ({ name, Class, shape, reduction, options }))),
    ),
  );
  for (const { name, Class, shape, reduction, options } of rows) {
    const isCircle = Class === gemsbok.Circle;
    if (isCircle && shape.length > 1) continue;
    const x = nd([ROWS, ...shape], samples(4).data.slice(0, ROWS * sizeOf(shape)));
    const { model, predicted } = plain(x);
    const shares = nd(predicted.x.shape, targetsFor(predicted).data.map(Math.abs));
    const y = isCircle ? nd([ROWS], [0, 1, 0, 1, 2, 2]) : shares;
    model.compile({ loss: new Class({ reduction }), optimizer: 'sgd' });
    const perRow = nd([ROWS, ...shape.slice(2).map(() => 1), ...(shape.length > 1 ? [1] : [])], WEIGHTS.data);
    const sampleWeight = 'sampleWeight' in options ? perRow : null;
    const wanted = lossCompute(name, {}, y, predicted.x, {
      mask: predicted.mask,
      reduction,
      sampleWeight,
      precision: 'float32',
    });
    const what = `${name} [${shape}] ${reduction}${sampleWeight === null ? '' : ', weighted'}`;
    const logs = (await model.testOnBatch(dataOf(x), dataOf(y), options)) as Logs;
    near(t, logs.loss as number, at(wanted.data, 0), 1e-5, what);
    near(
      t,
      model.lossAndGradients(dataOf(x), dataOf(y), options).loss,
      at(wanted.data, 0),
      1e-5,
      `${what}, in training`,
    );
  }
});

t.test('a class that is ignored, and a mask', async (t) => {
  const x = samples(5);
  const { model, predicted } = plain(x);
  const y = nd(
    [ROWS, STEPS],
    Array.from({ length: ROWS * STEPS }, (_, i) => i % 3),
  );
  model.compile({ loss: new SparseCategoricalCrossentropy({ fromLogits: true, ignoreClass: 2 }), optimizer: 'sgd' });
  const args = { from_logits: true, ignore_class: 2 };
  const wanted = lossCompute('SparseCategoricalCrossentropy', args, y, predicted.x, { mask: predicted.mask });
  near(t, model.lossAndGradients(dataOf(x), dataOf(y)).loss, at(wanted.data, 0), 1e-5, 'loss');
});

t.test('where nothing counts, the loss is 0 and nothing is learnt', async (t) => {
  const x = full([ROWS, STEPS, FEATURES], 0);
  const { model, predicted } = plain(x);
  for (const loss of ['mse', new Dice(), new SparseCategoricalCrossentropy({ fromLogits: true })] as const) {
    model.compile({ loss, optimizer: 'sgd', metrics: loss === 'mse' ? ['mae'] : [] });
    const sparse = loss instanceof SparseCategoricalCrossentropy;
    const y = sparse ? full([ROWS, STEPS], 1) : targetsFor(predicted);
    const { loss: value, gradients } = model.lossAndGradients(dataOf(x), dataOf(y));
    t.equal(value, 0);
    t.ok(gradients.every(({ data }) => data.every((slope) => slope === 0)));
    const logs = (await model.evaluate(dataOf(x), dataOf(y))) as Logs;
    t.ok(Object.values(logs).every((log) => log === 0));
  }
});

/** Of the mean over the entries that count, by weights. */
function meanError(
  predicted: Masked,
  y: Nd,
  masked: boolean,
  weights: Nd | null,
  error: (e: number) => number,
): number {
  let [total, count] = [0, 0];
  for (let step = 0; step < ROWS * STEPS; step++) {
    const kept = masked ? at(predicted.mask?.data ?? [], step) : 1;
    const weight = kept * (weights === null ? 1 : at(weights.data, Math.floor(step / STEPS)));
    for (let i = 3 * step; i < 3 * step + 3; i++)
      total += (weight * error(at(predicted.x.data, i) - at(y.data, i))) / 3;
    count += weight;
  }
  return total / count;
}

t.test('means count by the mask, and other metrics do not, as in Keras', async (t) => {
  const x = samples(6);
  const { model, predicted } = plain(x);
  const y = targetsFor(predicted);
  const square = (e: number): number => e ** 2;
  const compiled: { metrics: Metric[]; weightedMetrics: Metric[] } = {
    metrics: [new metrics.MeanAbsoluteError(), new metrics.RootMeanSquaredError(), new Precision()],
    weightedMetrics: [new metrics.MeanSquaredError()],
  };
  model.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 0 }), ...(compiled as object) });
  const sampleWeight = Float32Array.from(WEIGHTS.data);
  const data = [dataOf(x), dataOf(y)] as const;
  const precision = new Precision();
  precision.updateState(dataOf(y), dataOf(predicted.x));
  const wanted: Logs = {
    mean_absolute_error: meanError(predicted, y, true, null, Math.abs),
    root_mean_squared_error: Math.sqrt(meanError(predicted, y, false, null, square)),
    precision: precision.result() as number,
    mean_squared_error: meanError(predicted, y, true, WEIGHTS, square),
  };
  const { history } = await model.fit(...data, { sampleWeight, batchSize: 4, epochs: 1, verbose: 0, shuffle: false });
  const ways: Readonly<Record<string, Logs>> = {
    fit: Object.fromEntries(Object.entries(history).map(([name, [value]]) => [name, Number(value)])),
    evaluate: (await model.evaluate(...data, { sampleWeight, batchSize: 5 })) as Logs,
    testOnBatch: (await model.testOnBatch(...data, { sampleWeight })) as Logs,
    trainOnBatch: (await model.trainOnBatch(...data, { sampleWeight })) as Logs,
  };
  for (const [way, logs] of Object.entries(ways)) {
    for (const [name, value] of Object.entries(wanted)) near(t, logs[name] as number, value, 1e-5, `${way}: ${name}`);
  }
});

t.test('a batch divides by what counts in it', async (t) => {
  const x = samples(7);
  const { model, predicted } = plain(x);
  const y = targetsFor(predicted);
  model.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 0 }) });
  const rows = ({ shape, data }: Nd, from: number, to: number): Nd => {
    const size = data.length / ROWS;
    return nd([to - from, ...shape.slice(1)], data.slice(from * size, to * size));
  };
  const part = (from: number, to: number): number => {
    const masked = { x: rows(predicted.x, from, to), mask: predicted.mask && rows(predicted.mask, from, to) };
    return lossOf(masked, rows(y, from, to));
  };
  const wanted = (4 * part(0, 4) + 2 * part(4, 6)) / 6;
  const logs = (await model.evaluate(dataOf(x), dataOf(y), { batchSize: 4 })) as Logs;
  near(t, logs.loss as number, wanted, 1e-5, 'evaluate');
  const { history } = await model.fit(dataOf(x), dataOf(y), { batchSize: 4, epochs: 1, verbose: 0, shuffle: false });
  near(t, Number(history.loss?.[0]), wanted, 1e-5, 'fit');
});

type Floats = Parameters<Loss['call']>[0];

/** The squared error, computed in JavaScript. */
class Squares extends Loss {
  constructor() {
    super({}, [], 'squares');
  }

  override call(yTrue: Floats, yPred: Floats): Tensor {
    const values = Float32Array.from({ length: ROWS * STEPS }, (_, step) => {
      const errors = [0, 1, 2].map((i) => Number(yPred.data[3 * step + i]) - Number(yTrue.data[3 * step + i]));
      return errors.reduce((sum, error) => sum + error ** 2, 0) / 3;
    });
    return new Tensor(values, [ROWS, STEPS]);
  }

  override valueAndGradientOf(yTrue: Floats, yPred: Floats): { value: Tensor; gradient: Tensor } {
    const gradient = Float32Array.from(yPred.data, (value, i) => (2 * (Number(value) - Number(yTrue.data[i]))) / 3);
    return { value: this.call(yTrue, yPred), gradient: new Tensor(gradient, yPred.shape) };
  }
}

t.test('a loss in JavaScript gets the mask', async (t) => {
  const x = samples(8);
  const { model, predicted } = plain(x);
  const y = targetsFor(predicted);
  const options = { sampleWeight: Float32Array.from(WEIGHTS.data) };
  const found = [new Squares(), 'mse' as const].map((loss) => {
    model.compile({ loss, optimizer: 'sgd' });
    return model.lossAndGradients(dataOf(x), dataOf(y), options);
  });
  near(t, found[0]?.loss as number, lossOf(predicted, y, undefined, WEIGHTS), 1e-5, 'loss');
  for (const [i, gradient] of (found[1]?.gradients ?? []).entries()) {
    near(t, found[0]?.gradients[i] as Tensor, gradient, 1e-5, `gradient ${i}`);
  }
  model.compile({ loss: new Squares(), optimizer: 'sgd' });
  const logs = (await model.testOnBatch(dataOf(x), dataOf(y))) as Logs;
  near(t, logs.loss as number, lossOf(predicted, y), 1e-5, 'testOnBatch');
});
