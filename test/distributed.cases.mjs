// What processes do together, or one alone: mpirun -n 2 node distributed.cases.mjs WHAT, or all without WHAT. The first one
// prints a line of JSON for each case.
import * as g from 'gemsbok';
import { cover, families } from './distributed_families.cases.mjs';
import { optimizerOptions } from './distributed_optimizers.cases.mjs';
import { programs } from './distributed_programs.cases.mjs';
import { steps } from './distributed_steps.cases.mjs';
import { print } from './helpers/print.mjs';

const dist = await g.distributed.mpi({ timeout: Number(process.env.TIMEOUT ?? 60_000) });

const ROWS = 90;
const INPUTS = 4;
const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.sin(i * i));
const classes = Int32Array.from({ length: ROWS }, (_, row) => (row * row) % 3);
const weights = Float32Array.from({ length: ROWS }, (_, row) => (row % 5) / 2);
const spread = new g.Tensor(
  Float32Array.from({ length: ROWS * 3 }, (_, i) => 0.1 + 0.8 * ((i * 7) % 11) * 0.1),
  [ROWS, 3],
);
const given = new g.Tensor(x, [ROWS, INPUTS]);

const dense = (units, options = {}) => new g.Dense({ units, activation: 'tanh', ...options });
const net = (...layers) => new g.Sequential([new g.Input({ shape: [INPUTS] }), ...layers]);
const plain = () => net(dense(6), dense(3, { activation: 'softmax' }));
const classify = { optimizer: 'sgd', loss: 'sparse_categorical_crossentropy', metrics: ['acc'] };
/** 90 rows in batches of 32: the last one has 26, which neither 3 nor 4 divide. */
const FIT = { batchSize: 32, epochs: 4, verbose: 0, seed: 3, distributed: dist };

/** Which table of cases. */
let what = '';
const report = (name, result) => {
  if (dist.isMain) print(JSON.stringify({ what, name, ...result }));
};

/** Whether all processes have the same bits. */
async function isSame(values) {
  const first = await dist.broadcast(Float32Array.from(values));
  const differs = first.some((value, i) => !Object.is(value, Math.fround(values[i])));
  const [sum] = await dist.allreduce(Float64Array.of(differs ? 1 : 0));
  return sum === 0;
}

/** The layers, losses and optimizers that were trained. */
const trained = [];

async function train(name, model, y, { compile = classify, data = given, fit = {} } = {}) {
  model.compile(compile);
  trained.push(...model.layers, model.optimizer, ...[compile.loss].flat());
  const { history } = await model.fit(data, y, { ...FIT, ...fit });
  const values = model.getWeights().flatMap((weight) => [...weight.data]);
  const evaluated = await model.evaluate(data, y, { distributed: dist, batchSize: 32 });
  const predicted = await model.predict(data, { distributed: dist });
  const outputs = [predicted].flat().flatMap((output) => [...output.data]);
  const same = await isSame([...values, ...outputs, ...Object.values(history).flat(2)]);
  report(name, { same, values, outputs, history, evaluated });
  return values;
}

/** Those of a family that can be made without options. */
function* makeable(namespace, base) {
  for (const [name, type] of Object.entries(namespace)) {
    if (typeof type !== 'function' || !(type.prototype instanceof base)) continue;
    try {
      yield [name, new type()];
    } catch {}
  }
}

const TOOLS = { dist, train, report, isSame, net, dense, plain, given, classes, weights, spread, classify, FIT };
const WHAT = {
  ...families(TOOLS),
  ...programs(TOOLS),
  ...optimizerOptions(TOOLS),
  ...steps(TOOLS),
  async optimizers() {
    for (const [name, optimizer] of makeable(g.optimizers, g.Optimizer)) {
      await train(`optimizer ${name}`, plain(), classes, { compile: { ...classify, optimizer } });
    }
    const optimizer = new g.AdamW({ learningRate: 0.05, weightDecay: 0.2 });
    optimizer.excludeFromWeightDecay({ varNames: ['bias'] });
    await train('weights that do not decay', plain(), classes, { compile: { ...classify, optimizer } });
  },
  async losses() {
    for (const [name, loss] of makeable(g.losses, g.Loss)) {
      const isSparse = /^Sparse/.test(name);
      const model = net(dense(6), dense(3, { activation: 'sigmoid' }));
      try {
        model.compile({ optimizer: 'sgd', loss });
        model.lossAndGradients(given, isSparse ? classes : spread);
      } catch {
        continue;
      }
      const options = {
        compile: {
          optimizer: new g.SGD({ learningRate: 0.01 }),
          loss,
          metrics: isSparse ? [] : ['mae', 'cosine_similarity'],
        },
      };
      await train(`loss ${name}`, model, isSparse ? classes : spread, { ...options, fit: { epochs: 2 } });
      const fit = { epochs: 2, sampleWeight: weights };
      await train(`weighted loss ${name}`, net(dense(3, { activation: 'sigmoid' })), isSparse ? classes : spread, {
        ...options,
        fit,
      });
    }
  },
  async layers() {
    const end = () => dense(3, { activation: 'softmax' });
    const nets = {
      Dropout: () => net(dense(6), new g.Dropout({ rate: 0.4 }), end()),
      AlphaDropout: () => net(dense(6), new g.AlphaDropout({ rate: 0.4 }), end()),
      GaussianNoise: () => net(dense(6), new g.GaussianNoise({ stddev: 0.3 }), end()),
      GaussianDropout: () => net(dense(6), new g.GaussianDropout({ rate: 0.3 }), end()),
      BatchNormalization: () => net(dense(6), new g.BatchNormalization(), end()),
      'BatchNormalization first': () =>
        net(new g.BatchNormalization({ momentum: 0.5 }), dense(4), new g.BatchNormalization(), end()),
      'BatchNormalization, frozen': () => net(dense(6), new g.BatchNormalization({ trainable: false }), end()),
      LayerNormalization: () => net(dense(6), new g.LayerNormalization(), end()),
      PReLU: () => net(dense(6), new g.PReLU(), end()),
      ActivityRegularization: () => net(dense(6), new g.ActivityRegularization({ l1: 0.01, l2: 0.02 }), end()),
      regularizers: () => net(dense(6, { kernelRegularizer: 'l1l2', activityRegularizer: 'l2' }), end()),
      constraints: () => net(dense(6, { kernelConstraint: 'max_norm' }), end()),
    };
    for (const [name, make] of Object.entries(nets)) {
      await train(name, make(), classes, { fit: { validationSplit: 0.2 } });
      await train(`${name}, weighted`, make(), classes, { fit: { sampleWeight: weights, stepsPerEpoch: 2 } });
    }
    const local = net(dense(6), new g.BatchNormalization({ synchronized: false }), end());
    local.compile(classify);
    await local.fit(given, classes, FIT);
    report('synchronized: false', { same: await isSame(local.getWeights().flatMap((weight) => [...weight.data])) });
    const steps = new g.Tensor(
      x.map((value, i) => (i % 7 === 0 ? 0 : value)),
      [ROWS, INPUTS, 1],
    );
    const masked = new g.Sequential([
      new g.Input({ shape: [INPUTS, 1] }),
      new g.Masking({ maskValue: 0 }),
      dense(3),
      new g.BatchNormalization(),
      dense(1),
    ]);
    await train('masks', masked, new g.Tensor(x, [ROWS, INPUTS, 1]), {
      data: steps,
      compile: { optimizer: 'sgd', loss: 'mse' },
    });
    const indices = new g.Tensor(
      x.map((_, i) => (i * 3) % 10),
      [ROWS, INPUTS],
    );
    const embedding = net(new g.Embedding({ inputDim: 10, outputDim: 3 }), new g.Flatten(), end());
    await train('Embedding', embedding, classes, { data: indices });
  },
  async compile() {
    const metrics = [
      'acc',
      new g.AUC({ multiLabel: true, numLabels: 3 }),
      'precision',
      new g.F1Score(),
      'categorical_crossentropy',
    ];
    const oneHot = g.toCategorical(classes, 3);
    const categorical = { optimizer: 'adam', loss: 'categorical_crossentropy' };
    await train('metrics', plain(), oneHot, { compile: { ...categorical, metrics }, fit: { sampleWeight: weights } });
    const weighted = { ...categorical, metrics: ['acc'], weightedMetrics: ['acc', 'mse'] };
    await train('weighted metrics', plain(), oneHot, { compile: weighted, fit: { sampleWeight: weights } });
    await train('class weights', plain(), classes, {
      fit: { classWeight: { 0: 2, 1: 0.5 }, validationData: [given, classes] },
    });
    const input = new g.Input({ shape: [INPUTS] });
    const hidden = dense(5).apply(input);
    const ends = [dense(3, { activation: 'softmax', name: 'kind' }), dense(2, { name: 'size' })];
    const two = new g.Model({ inputs: input, outputs: ends.map((end) => end.apply(hidden)) });
    const loss = ['sparse_categorical_crossentropy', 'mse'];
    const targets = [classes, new g.Tensor(x.slice(0, ROWS * 2), [ROWS, 2])];
    await train('two outputs', two, targets, { compile: { optimizer: 'adam', loss, lossWeights: [1, 0.3] } });
    const own = (yTrue, yPred) => g.losses.meanSquaredError(yTrue, yPred);
    await train('a metric of the caller', plain(), oneHot, {
      compile: { ...categorical, metrics: [(a, b) => own(a, b)] },
    });
    await train('whole batches', plain(), oneHot, { compile: { optimizer: 'sgd', loss: 'dice', metrics: ['acc'] } });
    const schedule = new g.CosineDecay({ initialLearningRate: 0.1, decaySteps: 20 });
    await train('a schedule', plain(), classes, {
      compile: { ...classify, optimizer: new g.SGD({ learningRate: schedule }) },
    });
    const long = { ...classify, optimizer: new g.SGD({ learningRate: 0.05, momentum: 0.9 }) };
    await train('200 steps', plain(), classes, { compile: long, fit: { batchSize: 9, epochs: 20 } });
    const callbacks = [
      new g.EarlyStopping({ monitor: 'loss', patience: 1, minDelta: 0.05 }),
      new g.ReduceLROnPlateau({ monitor: 'loss', patience: 1 }),
    ];
    await train('callbacks', plain(), classes, { fit: { epochs: 30, callbacks } });
  },
};

const asked = process.argv.slice(2);
for (const one of asked.length === 0 ? Object.keys(WHAT) : asked) {
  what = one;
  g.setRandomSeed(5);
  await WHAT[what]();
}
if (asked.length === 0) {
  cover(g.layers, g.Layer, trained, ['Input', 'InputLayer']);
  cover(g.losses, g.Loss, trained);
  cover(g.optimizers, g.Optimizer, trained);
}
await dist.close();
