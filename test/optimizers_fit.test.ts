import {
  Adam,
  AdamW,
  Dense,
  ExponentialDecay,
  getThreads,
  Input,
  Muon,
  type Optimizer,
  Sequential,
  SGD,
  setThreads,
} from 'gemsbok';
import t from 'tap';
import { draw, toConfig } from './helpers/optimizers';
import { bits, classifier, INPUTS, QUIET, x, y } from './models.cases';
import { type Args, OPTIMIZERS, SHARED_VARIANTS } from './optimizers.cases';

const LOSS = 'sparse_categorical_crossentropy';

function compiled(optimizer: Optimizer): Sequential {
  const model = classifier();
  model.compile({ optimizer, loss: LOSS });
  return model;
}

/** Everything, so that nothing that it remembers is lost on the way. */
const ALL_OPTIONS: Args = {
  learning_rate: { class: 'ExponentialDecay', args: { initial_learning_rate: 0.1, decay_steps: 2, decay_rate: 0.5 } },
  weight_decay: 0.1,
  global_clipnorm: 0.5,
  use_ema: true,
  ema_overwrite_frequency: 2,
  loss_scale_factor: 4,
  gradient_accumulation_steps: 2,
};

t.test('`apply` gives the bits that training gives', async (t) => {
  for (const [name, { type, variants }] of Object.entries(OPTIMIZERS)) {
    for (const args of [...variants, ...SHARED_VARIANTS, ALL_OPTIONS]) {
      // A factor that is no power of two rounds.
      if (args.loss_scale_factor === 3) continue;
      const config = toConfig(args);
      const [trained, applied] = [compiled(type.fromConfig(config)), classifier()];
      const optimizer = type.fromConfig(config);
      const weights = applied.getWeights();
      for (let step = 0; step < 5; step++) {
        await trained.trainOnBatch(x, y);
        const { gradients } = applied.lossAndGradients(x, y);
        const scale = optimizer.scaleLoss(1);
        optimizer.apply(
          gradients.map(({ data, shape }) => ({ data: data.map((value) => value * scale), shape })),
          weights,
        );
        applied.setWeights(weights);
      }
      const what = `${name} ${JSON.stringify(args)}`;
      t.strictSame(bits(applied), bits(trained), what);
      t.strictSame(optimizer.getWeights(), trained.optimizer?.getWeights(), `${what}: what they remember`);
      t.equal(optimizer.iterations, trained.optimizer?.iterations);
    }
  }
});

t.test('the same bits for every number of threads', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  const rows = { data: Float32Array.from(draw([20, 150], 1).data), shape: [20, 150] };
  const targets = { data: Float32Array.from(draw([20, 120], 2).data), shape: [20, 120] };
  // More than one piece of work for each variable, and several variables.
  const trained = async (optimizer: Optimizer): Promise<number[]> => {
    const layers = [new Dense({ units: 130 }), new Dense({ units: 120 })];
    const model = new Sequential([new Input({ shape: [150] }), ...layers]);
    model.setWeights(model.getWeights().map(({ shape }, i) => draw(shape, i)));
    model.compile({ optimizer, loss: 'mse' });
    await model.fit(rows, targets, { ...QUIET, epochs: 2 });
    return bits(model);
  };
  for (const [name, { type }] of Object.entries(OPTIMIZERS)) {
    const made = (): Optimizer => type.fromConfig(toConfig(ALL_OPTIONS));
    setThreads(1);
    const wanted = await trained(made());
    for (const threads of [2, 3, 8]) {
      setThreads(threads);
      t.strictSame(await trained(made()), wanted, `${name}, ${threads} threads`);
    }
  }
});

t.test('what an optimizer remembers', async (t) => {
  t.test("has Keras' names, order and shapes", async (t) => {
    for (const [name, { type, state }] of Object.entries(OPTIMIZERS)) {
      const model = new Sequential([new Input({ shape: [3] }), new Dense({ units: 5, useBias: false })]);
      const shapes = [[3, 5], [7]];
      const optimizer = new type();
      t.equal(optimizer.countParams(), 2);
      optimizer.apply(
        shapes.map((shape) => draw(shape, 1)),
        shapes.map((shape) => ({ data: new Float32Array(draw(shape, 2).data), shape })),
      );
      const [iterations, rate, ...weights] = optimizer.getWeights();
      t.strictSame([iterations?.item(), iterations?.shape], [1, []]);
      t.strictSame([rate?.item(), rate?.shape], [Math.fround(optimizer.learningRate), []]);
      t.strictSame(
        weights.map(({ shape }) => shape),
        state.map(([, shape]) => shape),
        name,
      );
      t.throws(() => optimizer.setWeights([]), { message: new RegExp(state.map(([entry]) => entry).join(', ')) });
      t.equal(
        optimizer.countParams(),
        optimizer.getWeights().reduce((sum, { data }) => sum + data.length, 0),
      );
      model.compile({ optimizer: new type(), loss: 'mse' });
      await model.trainOnBatch([[1, 2, 3]], [[1, 2, 3, 4, 5]]);
      const own = model.optimizer?.countParams() ?? 0;
      t.match(model.summary({ print: () => {} }), ` Optimizer params: ${own} `);
    }
  });

  t.test('goes over to another one, which goes on with the same bits', async (t) => {
    for (const [name, { type }] of Object.entries(OPTIMIZERS)) {
      const made = (): Optimizer => type.fromConfig(toConfig(ALL_OPTIONS));
      const [one, two] = [compiled(made()), compiled(made())];
      for (let step = 0; step < 3; step++) await one.trainOnBatch(x, y);
      two.setWeights(one.getWeights());
      two.optimizer?.setWeights(one.optimizer?.getWeights() ?? []);
      for (const model of [one, two]) await model.fit(x, y, QUIET);
      t.strictSame(bits(two), bits(one), name);
      t.strictSame(two.optimizer?.getWeights(), one.optimizer?.getWeights(), name);
    }
  });

  t.test('is checked before any of it is written', async (t) => {
    const model = compiled(new Adam());
    await model.trainOnBatch(x, y);
    const optimizer = model.optimizer as Optimizer;
    const weights = optimizer.getWeights();
    const invalid = { code: 'ERR_INVALID_ARG' };
    t.throws(() => optimizer.setWeights(weights.slice(1)), invalid);
    t.throws(() => optimizer.setWeights([[1, 2], ...weights.slice(1, -1), [1]]), { code: 'ERR_SHAPE_MISMATCH' });
    t.throws(() => optimizer.setWeights([-1, ...weights.slice(1)]), { code: 'ERR_OUT_OF_RANGE' });
    t.strictSame(optimizer.getWeights(), weights);
    const [, , ...state] = weights;
    optimizer.setWeights([7, 0.5, ...state]);
    t.equal(optimizer.iterations, 7);
    t.equal(optimizer.learningRate, 0.5);
  });
});

t.test('steps are counted wherever they are done', async (t) => {
  const optimizer = new SGD({ gradientAccumulationSteps: 3 });
  t.equal(optimizer.iterations, 0);
  const model = compiled(optimizer);
  // 7 batches in each of 3 epochs.
  await model.fit(x, y, QUIET);
  t.equal(optimizer.iterations, 7);
  await model.trainOnBatch(x, y);
  await model.evaluate(x, y);
  t.equal(optimizer.iterations, 7);
  const counts: number[] = [];
  const onEpochEnd = (): void => void counts.push(optimizer.iterations);
  await model.fit(x, y, { ...QUIET, callbacks: [{ onEpochEnd }] });
  t.strictSame(counts, [9, 12, 14]);
});

t.test('a schedule gives the rate of each step', async (t) => {
  const schedule = new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 5, decayRate: 0.5 });
  const scheduled = compiled(new SGD({ learningRate: schedule }));
  await scheduled.fit(x, y, QUIET);
  const optimizer = new SGD();
  const set = compiled(optimizer);
  const rates: number[] = [];
  const onTrainBatchBegin = (): void => {
    optimizer.learningRate = schedule.at(optimizer.iterations);
    rates.push(optimizer.learningRate);
  };
  await set.fit(x, y, { ...QUIET, callbacks: [{ onTrainBatchBegin }] });
  t.strictSame(bits(scheduled), bits(set));
  t.equal(rates.length, 21);
  t.equal(scheduled.optimizer?.learningRate, schedule.at(21));
});

t.test('averages', async (t) => {
  const options = { learningRate: 0.1, useEma: true, emaMomentum: 0.5 };
  const averagesOf = (model: Sequential): number[][] =>
    (model.optimizer?.getWeights() ?? [])
      .slice(2, 2 + model.getWeights().length)
      .map(({ data }) => [...data] as number[]);
  const weightsOf = (model: Sequential): number[][] => model.getWeights().map(({ data }) => [...data]);
  t.test('are the weights at the end of fit, not of a batch', async (t) => {
    const model = compiled(new SGD(options));
    await model.trainOnBatch(x, y);
    await model.trainOnBatch(x, y);
    t.notSame(weightsOf(model), averagesOf(model));
    let during: number[][] = [];
    const onEpochEnd = (): void => {
      during = weightsOf(model);
    };
    await model.fit(x, y, { ...QUIET, callbacks: [{ onEpochEnd }] });
    t.notSame(during, averagesOf(model));
    t.strictSame(weightsOf(model), averagesOf(model));
  });
  t.test('not where fit is aborted', async (t) => {
    const model = compiled(new SGD(options));
    const controller = new AbortController();
    const callbacks = [{ onEpochEnd: () => controller.abort() }];
    await t.rejects(model.fit(x, y, { ...QUIET, callbacks, signal: controller.signal }));
    t.notSame(weightsOf(model), averagesOf(model));
  });
});

t.test('the reported loss and `lossAndGradients` are not scaled', async (t) => {
  const [plain, scaled] = [compiled(new SGD()), compiled(new SGD({ lossScaleFactor: 1024 }))];
  t.strictSame(scaled.lossAndGradients(x, y), plain.lossAndGradients(x, y));
  t.strictSame(await scaled.trainOnBatch(x, y), await plain.trainOnBatch(x, y));
  t.strictSame(bits(scaled), bits(plain));
});

t.test('a scale keeps small gradients from vanishing on their way', async (t) => {
  const step = async (lossScaleFactor: number | null): Promise<number> => {
    const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1, useBias: false })]);
    model.setWeights([[[0]]]);
    // The gradient of the output is below all that float32 holds, that of the weight is not.
    model.compile({ optimizer: new SGD({ learningRate: 1e21, lossScaleFactor }), loss: 'mse', lossWeights: 1e-46 });
    await model.trainOnBatch([[1e25]], [[1]]);
    return Number(model.getWeights()[0]?.item());
  };
  t.equal(await step(null), 0);
  t.ok(Math.abs((await step(1e10)) - 2) < 1e-5);
});

t.test('weights of layers that do not decay', async (t) => {
  const trained = async (exclude: (model: Sequential) => object): Promise<number[][]> => {
    const optimizer = new AdamW({ learningRate: 0 });
    const decaying = new AdamW({ learningRate: 0.1, weightDecay: 0.5 });
    const model = compiled(optimizer);
    decaying.excludeFromWeightDecay(exclude(model));
    model.setWeights(model.getWeights().map(({ shape }) => draw(shape, 1)));
    model.compile({ optimizer: decaying, loss: LOSS });
    const before = model.getWeights();
    // A loss of weight 0: nothing but the decay changes anything.
    await model.trainOnBatch(x, y, { sampleWeight: new Float32Array(y.length) });
    return model.getWeights().map(({ data }, i) => [...data].map((value, k) => value / Number(before[i]?.data[k])));
  };
  const shares = async (exclude: (model: Sequential) => object): Promise<number[]> =>
    (await trained(exclude)).map((values) => Number((values[0] as number).toFixed(4)));
  t.strictSame(await shares(() => ({})), [0.95, 0.95, 0.95, 0.95]);
  t.strictSame(await shares(() => ({ varNames: ['bias'] })), [0.95, 1, 0.95, 1]);
  t.strictSame(await shares((model) => ({ varList: model.layers[0]?.variables })), [1, 1, 0.95, 0.95]);
  const model = compiled(new AdamW());
  await model.trainOnBatch(x, y);
  t.throws(() => model.optimizer?.excludeFromWeightDecay({ varNames: ['bias'] }), { code: 'ERR_UNSUPPORTED' });
});

t.test('Muon knows layers by their names', async (t) => {
  const made = (): Sequential => {
    const kernel = draw([INPUTS, 2], 3);
    const model = new Sequential([new Input({ shape: [INPUTS] }), new Dense({ units: 2, name: 'output' })]);
    model.setWeights([kernel, [0, 0]]);
    return model;
  };
  const trained = async (optimizer: Optimizer): Promise<number[]> => {
    const model = made();
    model.compile({ optimizer, loss: 'mse' });
    await model.trainOnBatch(x, { data: Float32Array.from(draw([y.length, 2], 1).data), shape: [y.length, 2] });
    return bits(model);
  };
  const none = { weightDecay: null, adamWeightDecay: null };
  const byAdam = await trained(new Adam());
  t.strictSame(await trained(new Muon({ ...none, excludeLayers: ['output'] })), byAdam);
  t.notSame(await trained(new Muon(none)), byAdam);
});
