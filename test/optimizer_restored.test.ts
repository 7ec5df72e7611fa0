import { join } from 'node:path';
import {
  Adam,
  AdamW,
  ExponentialDecay,
  loadModel,
  type Model,
  type Optimizer,
  type Sequential,
  SGD,
  SwapEMAWeights,
} from 'gemsbok';
import t from 'tap';
import { scratch } from './helpers/scratch';
import { bits, classifier, QUIET, x, y } from './models.cases';

const LOSS = 'sparse_categorical_crossentropy';
const OPTIMIZERS: readonly (readonly [string, () => Optimizer])[] = [
  ['nothing but a count', () => new SGD()],
  ['moments', () => new Adam()],
  ['means', () => new Adam({ useEma: true, emaMomentum: 0.5 })],
  ['means without other memory', () => new SGD({ learningRate: 0.05, useEma: true, emaMomentum: 0.9 })],
  [
    'a schedule',
    () =>
      new AdamW({ learningRate: new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 3, decayRate: 0.5 }) }),
  ],
  ['accumulated gradients', () => new SGD({ momentum: 0.9, gradientAccumulationSteps: 4 })],
];

type Loaded = Sequential | Model;

const compiled = (optimizer: Optimizer): Sequential => {
  const model = classifier();
  model.compile({ optimizer, loss: LOSS });
  return model;
};
const memoryOf = (model: Loaded): unknown[] => (model.optimizer?.getWeights() ?? []).map((one) => one.toArray());

/** A model that has trained, and the files of it. */
interface Source {
  readonly trained: Sequential;
  readonly make: () => Optimizer;
  readonly files: Readonly<Record<'keras' | 'h5' | 'weights', string>>;
}

async function sourceOf(make: () => Optimizer): Promise<Source> {
  const trained = compiled(make());
  await trained.fit(x, y, QUIET);
  // Without this `fit` would have left the weights at the means.
  await trained.trainOnBatch(x, y);
  const stem = join(scratch(), 'model');
  const files = { keras: `${stem}.keras`, h5: `${stem}.h5`, weights: `${stem}.weights.h5` };
  await trained.save(files.keras);
  await trained.save(files.h5);
  await trained.saveWeights(files.weights);
  return { trained, make, files };
}

async function loadedInto(model: Sequential, { files }: Source): Promise<Sequential> {
  await model.loadWeights(files.weights);
  return model;
}

/** The ways by which what an optimizer remembers comes into another model, which has not trained with it since. */
const WAYS: Readonly<Record<string, (source: Source) => Promise<Loaded>>> = {
  'loadModel of .keras': ({ files }) => loadModel(files.keras),
  'loadModel of .h5': ({ files }) => loadModel(files.h5),
  'loadWeights before any data': (source) => loadedInto(compiled(source.make()), source),
  'loadWeights after an evaluation': async (source) => {
    const model = compiled(source.make());
    await model.evaluate(x, y);
    return loadedInto(model, source);
  },
  'loadWeights after other training': async (source) => {
    const model = compiled(source.make());
    await model.fit(x, y, { ...QUIET, epochs: 1 });
    return loadedInto(model, source);
  },
  'setWeights before any data': async ({ trained, make }) => {
    const model = compiled(make());
    model.setWeights(trained.getWeights());
    model.optimizer?.setWeights(trained.optimizer?.getWeights() ?? []);
    return model;
  },
};

/** The model that the running means make, by hand: Keras lists them after the count and the rate. */
function averaged(model: Loaded): Sequential {
  const plain = compiled(new SGD());
  plain.setWeights(model.optimizer?.getWeights().slice(2, 2 + model.getWeights().length) ?? []);
  return plain;
}

/** What can be asked of a model without training it. */
const READERS: Readonly<Record<string, (model: Loaded) => unknown>> = {
  'model.iterations': (model) => model.iterations,
  'optimizer.iterations': (model) => model.optimizer?.iterations,
  'optimizer.learningRate': (model) => Math.fround(model.optimizer?.learningRate ?? 0),
  'optimizer.getWeights': memoryOf,
  'optimizer.countParams': (model) => model.optimizer?.countParams(),
  evaluate: (model) => model.evaluate(x, y),
  predict: async (model) => ((await model.predict(x)) as { toArray(): unknown }).toArray(),
};

for (const [what, make] of OPTIMIZERS) {
  t.test(`an optimizer with ${what} that was restored is there for every reader, and goes on`, async (t) => {
    const source = await sourceOf(make);
    t.equal(source.trained.iterations, 22);
    const ways = Object.entries(WAYS);
    const models: Loaded[] = [];
    for (const [, restore] of ways) models.push(await restore(source));
    const compare = async (text: string, read: (model: Loaded) => unknown): Promise<void> => {
      const wanted = await read(source.trained);
      for (const [i, [way]] of ways.entries()) t.strictSame(await read(models[i] as Loaded), wanted, `${way}: ${text}`);
    };
    for (const [reader, read] of Object.entries(READERS)) await compare(reader, read);
    await compare('further training', async (model) => {
      await model.fit(x, y, { ...QUIET, initialEpoch: 3, epochs: 5 });
      return bits(model as Sequential);
    });
  });
}

t.test('saved before any further step, nothing is lost', async (t) => {
  const source = await sourceOf(() => new Adam({ useEma: true }));
  const path = join(scratch(), 'again.keras');
  for (const [way, restore] of Object.entries(WAYS)) {
    await (await restore(source)).save(path);
    const again = await loadModel(path);
    t.strictSame([memoryOf(again), bits(again as Sequential)], [memoryOf(source.trained), bits(source.trained)], way);
    t.equal(again.iterations, 22, way);
  }
});

for (const [what, make] of OPTIMIZERS.filter(([name]) => name.startsWith('means'))) {
  t.test(`${what}, restored, are what SwapEMAWeights exchanges`, async (t) => {
    const source = await sourceOf(make);
    const { trained } = source;
    const byHand = averaged(trained);
    t.notSame(bits(byHand), bits(trained));
    for (const [way, restore] of Object.entries(WAYS)) {
      const swap = (): { callbacks: SwapEMAWeights[] } => ({ callbacks: [new SwapEMAWeights()] });
      const predicting = await restore(source);
      t.strictSame(await predicting.predict(x, swap()), await byHand.predict(x), `${way}: predict`);
      t.strictSame(bits(predicting as Sequential), bits(trained), `${way}: the weights come back`);
      t.strictSame(memoryOf(predicting), memoryOf(trained), `${way}: the means come back`);
      const evaluated = await restore(source);
      t.strictSame(await evaluated.evaluate(x, y, swap()), await byHand.evaluate(x, y), `${way}: evaluate`);
      t.strictSame(memoryOf(evaluated), memoryOf(trained), `${way}: the means come back`);
    }
  });
}

t.test('before the first step there are no means to exchange', async (t) => {
  const model = compiled(new SGD({ useEma: true }));
  const plain = await model.predict(x);
  const callbacks = [new SwapEMAWeights()];
  t.strictSame(await model.predict(x, { callbacks }), plain);
  const logs = await model.evaluate(x, y);
  t.strictSame(await model.evaluate(x, y, { callbacks }), logs);
});

t.test('compiling again starts over', async (t) => {
  const source = await sourceOf(() => new Adam());
  for (const [way, restore] of Object.entries(WAYS).slice(0, 5)) {
    for (const which of ['another', 'the same']) {
      const model = await restore(source);
      model.compile({ optimizer: which === 'another' ? 'adam' : (model.optimizer ?? 'sgd'), loss: LOSS });
      t.strictSame([model.iterations, model.optimizer?.iterations], [0, 0], `${way}: ${which}`);
      await model.trainOnBatch(x, y);
      t.strictSame([model.iterations, model.optimizer?.iterations], [1, 1], `${way}: ${which}`);
    }
  }
  source.trained.compile({ optimizer: 'adam', loss: LOSS });
  t.equal(source.trained.iterations, 0, 'after training');
});
