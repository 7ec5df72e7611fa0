// Programs: a random model, and calls on it that run at once, with data, options and owners of arrays that mean no good.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dense, Input, loadModel, Model, Sequential, toFunction } from 'gemsbok';
import { Batcher } from 'gemsbok/serving';
import { FUNCTIONS } from './functions.mjs';
import { compile, model as modelOf, relatives } from './models.mjs';
import { layer, PLAIN } from './objects.mjs';
import { batchOf, fitOptions, folder, listOf, predictOptions, signalOf, stream } from './runs.mjs';
import { disturb, hostile } from './values.mjs';
import { dyingWorker } from './workers.mjs';

const shapesOf = (model) =>
  listOf(model.outputShape)
    .map((shape) => shape?.slice(1).join())
    .join(';');

/** How often the layers of models were changed. */
const changes = new WeakMap();
const changesOf = (model) => changes.get(model) ?? 0;

/** `before`: how often the model's layers had been changed when it was asked: since then they may be others. */
function checkPredicted(judge, model, given, count, before = changesOf(model)) {
  if (given === undefined || listOf(model.outputShape)[0] == null) return;
  const outputs = Array.isArray(given) ? given : [given];
  const found = outputs.map(({ shape: [, ...shape] }) => shape.join()).join(';');
  const said = shapesOf(model);
  judge.expect(found === said || before !== changesOf(model), `predicts ${found} where the model says ${said}`);
  for (const { data, shape } of outputs) {
    judge.expect(data.length === shape.reduce((a, b) => a * b, 1), `predicts ${data.length} numbers of shape ${shape}`);
  }
  judge.expect(count === null || outputs[0].shape[0] >= 0, 'predicts no rows');
}

let files = 0;

const CALLS = {
  async fit(random, judge, model) {
    const { x, y, count } = batchOf(random, model);
    const running = judge.settle('fit', () => model.fit(x, y, fitOptions(random, judge, model, count)));
    if (random.chance(0.3)) for (const array of [x, y]) disturb(random, array);
    await running;
  },
  async fitStream(random, judge, model) {
    const given = stream(random, judge, batchOf(random, model));
    if (given !== undefined)
      await judge.settle('fit stream', () => model.fit(given, fitOptions(random, judge, model, 1)));
  },
  async evaluate(random, judge, model) {
    const { x, y } = batchOf(random, model);
    await judge.settle('evaluate', () => model.evaluate(x, y, random.chance(0.2) ? { signal: signalOf(random) } : {}));
  },
  async predict(random, judge, model) {
    const { x, count } = batchOf(random, model);
    const given = random.chance(0.1) ? hostile(random) : predictOptions(random);
    const before = changesOf(model);
    const running = judge.settle('predict', () => model.predict(x, given));
    if (random.chance(0.3)) disturb(random, x);
    checkPredicted(judge, model, await running, count, before);
  },
  async predictSync(random, judge, model) {
    const { x, count } = batchOf(random, model);
    checkPredicted(
      judge,
      model,
      judge.call('predictSync', () => model.predictSync(x)),
      count,
    );
  },
  async trainOnBatch(random, judge, model) {
    const { x, y } = batchOf(random, model);
    await judge.settle('trainOnBatch', () =>
      model.trainOnBatch(x, y, random.chance(0.1) ? { sampleWeight: hostile(random) } : {}),
    );
  },
  async testOnBatch(random, judge, model) {
    const { x, y } = batchOf(random, model);
    await judge.settle('testOnBatch', () => model.testOnBatch(x, y));
  },
  async lossAndGradients(random, judge, model) {
    const { x, y } = batchOf(random, model);
    judge.call('lossAndGradients', () => model.lossAndGradients(x, y));
    judge.call('inputGradients', () => model.inputGradients(x, y));
  },
  async weights(random, judge, model) {
    const weights = judge.call('getWeights', () => model.getWeights()) ?? [];
    if (random.chance(0.3)) weights[random.integer(0, weights.length)] = hostile(random);
    judge.call('setWeights', () => model.setWeights(random.chance(0.05) ? hostile(random) : weights));
  },
  async compile(random, judge, model) {
    compile(random, judge, model);
  },
  async config(_, judge, model) {
    const text = judge.call('toJSON', () => JSON.stringify(model));
    if (text === undefined) return;
    const type = model instanceof Sequential ? Sequential : Model;
    judge.call('fromConfig', () => type.fromConfig(JSON.parse(text).config));
  },
  async summary(_, judge, model) {
    judge.call('summary', () => model.summary({ print() {} }));
  },
  async save(random, judge, model) {
    const path = join(folder, `${files++}${random.pick(['.keras', '.h5'])}`);
    await judge.settle('save', () => model.save(random.chance(0.03) ? hostile(random) : path));
    const loaded = await judge.settle('loadModel', () => loadModel(path, random.chance(0.02) ? hostile(random) : {}));
    if (loaded !== undefined)
      checkPredicted(
        judge,
        loaded,
        judge.call('predict loaded', () => loaded.predictSync(batchOf(random, loaded).x)),
        null,
      );
    rmSync(path, { force: true });
  },
  async saveWeights(random, judge, model) {
    const path = join(folder, `${files++}.weights.h5`);
    await judge.settle('saveWeights', () => model.saveWeights(path));
    await judge.settle('loadWeights', () => model.loadWeights(random.chance(0.05) ? hostile(random) : path));
    rmSync(path, { force: true });
  },
  async batcher(random, judge, model) {
    const sizes = {
      maxBatchSize: random.pick([1, 3, 64]),
      maxDelay: random.pick([0, 2]),
      maxQueue: random.pick([1, 4, 99]),
    };
    const batcher = judge.call('new Batcher', () => new Batcher(model, random.chance(0.1) ? hostile(random) : sizes));
    if (batcher === undefined) return;
    const before = changesOf(model);
    const asked = random.list(random.integer(1, 6), async () => {
      const { x } = batchOf(random, model);
      const given = random.pick([{}, {}, { signal: signalOf(random) }, { deadline: random.integer(0, 5) }]);
      const predicted = await judge.settle('a request', () => batcher.predict(x, given));
      checkPredicted(judge, model, predicted, null, before);
    });
    if (random.chance(0.2))
      asked.push(judge.settle('swap', () => batcher.swap(random.chance(0.3) ? hostile(random) : model)));
    const draining = random.chance(0.5) ? judge.settle('drain', () => batcher.drain()) : Promise.all(asked);
    await draining;
    await Promise.all(asked);
    await judge.settle('drain', () => batcher.drain());
  },
  async share(random, judge, model) {
    const handle = judge.call('share', () => model.share());
    const twin = judge.call('fromShared', () => Model.fromShared(random.chance(0.1) ? hostile(random) : handle));
    if (twin === undefined) return;
    const { x } = batchOf(random, twin);
    checkPredicted(judge, twin, await judge.settle('predict shared', () => twin.predict(x)), null);
    judge.call('setWeights of a shared model', () => twin.setWeights(twin.getWeights()));
  },
  async written(random, judge, model) {
    await judge.settle('toBytes', () => model.toBytes(random.pick(['keras', 'h5', 'safetensors', 'tfjs', 'onnx'])));
    judge.call('toFunction', () => toFunction(model));
  },
  async trainable(random, judge, model) {
    judge.call('trainable', () => {
      random.pick([model, ...model.layers]).trainable = random.chance(0.1) ? hostile(random) : random.chance(0.5);
    });
  },
  async changeLayers(random, judge, model) {
    if (!(model instanceof Sequential)) return;
    changes.set(model, changesOf(model) + 1);
    if (random.chance(0.5)) judge.call('pop', () => model.pop());
    if (random.chance(0.7)) judge.call('add', () => model.add(layer(random, judge, PLAIN)));
  },
  async layer(random, judge) {
    const built = judge.call('getLayer', () =>
      new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]).getLayer(hostile(random)),
    );
    if (built !== undefined) judge.call('setWeights of a layer', () => built.setWeights(hostile(random)));
  },
};

const temporaries = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'));
/** How long the system may take to write a small file. */
const PATIENCE_MS = 10_000;

const NAMES = Object.keys(CALLS);
const ALONE = Object.keys(FUNCTIONS);

/** Calls on a model, or on several that share parts, some of them at once. */
async function program(random, judge) {
  const first = modelOf(random, judge);
  if (first === undefined) return;
  const models = random.chance(0.3) ? relatives(random, judge, first) : [first];
  for (const model of models) if (random.chance(0.95)) compile(random, judge, model);
  const running = [];
  for (let i = random.integer(1, 5); i > 0; i--) {
    running.push(CALLS[random.pick(NAMES)](random, judge, random.pick(models)));
    if (random.chance(0.4)) await Promise.all(running);
    else if (random.chance(0.3)) await new Promise(setImmediate);
  }
  await Promise.all(running);
}

export const subject = {
  limits: { stillSeconds: 3, waitSeconds: 60, programSeconds: 120, megabytes: 1500 },

  async run(random, judge) {
    if (random.chance(0.02)) return dyingWorker(random, judge);
    if (random.chance(0.3)) await FUNCTIONS[random.pick(ALONE)](random, judge);
    await program(random, judge);
    // What a callback of an aborted run is writing it writes to its end.
    for (const end = Date.now() + PATIENCE_MS; temporaries().length > 0 && Date.now() < end; ) await sleep(10);
    judge.expect(temporaries().length === 0, `temporary files stay behind: ${temporaries()}`);
  },
};
