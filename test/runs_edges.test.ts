import {
  type CallbackHooks,
  Concatenate,
  CosineDecay,
  Dense,
  dataset,
  EarlyStopping,
  Input,
  LearningRateScheduler,
  Model,
  ModelCheckpoint,
  ReduceLROnPlateau,
  Sequential,
  SGD,
} from 'gemsbok';
import t from 'tap';
import { warningsOf } from './helpers/warnings';

const X = [
  [1, 2],
  [3, 4],
];
const Y = [1, 2];

function linear(optimizer = new SGD({ learningRate: 0.01 })): Sequential {
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
  model.compile({ optimizer, loss: 'mse' });
  return model;
}

t.test('no epoch is left: an empty history, at once', async (t) => {
  const data = { arrays: [X, Y], stream: [dataset([{ x: [1, 2], y: 1 }])], kept: [dataset({ x: X, y: Y })] };
  for (const [name, args] of Object.entries(data)) {
    for (const [initialEpoch, epochs] of [
      [1, 1],
      [5, 2],
    ] as const) {
      for (const validationData of [undefined, [X, Y] as const]) {
        const model = linear();
        const before = JSON.stringify(model.getWeights());
        const heard: string[] = [];
        const callbacks = [
          {
            onTrainBegin: () => void heard.push('begin'),
            onEpochBegin: () => void heard.push('epoch'),
            onTrainEnd: () => void heard.push('end'),
          },
        ];
        const fit = model.fit.bind(model) as (...all: unknown[]) => ReturnType<Sequential['fit']>;
        for (const own of [{ callbacks }, {}]) {
          const { history, epoch } = await fit(...args, { initialEpoch, epochs, verbose: 0, validationData, ...own });
          t.strictSame([history, epoch], [{}, []], name);
        }
        t.strictSame(heard, ['begin', 'end']);
        t.equal(JSON.stringify(model.getWeights()), before);
        t.equal(model.iterations, 0);
      }
    }
  }
});

t.test('predicting nothing gives nothing of the right shape', async (t) => {
  const input = new Input({ shape: [2, 3], name: 'a' });
  const outputs = [new Dense({ units: 4 }).apply(input), new Dense({ units: 5 }).apply(input)];
  const two = new Model({ inputs: input, outputs });
  const nothing = { list: [], vector: new Float32Array(0), shaped: { data: new Float32Array(0), shape: [0, 2, 3] } };
  for (const [name, x] of Object.entries(nothing)) {
    for (const found of [
      await two.predict(x),
      await two.predict(x, { batchSize: 3, callbacks: [{ onPredictEnd() {} }] }),
      two.predictSync(x),
      two.predictOnBatch(x),
    ]) {
      t.strictSame(
        found.map(({ shape }) => shape),
        [
          [0, 2, 4],
          [0, 2, 5],
        ],
        name,
      );
      t.strictSame(
        found.map(({ data }) => data.length),
        [0, 0],
      );
    }
  }
  t.strictSame(
    (await two.predict(dataset([]))).map(({ shape }) => shape),
    [
      [0, 2, 4],
      [0, 2, 5],
    ],
    'a stream',
  );
  const [a, b] = [new Input({ shape: [1], name: 'a' }), new Input({ shape: [2], name: 'b' })];
  const sum = new Dense({ units: 1 }).apply(new Concatenate().apply([a, b]));
  const joined = new Model({ inputs: [a, b], outputs: sum });
  for (const x of [[[], []], { a: [], b: [] }]) t.strictSame((await joined.predict(x)).shape, [0, 1], 'several inputs');
  await t.rejects(joined.predict([[], [[1, 2]]]), { code: 'ERR_SHAPE_MISMATCH' });
});

t.test('nothing to train or to evaluate with stays an error', async (t) => {
  await t.rejects(linear().fit([], []), { code: 'ERR_SHAPE_MISMATCH' });
  await t.rejects(linear().evaluate([], []), { code: 'ERR_SHAPE_MISMATCH' });
  await t.rejects(new Sequential([new Dense({ units: 1 })]).predict([]), { code: 'ERR_SHAPE_MISMATCH' }, 'of no shape');
});

t.test('a callback that sets the rate is refused beside a schedule before anything trains', async (t) => {
  const callbacks: readonly CallbackHooks[] = [
    new ReduceLROnPlateau({ monitor: 'loss' }),
    new LearningRateScheduler({ schedule: (_, rate) => rate }),
  ];
  for (const callback of callbacks) {
    const model = linear(new SGD({ learningRate: new CosineDecay({ initialLearningRate: 0.1, decaySteps: 10 }) }));
    const message = new RegExp(`schedule.*\`callbacks\`.*${callback.constructor.name}`);
    await t.rejects(model.fit(X, Y, { callbacks: [callback], verbose: 0 }), { code: 'ERR_UNSUPPORTED', message });
    t.equal(model.iterations, 0);
    await linear().fit(X, Y, { callbacks: [callback], verbose: 0 });
  }
});

t.test('a value of the validation is missed only where there will be none', async (t) => {
  const make: Readonly<Record<string, () => CallbackHooks>> = {
    EarlyStopping: () => new EarlyStopping({ patience: 9 }),
    ReduceLROnPlateau: () => new ReduceLROnPlateau(),
    ModelCheckpoint: () =>
      new ModelCheckpoint({ filepath: `${t.testdir()}/best.weights.h5`, saveBestOnly: true, saveWeightsOnly: true }),
  };
  const validationData = [X, Y] as const;
  const runs: readonly (readonly [what: string, options: object, warned: boolean])[] = [
    ['every epoch', { validationData }, false],
    ['every other epoch', { validationData, validationFreq: 2 }, false],
    ['the last epoch', { validationData, validationFreq: [4] }, false],
    ['no validation', {}, true],
    ['no validation, at times', { validationFreq: 2 }, true],
    ['after the last epoch', { validationData, validationFreq: 5 }, true],
    ['before the first epoch', { validationData, validationFreq: [1], initialEpoch: 1 }, true],
  ];
  for (const [name, one] of Object.entries(make)) {
    for (const [what, options, warned] of runs) {
      const found = await warningsOf('GEMSBOK_MISSING_METRIC', () =>
        linear().fit(X, Y, { epochs: 4, verbose: 0, callbacks: [one()], ...options }),
      );
      t.equal(found.length, warned ? 1 : 0, `${name}: ${what}`);
    }
  }
});

t.test('options of other backends are ignored with a word', async (t) => {
  const options = { jitCompile: true, runEagerly: false, stepsPerExecution: 4, autoScaleLoss: true };
  for (const [name, value] of Object.entries(options)) {
    const model = linear();
    const found = await warningsOf('GEMSBOK_IGNORED_OPTION', () => model.compile({ loss: 'mse', [name]: value }));
    t.equal(found.length, 1, name);
    t.match(found[0], `\`${name}\``);
    await model.fit(X, Y, { verbose: 0 });
  }
  t.strictSame(await warningsOf('GEMSBOK_IGNORED_OPTION', () => linear().compile({ loss: 'mse' })), []);
});

t.test('returnDict', async (t) => {
  const model = linear();
  const calls = {
    evaluate: (returnDict: unknown) => model.evaluate(X, Y, { returnDict } as object),
    testOnBatch: (returnDict: unknown) => model.testOnBatch(X, Y, { returnDict } as object),
    trainOnBatch: (returnDict: unknown) => model.trainOnBatch(X, Y, { returnDict } as object),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const returnDict of [undefined, true, false]) {
      const found = await warningsOf('GEMSBOK_IGNORED_OPTION', async () =>
        t.match(await call(returnDict), { loss: Number }),
      );
      t.equal(found.length, returnDict === false ? 1 : 0, `${name}, ${returnDict}`);
    }
    await t.rejects(call('yes'), { code: 'ERR_INVALID_ARG' });
  }
});
