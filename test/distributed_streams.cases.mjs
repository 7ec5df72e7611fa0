// Streams of which each process reads its part: mpirun -n 2 node distributed_streams.cases.mjs FOLDER, or one process for so many:
// node distributed_streams.cases.mjs FOLDER 2. Each writes a file, RANK.json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as g from 'gemsbok';

const [, , folder, count = '1'] = process.argv;
const dist = await g.distributed.mpi({ timeout: 60_000 });
/** What 2 and 3 divide: processes read the rows of the whole batches of one. */
const BATCH = 6;
const INPUTS = 4;
const rows = Array.from({ length: 20 }, (_, i) => ({
  x: Float32Array.from({ length: INPUTS }, (_, k) => Math.sin(i * i + k)),
  y: Math.cos(i),
  sampleWeight: (i % 4) / 2,
}));
const unweighted = rows.map(({ x, y }) => ({ x, y }));
const shard = (source) => (source instanceof g.Dataset ? source : g.dataset(source)).shard(dist.rank, dist.size);
/** All rows are the first one's: one process has the batches that it reads. */
const firstOnly = (source) => g.dataset(dist.isMain ? source : []);

async function* endless() {
  for (let i = 0; ; i++) yield rows[i % rows.length];
}

function makeModel(...layers) {
  const model = new g.Sequential([
    new g.Input({ shape: [INPUTS] }),
    new g.Dense({ units: 5, activation: 'tanh' }),
    ...layers,
    new g.Dense({ units: 1 }),
  ]);
  model.compile({
    optimizer: new g.SGD({ learningRate: 0.1, momentum: 0.9 }),
    loss: 'mse',
    metrics: ['mae'],
    weightedMetrics: ['mse'],
  });
  return model;
}

/** Trained by the stream; the batches of all processes that one alone has, where they are not BATCH. */
async function fit(data, options = {}, model = makeModel()) {
  const steps = [];
  const callbacks = { onTrainBatchEnd: (batch) => void steps.push(batch), onEpochEnd: () => void steps.push('end') };
  const { history } = await model.fit(data, {
    batchSize: BATCH,
    epochs: 3,
    verbose: 0,
    distributed: dist,
    callbacks,
    ...options,
  });
  return { steps, history, weights: model.getWeights().map(({ data }) => [...data]) };
}

/** What one process reads of a batch where it alone reads; one process for all is told how many they are. */
const PART = dist.size === 1 ? BATCH / Number(count) : BATCH;

const CASES = {
  'uneven ends': () => fit(shard(unweighted)),
  weighted: () => fit(shard(rows)),
  'a last batch of one row': () => fit(shard(rows.slice(0, 13))),
  'fewer rows than processes': () => fit(shard(rows.slice(0, 1))),
  normalized: () => fit(shard(rows), {}, makeModel(new g.BatchNormalization())),
  'normalized, diverging': () => {
    const model = makeModel(new g.BatchNormalization());
    model.optimizer.learningRate = 1e30;
    return fit(shard(unweighted), {}, model);
  },
  'an endless stream': () => fit(shard(endless), { stepsPerEpoch: 4 }),
  'a stream that repeats': () => fit(shard(g.dataset(unweighted).repeat()), { stepsPerEpoch: 5 }),
  'an empty part': () => fit(firstOnly(rows), { batchSize: PART }),
  'an empty part of a stream that is read once': () => fit(firstOnly(rows.values()), { batchSize: PART, epochs: 1 }),
  'an empty part for steps': () => fit(firstOnly(rows).repeat(), { batchSize: PART, stepsPerEpoch: 4 }),
  'an empty part, normalized': () => fit(firstOnly(rows), { batchSize: PART }, makeModel(new g.BatchNormalization())),
  'to validate by': () => fit(shard(rows), { validationData: shard(rows.slice(3)) }),
  'steps to validate by': () => fit(shard(rows), { validationData: shard(endless), validationSteps: 2 }),
  'an empty part to validate by': () => fit(shard(rows), { validationData: firstOnly(rows.slice(3)) }),
  'a stream to validate arrays by': () => {
    const x = new g.Tensor(Float32Array.from(rows.flatMap((row) => [...row.x])), [rows.length, INPUTS]);
    const model = makeModel();
    const y = rows.map(({ y }) => y);
    return model
      .fit(x, y, {
        batchSize: BATCH,
        epochs: 2,
        verbose: 0,
        seed: 1,
        distributed: dist,
        validationData: shard(rows.slice(0, 1)),
      })
      .then(({ history }) => ({ history, weights: model.getWeights().map(({ data }) => [...data]) }));
  },
  'a model that its data build': () => {
    const model = new g.Sequential([new g.Dense({ units: 1, kernelInitializer: 'ones' })]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    return fit(firstOnly(rows), { batchSize: PART }, model);
  },
  async evaluate() {
    const model = makeModel();
    const evaluated = [];
    for (const data of [shard(rows), shard(unweighted), shard(rows.slice(0, 1)), firstOnly(rows)]) {
      evaluated.push(await model.evaluate(data, { batchSize: BATCH, distributed: dist }));
    }
    evaluated.push(await model.evaluate(shard(endless), { batchSize: BATCH, steps: 3, distributed: dist }));
    return { evaluated };
  },
  async predict() {
    const outputs = await makeModel().predict(shard(unweighted.slice(0, dist.size + 1)), { distributed: dist });
    const none = await makeModel().predict(firstOnly(unweighted.slice(0, 2)), { distributed: dist });
    const counts = await dist.allreduce(Float64Array.of(outputs.shape[0], none.shape[0]));
    return { counts: [counts[0] - dist.size, counts[1]] };
  },
  async 'predict and evaluate build a model'() {
    const make = () => {
      const model = new g.Sequential([new g.Dense({ units: 3 }), new g.Dense({ units: 1 })]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      return model;
    };
    const [model, other] = [make(), make()];
    const streamed = await model.predict(firstOnly(unweighted.slice(0, 2)), { distributed: dist });
    const [count] = await dist.allreduce(Float64Array.of(streamed.shape[0]));
    const evaluated = await other.evaluate(firstOnly(unweighted), { batchSize: PART, distributed: dist });
    // Of arrays all have the whole, whether each has a row or not.
    const outputs = await make().predict(new g.Tensor(unweighted[0].x, [1, INPUTS]), { distributed: dist });
    const named = (built) => built.getWeights().map(({ data }) => [...data]);
    return { count, weights: named(model), evaluated, others: named(other), outputs: [...outputs.data] };
  },
  async 'no rows at all'() {
    const codes = [];
    const unbuilt = new g.Sequential([new g.Dense({ units: 1 })]);
    unbuilt.compile({ optimizer: 'sgd', loss: 'mse' });
    for (const verb of ['fit', 'evaluate', 'predict']) {
      const done = (verb === 'predict' ? unbuilt : makeModel())[verb](g.dataset([]), { verbose: 0, distributed: dist });
      codes.push(
        await done.then(
          () => 'none',
          ({ code, message }) => `${code} ${message}`,
        ),
      );
    }
    return { codes };
  },
};

const found = {};
for (const [name, work] of Object.entries(CASES)) {
  g.setRandomSeed(7);
  found[name] = await work();
}
// Launchers mix long lines of several processes.
writeFileSync(join(folder, `${dist.rank}.json`), JSON.stringify(found));
await dist.close();
