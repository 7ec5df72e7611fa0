// Calls each verb many times; `node --log-maps test/helpers/many_calls.mjs CALLS` logs the hidden classes that V8 makes for them.
import {
  Adam,
  Dense,
  dataset,
  Input,
  L2,
  Loss,
  MaxNorm,
  MeanSquaredError,
  Metric,
  Optimizer,
  Sequential,
} from 'gemsbok';
import { Batcher } from 'gemsbok/serving';

const calls = Number(process.argv[2]);
const x = { data: new Float32Array(16).fill(0.5), shape: [2, 8] };
const y = { data: new Float32Array(8).fill(0.5), shape: [2, 4] };

class OwnLoss extends Loss {
  valueAndGradientOf(yTrue, { data, shape }) {
    const gradient = { data: data.map((value, i) => value - yTrue.data[i]), shape };
    return { value: gradient.data.reduce((sum, value) => sum + value ** 2 / 2, 0), gradient };
  }
}

class OwnOptimizer extends Optimizer {
  constructor() {
    super({ learningRate: 0.01 });
  }
  updateStep(gradient, values, slots, { learningRate }) {
    slots.m ??= new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) values[i] -= learningRate * gradient[i];
  }
}

class OwnMetric extends Metric {
  #calls = 0;
  updateState() {
    this.#calls++;
  }
  result() {
    return this.#calls;
  }
  resetState() {
    this.#calls = 0;
  }
}

function compiled(options, ...layers) {
  const model = new Sequential([new Input({ shape: [8] }), ...layers, new Dense({ units: 4 })]);
  model.compile({ advice: false, ...options });
  return model;
}

const native = compiled(
  { optimizer: 'adam', loss: 'mse', metrics: ['mae'] },
  new Dense({ units: 4, activation: 'relu' }),
);
const custom = compiled(
  { optimizer: new OwnOptimizer(), loss: new OwnLoss(), metrics: [new OwnMetric()] },
  new Dense({ units: 4, kernelConstraint: 'max_norm', kernelRegularizer: 'l2' }),
);
const nameless = { onTrainBatchEnd() {} };
const batcher = new Batcher(native);
const rows = dataset({ x, y }).batch(1);

const VERBS = {
  predictSync: (model) => model.predictSync(x),
  predict: (model) => model.predict(x),
  evaluate: (model) => model.evaluate(x, y, { verbose: 0 }),
  fit: (model) => model.fit(x, y, { verbose: 0 }),
  'fit, with all': (model) => {
    const given = { validationData: [x, y], sampleWeight: [1, 1], callbacks: nameless, batchSize: 1, epochs: 2 };
    return model.fit(x, y, { verbose: 0, ...given });
  },
  'fit a stream': (model) => model.fit(rows, { verbose: 0 }),
  'evaluate a stream': (model) => model.evaluate(rows, { verbose: 0 }),
  trainOnBatch: (model) => model.trainOnBatch(x, y),
  testOnBatch: (model) => model.testOnBatch(x, y),
  gradients: (model) => [model.lossAndGradients(x, y), model.inputGradients(x, y)],
  weights: (model) => model.setWeights(model.getWeights()),
};
const loss = new MeanSquaredError();
const ALONE = {
  'a loss': () => [loss.compute(y, y), loss.valueAndGradient(y, y), new MeanSquaredError()],
  'an optimizer': () => new Adam(),
  'a regularizer and a constraint': () => [new L2().compute(x), new MaxNorm().apply(y)],
  'a batcher': () => batcher.predict(new Float32Array(8)),
};

/** What the log is to show. */
const control = (i) => ({ ...{ first: i }, control: i });

for (let i = 0; i < calls; i++) control(i);
for (const call of Object.values(ALONE)) for (let i = 0; i < calls; i++) await call();
for (const model of [native, custom]) {
  for (const call of Object.values(VERBS)) for (let i = 0; i < calls; i++) await call(model);
}
