import { BatchNormalization, Dense, Input, loadModel, Model, Sequential } from 'gemsbok';
import t from 'tap';
import { QUIET } from './models.cases';

const X = [
  [1, 2],
  [3, 4],
  [5, 7],
];
const Y = [1, 2, 4];

function makes(): Readonly<Record<string, () => Sequential | Model>> {
  const layers = () => [
    new Dense({ units: 3, name: 'a' }),
    new BatchNormalization({ name: 'b' }),
    new Dense({ units: 1, name: 'c' }),
  ];
  return {
    Sequential: () => new Sequential([new Input({ shape: [2] }), ...layers()]),
    Model: () => {
      const input = new Input({ shape: [2] });
      const outputs = layers().reduce((tensor, layer) => layer.apply(tensor), input.output);
      return new Model({ inputs: input, outputs });
    },
  };
}

/** Which layers one epoch changes. */
async function moved(model: Sequential | Model): Promise<string[]> {
  const weightsOf = () => model.layers.map((layer) => JSON.stringify(layer.getWeights().map(({ data }) => [...data])));
  const before = weightsOf();
  await model.fit(X, Y, QUIET);
  const after = weightsOf();
  return model.layers.filter((_, i) => before[i] !== after[i]).map(({ name }) => name);
}

async function warnings(work: () => Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  const listen = ({ code, message }: NodeJS.ErrnoException): void => {
    if (code === 'GEMSBOK_TRAINABLE') found.push(message);
  };
  process.on('warning', listen);
  await work();
  await new Promise(setImmediate);
  process.off('warning', listen);
  return found;
}

const counts = (model: Sequential | Model): string[] => {
  const text = model.summary({ print: () => {} });
  return [...text.matchAll(/(Trainable|Non-trainable) params: (\d+)/g)].map(([, , count]) => String(count));
};

for (const [name, make] of Object.entries(makes())) {
  t.test(`${name}: all layers train or none`, async (t) => {
    const model = make();
    t.equal(model.trainable, true);
    t.strictSame(counts(model), ['19', '6']);
    model.trainable = false;
    t.strictSame(
      model.layers.filter((layer) => layer.trainable && layer.variables.length > 0),
      [],
      'as in Keras, of each layer',
    );
    t.strictSame(counts(model), ['0', '25']);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    t.strictSame(await moved(model), []);
    t.equal(model.lossAndGradients(X, Y).gradients.length, 0);
    model.getLayer('a').trainable = true;
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    t.strictSame(await moved(model), [], 'as in Keras, of a model that is not trainable nothing is');
    t.strictSame(counts(model)[0], '0');
    model.trainable = true;
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    t.strictSame(await moved(model), ['a', 'b', 'c']);
  });

  t.test(`${name}: a change holds from the next compile on`, async (t) => {
    for (const change of ['model', 'layer']) {
      for (const trainsBefore of [false, true]) {
        const model = make();
        model.compile({ optimizer: 'sgd', loss: 'mse' });
        if (trainsBefore) await moved(model);
        const changed = change === 'model' ? model : model.getLayer('a');
        changed.trainable = false;
        const found = await warnings(async () => {
          t.strictSame(await moved(model), ['a', 'b', 'c'], `${change}, ${trainsBefore}`);
          await model.trainOnBatch(X, Y);
        });
        t.equal(found.length, 1, 'said once');
        t.match(
          found[0],
          change === 'model' ? /`trainable` of the model was .*`compile`/ : /`trainable` of `a` was .*`compile`/,
        );
        model.compile({ optimizer: 'sgd', loss: 'mse' });
        t.strictSame(await warnings(async () => t.notOk((await moved(model)).includes('a'))), []);
      }
    }
    const same = make();
    same.compile({ optimizer: 'sgd', loss: 'mse' });
    same.trainable = true;
    t.strictSame(await warnings(() => moved(same)), [], 'nothing changed');
  });

  t.test(`${name}: files and configs keep it`, async (t) => {
    const model = make();
    model.trainable = false;
    const Class = model.constructor as typeof Sequential;
    t.equal(Class.fromConfig(model.getConfig()).trainable, false);
    const path = `${t.testdir()}/model.keras`;
    await model.save(path);
    const loaded = await loadModel(path);
    t.equal(loaded.trainable, false);
    t.strictSame(counts(loaded), ['0', '25']);
    t.throws(() => Object.assign(model, { trainable: 'no' }), { code: 'ERR_INVALID_ARG' });
  });
}

t.test('a change for another model that shares the layers is no mistake', async (t) => {
  const half = (): Sequential => new Sequential([new Input({ shape: [3] }), new Dense({ units: 3 })]);
  const [generator, discriminator] = [half(), half()];
  discriminator.compile({ optimizer: 'sgd', loss: 'mse' });
  discriminator.trainable = false;
  const both = new Sequential([generator, discriminator]);
  both.compile({ optimizer: 'sgd', loss: 'mse' });
  const x = [[1, 2, 3]];
  const weights = () => [generator, discriminator].map((model) => String(model.getWeights()));
  const found = await warnings(async () => {
    const [a, b] = weights();
    await discriminator.trainOnBatch(x, x);
    t.strictSame([weights()[0] === a, weights()[1] === b], [true, false], 'as it was compiled');
    const [c, d] = weights();
    await both.trainOnBatch(x, x);
    t.strictSame([weights()[0] === c, weights()[1] === d], [false, true], 'as it was compiled');
  });
  t.strictSame(found, []);
  generator.trainable = false;
  t.equal((await warnings(() => both.trainOnBatch(x, x))).length, 1, 'one that no model was compiled with is told');
});
