import { setImmediate as turn } from 'node:timers/promises';
import { BatchNormalization, Concatenate, Dense, GlorotUniform, Input, Model, Sequential, SGD } from 'gemsbok';
import t from 'tap';
import { bits, QUIET } from './models.cases';
import { ENDLESS, ones, onlyNumber } from './scheduler.cases';

const X = [
  [1, 2],
  [3, 4],
  [5, 7],
];
const Y = [1, 2, 4];

const dense = (seed: number, units: number): Dense =>
  new Dense({ units, activation: 'tanh', kernelInitializer: new GlorotUniform({ seed }) });

const layersOf = (): readonly Dense[] => [dense(1, 3), dense(2, 2), dense(3, 1)];

function chain(layers: readonly (Dense | BatchNormalization)[], size = 2): Sequential {
  return new Sequential([new Input({ shape: [size] }), ...layers]);
}

for (const order of ['before', 'after']) {
  t.test(`models of the same layers, made ${order} the other one computes`, async (t) => {
    const layers = layersOf();
    const [whole, alone] = [chain(layers), chain(layersOf())];
    for (const model of [whole, alone]) model.compile({ optimizer: 'adam', loss: 'mse' });
    const make = (): Sequential => chain([...layers.slice(0, 2), dense(4, 5)]);
    const early = order === 'before' ? make() : null;
    early?.predictSync(X);
    await whole.fit(X, Y, QUIET);
    await alone.fit(X, Y, QUIET);
    t.strictSame(bits(whole), bits(alone), 'share nothing but values: training gives the same bits');
    const part = early ?? make();
    const shared = (model: Sequential) => model.getWeights().slice(0, 4);
    t.strictSame(shared(part), shared(whole));
    await whole.trainOnBatch(X, Y);
    t.strictSame(shared(part), shared(whole), 'what one learns the other knows at once');
    part.compile({ optimizer: 'sgd', loss: 'mse' });
    await part.fit(
      X,
      X.map(() => [1, 2, 3, 4, 5]),
      QUIET,
    );
    t.strictSame(shared(part), shared(whole), 'and the other way');
    part.setWeights(part.getWeights().map(({ data, shape }) => ({ data: data.map(() => 0.5), shape })));
    t.equal(onlyNumber(shared(whole)), 0.5, 'and what is set');
  });
}

// Generator g(z) = a z, discriminator d(x) = b x, mean squared errors, plain descent: all by hand.
t.test('two models train in turn, each what `trainable` said when it was compiled', async (t) => {
  const [rate, z, real] = [0.125, 2, 3];
  let [a, b] = [0.5, 0.25];
  const linear = (value: number): Dense =>
    new Dense({ units: 1, useBias: false, kernelInitializer: { class_name: 'Constant', config: { value } } as never });
  const [generator, discriminator] = [linear(a), linear(b)];
  const judge = chain([discriminator], 1);
  judge.compile({ optimizer: new SGD({ learningRate: rate }), loss: 'mse' });
  discriminator.trainable = false;
  const both = chain([generator, discriminator], 1);
  both.compile({ optimizer: new SGD({ learningRate: rate }), loss: 'mse' });
  for (let round = 0; round < 3; round++) {
    // d(real) is to be 1, d(g(z)) 0.
    const fake = chain([generator], 1).predictSync([[z]]);
    t.equal(fake.item(), Math.fround(a * z));
    await judge.trainOnBatch({ data: Float32Array.of(real, fake.item()), shape: [2, 1] }, [1, 0]);
    b -= rate * ((b * real - 1) * real + b * (a * z) ** 2);
    t.ok(Math.abs((discriminator.getWeights()[0]?.item() ?? 0) - b) < 1e-6, 'the discriminator learns');
    t.ok(Math.abs((generator.getWeights()[0]?.item() ?? 0) - a) < 1e-6);
    await both.trainOnBatch([[z]], [1]);
    a -= rate * 2 * (a * b * z - 1) * b * z;
    t.ok(Math.abs((generator.getWeights()[0]?.item() ?? 0) - a) < 1e-6, 'the generator learns');
    t.ok(Math.abs((discriminator.getWeights()[0]?.item() ?? 0) - b) < 1e-6, 'and the discriminator does not');
  }
});

t.test('moving statistics are shared, and stay where they are frozen', async (t) => {
  const normalization = new BatchNormalization({ momentum: 0.5 });
  const [first, second] = [chain([normalization, dense(1, 1)]), chain([normalization, dense(2, 1)])];
  first.compile({ optimizer: 'sgd', loss: 'mse' });
  normalization.trainable = false;
  second.compile({ optimizer: 'sgd', loss: 'mse' });
  await first.trainOnBatch(X, Y);
  const [, , mean] = second.getWeights();
  t.strictSame(mean?.toArray(), [1.5, Math.fround(13 / 6)], 'half of the means of the batch');
  await second.trainOnBatch(X, Y);
  t.strictSame(first.getWeights()[2], mean);
});

const LAYERS = 6;
const UNITS = 8;

/** Each step adds 1 to all weights: see `countingModel`. Of some layers and some of its own. */
function counting(shared: readonly Dense[]): Model {
  const input = new Input({ shape: [1] });
  const own = Array.from({ length: LAYERS - shared.length }, () => zeros());
  const outputs = new Concatenate().apply([...shared, ...own].map((layer) => layer.apply(input)));
  const model = new Model({ inputs: input, outputs });
  model.compile({ optimizer: new SGD({ learningRate: LAYERS * UNITS }), loss: 'mean_absolute_error' });
  return model;
}

const zeros = (): Dense => new Dense({ units: UNITS, kernelInitializer: 'zeros' });
const y = { data: ones.y.data.slice(0, LAYERS * UNITS), shape: [1, LAYERS * UNITS] };

/** Trains models at the same time until `work` has ended. */
async function whileTraining(models: readonly Model[], work: () => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const runs = models.map((model) => model.fit(ones.x, y, { ...ENDLESS, signal: controller.signal }));
  const ended = Promise.allSettled(runs);
  while (models.some(({ iterations }) => iterations < 3)) await turn();
  await work();
  controller.abort(new Error('enough'));
  for (const { reason } of (await ended) as PromiseRejectedResult[]) {
    if (reason?.message !== 'enough') throw reason;
  }
}

t.test('who predicts while a model that shares its weights trains sees one step', async (t) => {
  const shared = Array.from({ length: LAYERS }, zeros);
  const [trained, reader] = [counting(shared), counting([...shared].reverse())];
  const rows = 5000;
  const many = { data: new Float32Array(rows).fill(1), shape: [rows, 1] };
  const seen = new Set<number>();
  await whileTraining([trained], async () => {
    for (let round = 0; round < 10; round++) {
      for (const outputs of [await reader.predict(many), reader.predictSync(many)])
        seen.add(onlyNumber([outputs].flat()));
      seen.add(2 * onlyNumber(reader.getWeights()));
      await turn();
    }
  });
  t.notOk(seen.has(Number.NaN));
  t.ok(seen.size > 2, 'and it goes on');
});

t.test('two models that share weights train at the same time, in whole steps', async (t) => {
  const shared = Array.from({ length: LAYERS / 2 }, zeros);
  const models = [counting(shared), counting(shared)] as const;
  // Segments that were made in another order than they are used in.
  models[1].predictSync(ones.x);
  await whileTraining(models, async () => {
    for (let round = 0; round < 10; round++) {
      for (const model of models) {
        const weights = model.getWeights();
        const [ours, own] = [onlyNumber(weights.slice(0, LAYERS)), onlyNumber(weights.slice(LAYERS))];
        t.ok(ours >= own, `${ours} of both, ${own} of its own`);
      }
      await turn();
    }
  });
  const [first, second] = models.map((model) => onlyNumber(model.getWeights().slice(LAYERS)));
  t.strictSame([first, second], [models[0].iterations, models[1].iterations]);
  t.equal(onlyNumber(shared.flatMap((layer) => layer.getWeights())), (first ?? 0) + (second ?? 0), 'no step is lost');
});

t.test('a loss in JavaScript does not mix the steps of two models', async (t) => {
  const shared = Array.from({ length: LAYERS }, zeros);
  const [scripted, other] = [counting(shared), counting(shared)];
  const optimizer = new SGD({ learningRate: LAYERS * UNITS });
  const loss = (yTrue: { data: ArrayLike<number> }, yPred: { data: ArrayLike<number>; shape: readonly number[] }) => ({
    value: yTrue.data.length,
    gradient: { data: new Float32Array(yPred.data.length).fill(-1 / yPred.data.length), shape: yPred.shape },
  });
  scripted.compile({ optimizer, loss: loss as never });
  await scripted.trainOnBatch(ones.x, y);
  t.equal(onlyNumber(scripted.getWeights()), 1, 'a step of its own');
  await whileTraining([other], async () => {
    await t.rejects(scripted.fit(ones.x, y, ENDLESS), { code: 'ERR_MODEL_BUSY' });
  });
  await scripted.trainOnBatch(ones.x, y);
  t.equal(onlyNumber(scripted.getWeights()) % 1, 0, 'and whole steps again');
});
