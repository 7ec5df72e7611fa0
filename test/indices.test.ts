import {
  BatchNormalization,
  CategoryEncoding,
  Concatenate,
  Dense,
  dataset,
  Embedding,
  Flatten,
  Input,
  type Layer,
  MeanSquaredError,
  Model,
  Permute,
  Rescaling,
  Reshape,
  Sequential,
} from 'gemsbok';
import t from 'tap';
import { bits, QUIET } from './models.cases';

const STEPS = 3;
const LIMIT = 5;
const ROWS = 12;
/** Where the number stands that is no index. */
const [ROW, COLUMN] = [7, 2];

const rowsWith = (value: number): number[][] =>
  Array.from({ length: ROWS }, (_, r) =>
    Array.from({ length: STEPS }, (_, c) => (r === ROW && c === COLUMN ? value : (r + c) % LIMIT)),
  );
const y = Array.from({ length: ROWS }, (_, r) => r % 2);

const head = (...layers: Layer[]): Sequential => {
  const model = new Sequential([new Input({ shape: [STEPS] }), ...layers, new Flatten(), new Dense({ units: 1 })]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model;
};
const embedding = (): Embedding => new Embedding({ inputDim: LIMIT, outputDim: 2, name: 'guilty' });
const READERS: Readonly<Record<string, () => Sequential>> = {
  Embedding: () => head(embedding()),
  'Embedding with a mask': () => head(new Embedding({ inputDim: LIMIT, outputDim: 2, maskZero: true, name: 'guilty' })),
  'Embedding after a Reshape': () =>
    head(new Reshape({ targetShape: [STEPS, 1] }), new Permute({ dims: [2, 1] }), embedding()),
  'CategoryEncoding multi_hot': () => head(new CategoryEncoding({ numTokens: LIMIT, name: 'guilty' })),
  'CategoryEncoding one_hot': () =>
    head(new CategoryEncoding({ numTokens: LIMIT, outputMode: 'one_hot', name: 'guilty' })),
  'CategoryEncoding count': () => head(new CategoryEncoding({ numTokens: LIMIT, outputMode: 'count', name: 'guilty' })),
};
/** What other layers compute for them is known batch by batch alone. */
const COMPUTED: Readonly<Record<string, () => Sequential>> = {
  'computed for Embedding': () => head(new Rescaling({ scale: 1 }), embedding()),
  'computed for CategoryEncoding': () =>
    head(
      new Rescaling({ scale: 1 }),
      new CategoryEncoding({ numTokens: LIMIT, outputMode: 'one_hot', name: 'guilty' }),
    ),
  'computed with a loss of its own': () => {
    const model = head(new Rescaling({ scale: 1 }), embedding());
    model.compile({ optimizer: 'sgd', loss: new (class Mine extends MeanSquaredError {})() });
    return model;
  },
};
/** BatchNormalization, which learns in the forward pass, stands beside the layer that refuses. */
const guarded = (): Model => {
  const input = new Input({ shape: [STEPS] });
  const means = new BatchNormalization().apply(input);
  const indices = new Rescaling({ scale: 1 }).apply(input);
  const vectors = new Flatten().apply(embedding().apply(indices));
  const outputs = new Dense({ units: 1 }).apply(new Concatenate().apply([means, vectors]));
  const model = new Model({ inputs: input, outputs });
  model.compile({ optimizer: 'adam', loss: 'mse' });
  return model;
};
const BAD = [LIMIT, 1e9, -1, -0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

function* elements(x: readonly number[][]): Generator<{ x: readonly number[]; y: number }> {
  for (const [r, row] of x.entries()) yield { x: row, y: y[r] ?? 0 };
}
const bytes = (x: readonly number[][]): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from(x.flat()),
  shape: [ROWS, STEPS],
});

/** Everything that computes. */
const USES: Readonly<Record<string, (model: Sequential, x: readonly number[][]) => unknown>> = {
  predict: (model, x) => model.predict(x),
  'predict by batches': (model, x) => model.predict(x, { batchSize: 5, callbacks: [{ onPredictEnd: () => {} }] }),
  'predict of a stream': (model, x) =>
    model.predict(
      dataset(() => elements(x)),
      { batchSize: 5 },
    ),
  predictSync: async (model, x) => model.predictSync(x),
  'fit, shuffled': (model, x) => model.fit(x, y, { ...QUIET, batchSize: 5 }),
  'fit of floats': (model, x) => model.fit(bytes(x), y, QUIET),
  'fit of kept arrays': (model, x) => model.fit(dataset({ x, y }), QUIET),
  'fit of a stream': (model, x) =>
    model.fit(
      dataset(() => elements(x)),
      { ...QUIET, batchSize: 5 },
    ),
  'validation data': (model, x) => model.fit(rowsWith(0), y, { ...QUIET, validationData: [x, y] }),
  evaluate: (model, x) => model.evaluate(x, y, { batchSize: 5 }),
  'evaluate of a stream': (model, x) =>
    model.evaluate(
      dataset(() => elements(x)),
      { batchSize: 5 },
    ),
  trainOnBatch: (model, x) => model.trainOnBatch(x, y),
  testOnBatch: (model, x) => model.testOnBatch(x, y),
  lossAndGradients: async (model, x) => model.lossAndGradients(x, y),
};

const TRAINING = /fit|validation|trainOn/;
const NO_INDEX = { code: 'ERR_OUT_OF_RANGE', message: /row 7, column 2; the layer `guilty` has 5/ };
/** What is no index itself is data like any other. */
const NOT_FINITE = { code: 'ERR_NOT_FINITE', message: /row 7, column 2,/ };

t.test('an index that a layer does not have is refused with its row, and the model is unharmed', async (t) => {
  for (const [what, make] of Object.entries({ ...READERS, ...COMPUTED })) {
    for (const [i, [use, run]] of Object.entries(USES).entries()) {
      const model = make();
      const before = bits(model);
      const trainsOnComputed = what in COMPUTED && TRAINING.test(use);
      const refusalOf = (bad: number) => (trainsOnComputed && !Number.isFinite(bad) ? NOT_FINITE : NO_INDEX);
      // Each use meets some of the bad numbers, each reader all of them.
      for (const bad of BAD.filter((_, b) => (b + i) % 3 === 0)) {
        await t.rejects(Promise.resolve(run(model, rowsWith(bad))), refusalOf(bad), `${what}, ${use}: ${bad}`);
      }
      // A stream trains until it meets the row, and so does what is not known before.
      if (use !== 'fit of a stream' && !trainsOnComputed) t.strictSame(bits(model), before, `${what}, ${use}: weights`);
      t.ok(bits(model).length > 0 && model.getWeights().every(({ data }) => data.every(Number.isFinite)), 'finite');
      await run(model, rowsWith(LIMIT - 1));
    }
  }
});

t.test(
  'a step that meets one leaves weights, running means and the optimizer as the step before left them',
  async (t) => {
    for (const stream of [false, true]) {
      const [failed, whole] = [guarded(), guarded()];
      whole.setWeights(failed.getWeights());
      const x = rowsWith(9);
      const run = stream
        ? failed.fit(
            dataset(() => elements(x)),
            { ...QUIET, epochs: 1, batchSize: 5 },
          )
        : failed.fit(x, y, { ...QUIET, epochs: 1, batchSize: 5, shuffle: false });
      await t.rejects(run, { code: 'ERR_OUT_OF_RANGE', message: /row 7, column 2/ });
      await whole.trainOnBatch(x.slice(0, 5), y.slice(0, 5));
      t.strictSame(bits(failed), bits(whole), stream ? 'of a stream' : 'of arrays');
      t.equal(failed.optimizer?.iterations, whole.optimizer?.iterations);
    }
  },
);

t.test('the input is named, and other inputs take what they like', async (t) => {
  const [ids, numbers] = [new Input({ shape: [1], name: 'ids' }), new Input({ shape: [1], name: 'numbers' })];
  const vector = new Flatten().apply(embedding().apply(ids));
  const outputs = new Dense({ units: 1 }).apply(new Concatenate().apply([vector, numbers]));
  const model = new Model({ inputs: [ids, numbers], outputs });
  const wanted = { code: 'ERR_OUT_OF_RANGE', message: /`x\.ids`, received 9\..*row 1; the layer `guilty`/ };
  await t.rejects(model.predict({ ids: [[0], [9]], numbers: [[0.5], [-3]] }), wanted);
  await model.predict({ ids: [[0], [4]], numbers: [[0.5], [-3]] });
});

t.test('names are shown on one line, whole or cut', async (t) => {
  for (const [name, shown] of [
    ['a\0b\n', 'a\\x00b\\x0a'],
    ['n'.repeat(1000), `${'n'.repeat(57)}...`],
  ] as const) {
    const input = new Input({ shape: [1] });
    const vectors = new Embedding({ inputDim: 5, outputDim: 1, name }).apply(input);
    const model = new Model({ inputs: input, outputs: vectors });
    const message = `Expected indices, integers from 0 to 4, for \`x\`, received 9. It stands in row 0; the layer \`${shown}\` has 5 of them. Rows are counted from 0.`;
    await t.rejects(model.predict([[9]]), { code: 'ERR_OUT_OF_RANGE', message });
  }
});

t.test('what other layers compute is said to be computed', async (t) => {
  const model = head(new Rescaling({ scale: 0.5 }), embedding());
  const message =
    'Expected indices, integers from 0 to 4, for `guilty`, received 0.5. Other layers compute it of `x`, row 1, column 2; ' +
    'the layer `guilty` has 5 of them. Rows are counted from 0.';
  await t.rejects(
    model.predict([
      [0, 2, 4],
      [0, 2, 1],
      [1, 1, 1],
    ]),
    { code: 'ERR_OUT_OF_RANGE', message },
  );
});

t.test('a column is that of the input, whatever stands between', async (t) => {
  const model = new Sequential([
    new Input({ shape: [2, 3] }),
    new Permute({ dims: [2, 1] }),
    embedding(),
    new Flatten(),
  ]);
  const message = /`x`, received 7\. It stands in row 1, column 4;/;
  await t.rejects(
    model.predict([
      [
        [0, 1, 2],
        [0, 1, 2],
      ],
      [
        [0, 1, 2],
        [0, 7, 2],
      ],
    ]),
    { message },
  );
});
