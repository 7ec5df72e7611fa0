import { Dense, dataset, Input, Model, readCsv, Sequential, SGD } from 'gemsbok';
import t from 'tap';
import { wrong } from './helpers/misuse';

const X = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
const Y = Float32Array.of(1, 2);
const QUIET = { verbose: 0, epochs: 1 } as const;

function twoByTwo(): Model {
  const inputs = ['a', 'b'].map((name) => new Input({ shape: [2], name }));
  const outputs = inputs.map((input, i) => new Dense({ units: 1, name: `out${i}` }).apply(input));
  const model = new Model({ inputs, outputs });
  model.compile({ loss: 'mse' });
  return model;
}

// biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
const hole = (part: unknown): unknown => wrong([, part]);

/** Something for each of two inputs or outputs, one of which is not there. */
const PARTS: Readonly<Record<string, (part: unknown) => unknown>> = {
  'a hole': hole,
  'two holes': () => new Array(2),
  null: (part) => [null, part],
  undefined: (part) => [part, undefined],
  'no name': () => ({}),
};

type Call = (model: Model, x: unknown, y: unknown) => unknown;
const CALLS: Readonly<Record<string, Call>> = {
  fit: (model, x, y) => model.fit(wrong(x), wrong(y), QUIET),
  'fit of a data set': async (model, x, y) => model.fit(dataset(wrong({ x, y })), QUIET),
  'fit of a stream': (model, x, y) =>
    model.fit(
      dataset(() => [{ x, y }] as never, { batched: true }),
      QUIET,
    ),
  validation: (model, x, y) => model.fit(wrong([X, X]), wrong([Y, Y]), { ...QUIET, validationData: wrong([x, y]) }),
  evaluate: async (model, x, y) => model.evaluate(wrong(x), wrong(y)),
  trainOnBatch: async (model, x, y) => model.trainOnBatch(wrong(x), wrong(y)),
  testOnBatch: async (model, x, y) => model.testOnBatch(wrong(x), wrong(y)),
  lossAndGradients: async (model, x, y) => model.lossAndGradients(wrong(x), wrong(y)),
};
const PREDICTIONS: Readonly<Record<string, Call>> = {
  predict: async (model, x) => model.predict(wrong(x)),
  predictSync: async (model, x) => model.predictSync(wrong(x)),
};

const coded = { code: /^ERR_(INVALID_ARG|SHAPE_MISMATCH)$/, message: /^Expected .*, received / };

for (const [what, parts] of Object.entries(PARTS)) {
  t.test(`of two values ${what}`, async (t) => {
    for (const [name, call] of Object.entries({ ...CALLS, ...PREDICTIONS })) {
      await t.rejects(async () => call(twoByTwo(), parts(X), [Y, Y]), coded, `x of ${name}`);
    }
    for (const [name, call] of Object.entries(CALLS)) {
      await t.rejects(async () => call(twoByTwo(), [X, X], parts(Y)), coded, `y of ${name}`);
      const trained = twoByTwo();
      await trained.trainOnBatch(wrong([X, X]), [Y, Y]);
      await t.rejects(async () => call(trained, [X, X], parts(Y)), coded, `y of ${name}, after sound ones`);
    }
  });
}

t.test('holes among names and layers', async (t) => {
  const csv = (options: object) => readCsv(() => ['a,b\n1,2\n'], options);
  await t.rejects(csv({ features: new Array(1) }), coded);
  await t.rejects(csv({ target: hole('a') }), coded);
  t.throws(() => Sequential.fromConfig({ layers: hole({ class_name: 'Flatten', config: {} }) }), coded);
  t.throws(() => twoByTwo().compile({ loss: wrong(new Array(3)) }), coded);
});

t.test('a hole among gradients is none', async (t) => {
  t.capture(process, 'emitWarning', () => {});
  const variables = [Float32Array.of(1), Float32Array.of(1)];
  new SGD({ learningRate: 1 }).apply(hole([1]) as never, variables);
  t.strictSame(variables, [Float32Array.of(1), Float32Array.of(0)]);
});
