import {
  Dense,
  Input,
  L2,
  Model,
  OrthogonalRegularizer,
  optimizers,
  Sequential,
  setThreads,
  type Tensor,
  UnitNorm,
} from 'gemsbok';
import t, { type Test } from 'tap';
import {
  BATCH,
  BATCHES,
  DATA,
  dense,
  lossOf,
  MAX_NORM,
  ordered,
  type Parts,
  ROWS,
  rowsOf,
  SAMPLE_WEIGHT,
  TOLERANCE,
  twoByTwo,
  weightsOf,
  X,
  Y,
} from './graphs.cases';
import { near } from './helpers/near';
import { constraint, regularizer } from './oracle/constraints';
import { lossCompute } from './oracle/losses';
import { at, type Nd, nd } from './oracle/ndarray';
import { slopes, type TrainingRun, train } from './oracle/training';

async function compare(t: Test, { model }: Parts, run: Omit<TrainingRun, 'weights' | 'loss' | 'batches'>) {
  const wanted = train({
    ...run,
    weights: weightsOf(model),
    loss: (w, batch) => lossOf(w, batch).total,
    batches: BATCHES,
  });
  const { history } = await model.fit(X, Y, {
    batchSize: BATCH,
    epochs: run.epochs,
    shuffle: false,
    sampleWeight: SAMPLE_WEIGHT,
    verbose: 0,
  });
  for (const [i, weight] of weightsOf(model).entries()) {
    near(t, weight, wanted.weights[i] as Nd, TOLERANCE, `weight ${i}`);
  }
  const losses = history.loss as number[];
  near(t, { data: losses, shape: [losses.length] }, nd([run.epochs], wanted.losses), TOLERANCE, 'losses');
}

const RULES = { 4: ['MaxNorm', MAX_NORM], 7: ['NonNeg', {}] } as const;

t.test('runs with two inputs, two outputs and a shared layer are the float64 runs', async (t) => {
  const rows: readonly [string, Readonly<Record<string, unknown>>, optimizers.Optimizer][] = [
    ['SGD', { learning_rate: 0.1, momentum: 0.9 }, new optimizers.SGD({ learningRate: 0.1, momentum: 0.9 })],
    ['Adam', { learning_rate: 0.01 }, new optimizers.Adam({ learningRate: 0.01 })],
    [
      'SGD',
      { learning_rate: 0.1, global_clipnorm: 0.3, weight_decay: 0.1 },
      new optimizers.SGD({ learningRate: 0.1, globalClipnorm: 0.3, weightDecay: 0.1 }),
    ],
    [
      'SGD',
      { learning_rate: 0.1, loss_scale_factor: 64 },
      new optimizers.SGD({ learningRate: 0.1, lossScaleFactor: 64 }),
    ],
  ];
  for (const [name, args, optimizer] of rows) {
    await t.test(`${name} ${JSON.stringify(args)}`, (t) =>
      compare(t, twoByTwo(optimizer), { epochs: 3, optimizer: [name, args], constraints: RULES }),
    );
  }
});

t.test('a frozen layer stays, and gradients pass through it', async (t) => {
  const parts = twoByTwo(new optimizers.SGD({ learningRate: 0.1 }), { trainable: false });
  const before = parts.shared.getWeights().map(({ data }) => data);
  await compare(t, parts, {
    epochs: 2,
    optimizer: ['SGD', { learning_rate: 0.1 }],
    constraints: RULES,
    frozen: [2, 3],
  });
  t.strictSame(
    parts.shared.getWeights().map(({ data }) => data),
    before,
  );
  const gradients = () => parts.model.lossAndGradients(X, Y).gradients.length;
  t.equal(gradients(), 6);
  parts.shared.trainable = true;
  await parts.model.trainOnBatch(X, Y);
  t.strictSame(
    parts.shared.getWeights().map(({ data }) => data),
    before,
    'a change of `trainable` waits for the next compile',
  );
  parts.model.compile({ optimizer: 'sgd', loss: ['mse', 'sparse_categorical_crossentropy'] });
  await parts.model.trainOnBatch(X, Y);
  t.notSame(
    parts.shared.getWeights().map(({ data }) => data),
    before,
  );
  t.equal(gradients(), 8);
});

t.test('losses by output bear no weight, and gradients are slopes', async (t) => {
  const { model } = twoByTwo(new optimizers.SGD());
  const weights = weightsOf(model);
  const first = (data: { data: Float32Array; shape: number[] }) => ({
    data: data.data.slice(0, BATCH * (data.shape[1] ?? 1)),
    shape: [BATCH, ...data.shape.slice(1)],
  });
  const x = [first(DATA.a), first(DATA.b)];
  const y = [first(DATA.score), DATA.label.slice(0, BATCH)];
  const sampleWeight = [DATA.scoreWeight.slice(0, BATCH), DATA.labelWeight.slice(0, BATCH)];
  const wanted = lossOf(weights, 0);
  const logs = (await model.testOnBatch(x, y, { sampleWeight })) as Record<string, number>;
  t.strictSame(Object.keys(logs), ['loss', 'score_loss', 'label_loss']);
  near(t, logs.loss as number, wanted.total, TOLERANCE, 'loss');
  near(t, logs.score_loss as number, wanted.score, TOLERANCE, 'score_loss');
  near(t, logs.label_loss as number, wanted.label, TOLERANCE, 'label_loss');
  const { loss, gradients } = model.lossAndGradients(x, y, { sampleWeight });
  near(t, loss, wanted.total, TOLERANCE, 'the loss with gradients');
  const places = ordered(model).flatMap(({ variables }) => variables);
  const given = model.layers.flatMap(({ variables }) => variables);
  for (const [i, gradient] of gradients.entries()) {
    const index = places.indexOf(given[i] as (typeof given)[number]);
    near(
      t,
      gradient,
      slopes((moved) => lossOf(moved, 0).total, weights, index),
      TOLERANCE,
      `gradient ${index}`,
    );
  }
  t.equal(gradients.length, 8);
});

t.test('the same bits for every number of threads', async (t) => {
  const seen = new Set<string>();
  for (const threads of [1, 2, 3, 8]) {
    setThreads(threads);
    const { model } = twoByTwo(new optimizers.Adam({ learningRate: 0.01 }));
    const { history } = await model.fit(X, Y, { batchSize: 7, epochs: 3, seed: 5, validationSplit: 0.2, verbose: 0 });
    const weights = model.getWeights().flatMap(({ data }) => [...new Uint32Array(data.buffer, 0, data.length)]);
    seen.add(JSON.stringify([weights, history.loss, history.val_loss]));
  }
  setThreads(2);
  t.equal(seen.size, 1);
});

t.test('an output of weight zero shows its loss, and trains nothing', async (t) => {
  const { model } = twoByTwo(new optimizers.SGD());
  const wanted = (await model.evaluate(X, Y)) as Record<string, number>;
  const lossWeights = { score: 0, label: 1 };
  model.compile({ loss: ['mse', 'sparse_categorical_crossentropy'], lossWeights });
  const found = (await model.evaluate(X, Y)) as Record<string, number>;
  near(t, found.score_loss as number, wanted.score_loss as number, 1e-6, 'score_loss');
  const { gradients } = model.lossAndGradients(X, Y);
  const places = model.layers.flatMap(({ variables }) => variables);
  const score = model.getLayer('score').variables.map((variable) => gradients[places.indexOf(variable)]);
  t.ok(score.every((gradient) => gradient?.data.every((value) => value === 0)));
});

t.test('evaluations side by side know their own penalties', async (t) => {
  const model = new Sequential([
    new Input({ shape: [3] }),
    new Dense({ units: 96, kernelRegularizer: new OrthogonalRegularizer({ mode: 'columns' }) }),
    new Dense({ units: 1 }),
  ]);
  model.compile({ loss: 'mse' });
  const one = (await model.evaluate(DATA.a, DATA.scoreWeight)) as { loss: number };
  const many = await Promise.all(
    Array.from({ length: 200 }, () => model.evaluate(DATA.a, DATA.scoreWeight) as Promise<{ loss: number }>),
  );
  t.strictSame([...new Set(many.map(({ loss }) => loss))], [one.loss]);
});

t.test('constraints hold after every step of a Sequential, whatever the optimizer', async (t) => {
  const model = new Sequential([
    new Input({ shape: [3] }),
    new Dense({ units: 4, kernelConstraint: new UnitNorm(), biasConstraint: 'non_neg', activation: 'tanh' }),
    new Dense({ units: 1 }),
  ]);
  for (const optimizer of ['adam', 'rmsprop', 'sgd'] as const) {
    model.compile({ optimizer, loss: 'mse' });
    await model.trainOnBatch(DATA.a, DATA.scoreWeight);
    const [kernel, bias] = model.getWeights();
    const found = nd([3, 4], kernel?.data as Float32Array);
    near(t, found, constraint('UnitNorm', {}, found), 1e-6, `${optimizer}: unit columns`);
    t.ok(
      bias?.data.every((value) => value >= 0),
      `${optimizer}: no negative bias`,
    );
  }
});

t.test('an output without a loss is there to predict only', async (t) => {
  const input = new Input({ shape: [3] });
  const hidden = new Dense({ units: 2, name: 'hidden' }).apply(input);
  const model = new Model({ inputs: input, outputs: [hidden, new Dense({ units: 1, name: 'end' }).apply(hidden)] });
  model.compile({ loss: [null, 'mse'] });
  const { history } = await model.fit(DATA.a, [null, DATA.scoreWeight], { epochs: 1, verbose: 0 });
  t.strictSame(Object.keys(history), ['loss'], 'one loss needs no name of its own');
});

t.test('penalties of a branch without a loss train it', async (t) => {
  const input = new Input({ shape: [3] });
  const aside = new Dense({ units: 2, useBias: false, kernelRegularizer: new L2({ l2: 0.2 }) });
  const active = new Dense({ units: 2, useBias: false, activityRegularizer: new L2({ l2: 0.2 }) });
  const end = new Dense({ units: 1 }).apply(input);
  const model = new Model({ inputs: input, outputs: [aside.apply(input), end, active.apply(input)] });
  model.compile({ loss: [null, 'mse', null], optimizer: new optimizers.SGD({ learningRate: 0.1 }) });
  const before = [aside, active].map((layer) => nd([3, 2], (layer.getWeights()[0] as Tensor).data as Float32Array));
  const [plain, seen] = before as [Nd, Nd];
  const size = (kernel: Nd): number => {
    const y = dense(rowsOf(DATA.a, 0), kernel, nd([2], [0, 0]), 'linear');
    return regularizer('L2', { l2: 0.2 }, y) / at(y.shape, 0);
  };
  const wanted = train({
    weights: [plain, seen],
    loss: ([kernel, other]) => regularizer('L2', { l2: 0.2 }, kernel as Nd) + size(other as Nd),
    batches: [BATCH],
    epochs: 3,
    optimizer: ['SGD', { learning_rate: 0.1 }],
  });
  const x = { data: DATA.a.data.slice(0, 3 * BATCH), shape: [BATCH, 3] };
  for (let step = 0; step < 3; step++) await model.trainOnBatch(x, [null, DATA.scoreWeight.slice(0, BATCH), null]);
  near(t, aside.getWeights()[0] as Tensor as never, wanted.weights[0] as Nd, TOLERANCE, 'of the kernel');
  near(t, active.getWeights()[0] as Tensor as never, wanted.weights[1] as Nd, TOLERANCE, 'of the outputs');
});

t.test('a penalty of probabilities leaves their crossentropy as it is', async (t) => {
  for (const activation of ['softmax', 'sigmoid'] as const) {
    const model = new Sequential([
      new Input({ shape: [3] }),
      new Dense({ units: 3, activation, activityRegularizer: new L2({ l2: 0.3 }) }),
    ]);
    const [name, y] =
      activation === 'softmax'
        ? (['SparseCategoricalCrossentropy', DATA.label] as const)
        : (['BinaryCrossentropy', DATA.a] as const);
    model.compile({ loss: activation === 'softmax' ? 'sparse_categorical_crossentropy' : 'binary_crossentropy' });
    const weights = model.getWeights().map(({ shape, data }) => nd([...shape], data));
    const target = y instanceof Int32Array ? nd([ROWS], y) : nd(y.shape, y.data);
    const loss = ([kernel, bias]: readonly Nd[]): number => {
      const outputs = dense(nd([ROWS, 3], DATA.a.data), kernel as Nd, bias as Nd, activation);
      return at(lossCompute(name, {}, target, outputs).data, 0) + regularizer('L2', { l2: 0.3 }, outputs) / ROWS;
    };
    const found = model.lossAndGradients(DATA.a, y);
    near(t, found.loss, loss(weights), TOLERANCE, `${activation}: loss`);
    for (const [i, gradient] of found.gradients.entries()) {
      near(t, gradient, slopes(loss, weights, i), TOLERANCE, `${activation}: gradient ${i}`);
    }
  }
});

t.test('a config makes the same graph, with what is shared', async (t) => {
  const { model } = twoByTwo(new optimizers.SGD());
  const copy = Model.fromConfig(JSON.parse(JSON.stringify(model.getConfig())));
  t.strictSame(copy.getConfig(), model.getConfig());
  copy.setWeights(model.getWeights());
  const [wanted, found] = [model, copy].map((one) => (one as Model).predictSync(X) as unknown as { data: unknown }[]);
  t.strictSame(
    found?.map(({ data }) => data),
    wanted?.map(({ data }) => data),
  );
});
