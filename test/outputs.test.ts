import {
  Adam,
  Dense,
  Input,
  losses,
  Masking,
  MeanSquaredError,
  Model,
  Sequential,
  type SymbolicTensor,
  type Tensor,
  type ValueAndGradient,
} from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';

const ONES = { kernelInitializer: 'ones', useBias: false } as const;

/** Outputs `p` and `q`, both the sum of two numbers. */
function twoSums(): Model<SymbolicTensor[]> {
  const input = new Input({ shape: [2] });
  const outputs = ['p', 'q'].map((name) => new Dense({ units: 1, name, ...ONES }).apply(input));
  return new Model({ inputs: input, outputs });
}

const SUMS = [
  [1, 2],
  [3, 4],
];
/** The sums are 3 and 7: errors of 1 and 2 at `p`, of 3 and 0 at `q`. */
const TARGETS = [
  [[2], [5]],
  [[0], [7]],
];

t.test('one loss holds for each output', async (t) => {
  const own = (yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>): ValueAndGradient =>
    new MeanSquaredError().valueAndGradientOf(yTrue, yPred);
  const given = ['mse', losses.meanSquaredError, new MeanSquaredError(), { class_name: 'MeanSquaredError' }, own];
  for (const loss of given) {
    const model = twoSums();
    model.compile({ loss: loss as losses.LossIdentifier, metrics: { q: 'mae' } });
    t.strictSame(await model.evaluate(SUMS, TARGETS), { loss: 7, p_loss: 2.5, q_loss: 4.5, q_mae: 1.5 }, String(loss));
    model.compile({ loss: loss as losses.LossIdentifier, lossWeights: 2 });
    t.equal((await model.evaluate(SUMS, TARGETS)).loss, 14, 'and so does a weight');
  }
  const single = twoSums();
  t.throws(() => single.compile({ loss: ['mse'] }), { code: 'ERR_INVALID_ARG' }, 'a list is as long as the outputs');
  single.compile({ metrics: { p: 'mae' } });
  await t.rejects(single.evaluate(SUMS, TARGETS), { code: 'ERR_NOT_COMPILED' });
});

t.test('outputs of one layer have names of their own', async (t) => {
  const inputs = ['first', 'second'].map((name) => new Input({ shape: [2], name }));
  const shared = new Dense({ units: 1, name: 'sum', ...ONES });
  const outputs = [
    ...inputs.map((input) => shared.apply(input)),
    new Dense({ units: 1, name: 'sum_2', ...ONES }).apply(inputs[0] as Input),
  ];
  const model = new Model({ inputs, outputs: [...outputs, outputs[0] as SymbolicTensor] });
  model.compile({ loss: { sum: 'mse', sum_1: 'mae', sum_2: 'mse', sum_3: 'mse' }, metrics: { sum_1: ['mse'] } });
  const y = { sum: [[2], [5]], sum_1: [[0], [7]], sum_2: [[3], [7]], sum_3: [[3], [9]] };
  const wanted = { sum_loss: 2.5, sum_1_loss: 1.5, sum_2_loss: 0, sum_3_loss: 2, sum_1_mse: 4.5 };
  t.strictSame(await model.evaluate([SUMS, SUMS], y), { loss: 6, ...wanted }, 'each its own target, loss and metric');
  const { history } = await model.fit([SUMS, SUMS], y, { epochs: 1, verbose: 0, batchSize: 2 });
  t.strictSame(Object.keys(history), ['loss', ...Object.keys(wanted)]);
});

/** A model whose outputs are its inputs, which may be masked. */
function steps(masked: boolean): Sequential {
  const model = new Sequential([
    new Input({ shape: [3, 2] }),
    ...(masked ? [new Masking()] : []),
    new Dense({ units: 2, useBias: false }),
  ]);
  model.setWeights([
    [
      [1, 0],
      [0, 1],
    ],
  ]);
  return model;
}

const X = [
  [
    [1, 2],
    [0, 0],
    [3, 4],
  ],
  [
    [1, 1],
    [2, 2],
    [0, 0],
  ],
];
const Y = X.map((sample) => sample.map((step) => step.map((value) => value / 2 + 1)));
const BY_STEP = [
  [1, 2, 3],
  [4, 5, 6],
];

t.test('a weight for each step', async (t) => {
  // The values of Keras 3.15, which counts a masked step neither in loss nor in weighted metric.
  const known: readonly (readonly [boolean, losses.ReductionName, number, number])[] = [
    [true, 'sum_over_batch_size', 0.75, 0.34615384],
    [true, 'sum', 3, 0.34615384],
    [true, 'mean_with_sample_weight', 0.23076923, 0.34615384],
    // Errors by step: squares 0.125, 1, 0.625 and 0.25, 0, 1; magnitudes 0.25, 1, 0.75 and 0.5, 0, 1.
    [false, 'sum', 0.125 + 2 + 1.875 + 1 + 0 + 6, (0.25 + 2 + 2.25 + 2 + 0 + 6) / 21],
    [false, 'sum_over_batch_size', 11 / 6, 12.5 / 21],
    [false, 'mean_with_sample_weight', 11 / 21, 12.5 / 21],
  ];
  const forms = {
    nested: BY_STEP,
    'with a last axis': BY_STEP.map((row) => row.map((weight) => [weight])),
    'a bare vector': Float32Array.from(BY_STEP.flat()),
  };
  for (const [masked, reduction, loss, mae] of known) {
    for (const [form, sampleWeight] of Object.entries(forms)) {
      const what = `${masked ? 'masked' : 'all'}, ${reduction}, ${form}`;
      const options = { sampleWeight };
      const once = { ...options, epochs: 1, verbose: 0, batchSize: 2 } as const;
      const { history } = await compiled(masked, reduction).fit(X, Y, once);
      const found = {
        fit: { loss: history.loss?.[0], mae: history.mae?.[0] },
        evaluate: await compiled(masked, reduction).evaluate(X, Y, options),
        testOnBatch: await compiled(masked, reduction).testOnBatch(X, Y, options),
        trainOnBatch: await compiled(masked, reduction).trainOnBatch(X, Y, options),
      };
      for (const [method, logs] of Object.entries(found)) {
        near(t, logs.loss ?? Number.NaN, loss, 1e-6, `${method}: loss, ${what}`);
        near(t, logs.mae ?? Number.NaN, mae, 1e-6, `${method}: mae, ${what}`);
      }
      const { loss: value } = compiled(masked, reduction).lossAndGradients(X, Y, options);
      near(t, value, loss, 1e-6, `lossAndGradients, ${what}`);
    }
  }
});

function compiled(masked: boolean, reduction: losses.ReductionName): Sequential {
  const model = steps(masked);
  model.compile({ optimizer: 'sgd', loss: new MeanSquaredError({ reduction }), weightedMetrics: ['mae'] });
  return model;
}

t.test('weights that are neither of samples nor of steps', async (t) => {
  const model = compiled(false, 'sum');
  for (const sampleWeight of [
    [[1, 2]],
    [
      [1, 2],
      [3, 4],
    ],
    [1, 2, 3],
    new Float32Array(5),
    [[[1, 2]]],
  ]) {
    await t.rejects(model.evaluate(X, Y, { sampleWeight }), {
      code: 'ERR_SHAPE_MISMATCH',
      message: /one weight for each of the 2 samples, or for each of their steps, \[2, 3\], for `sampleWeight`/,
    });
  }
});

t.test('weights of classes are of classes', async (t) => {
  const make = (units: number, loss: string, shape: number[] = [2]): Sequential => {
    const model = new Sequential([new Input({ shape }), new Dense({ units, activation: 'softmax' })]);
    model.compile({ optimizer: new Adam(), loss: loss as losses.LossIdentifier });
    return model;
  };
  const classWeight = { 0: 2, 1: 3 };
  const stepsOf = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ];
  const refused: readonly (readonly [what: string, model: Sequential, x: unknown, y: unknown])[] = [
    [
      'labels of steps',
      make(2, 'sparse_categorical_crossentropy', [2, 2]),
      stepsOf,
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [
      'labels of steps with a last axis',
      make(2, 'sparse_categorical_crossentropy', [2, 2]),
      stepsOf,
      [
        [[0], [1]],
        [[1], [0]],
      ],
    ],
    [
      'one-hot rows of steps',
      make(2, 'categorical_crossentropy', [2, 2]),
      stepsOf,
      stepsOf.map((s) => s.map(() => [0, 1])),
    ],
    [
      'several classes a row',
      make(3, 'binary_crossentropy'),
      SUMS,
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
    ],
    [
      'none in a row',
      make(3, 'binary_crossentropy'),
      SUMS,
      [
        [0, 1, 0],
        [0, 0, 0],
      ],
    ],
    [
      'shares',
      make(2, 'categorical_crossentropy'),
      SUMS,
      [
        [0.9, 0.1],
        [0, 1],
      ],
    ],
    [
      'measurements',
      make(2, 'mse'),
      SUMS,
      [
        [1.5, 2],
        [3, -1],
      ],
    ],
  ];
  for (const [what, model, x, y] of refused) {
    const calls = {
      fit: async () => model.fit(x as number[][], y as number[][], { classWeight, verbose: 0 }),
      trainOnBatch: async () => model.trainOnBatch(x as number[][], y as number[][], { classWeight }),
    };
    for (const [method, call] of Object.entries(calls)) {
      const expected = { code: 'ERR_UNSUPPORTED', message: /one-hot row.*`classWeight`.*`sampleWeight`/ };
      await t.rejects(call as () => Promise<unknown>, expected, `${method}: ${what}`);
    }
  }
  for (const y of [
    [0, 1],
    [[0], [1]],
    [
      [1, 0],
      [0, 1],
    ],
  ]) {
    const loss = (y[0] as number[]).length === 2 ? 'categorical_crossentropy' : 'sparse_categorical_crossentropy';
    const [one, two] = [make(2, loss), make(2, loss)];
    two.setWeights(one.getWeights());
    const found = await one.trainOnBatch(SUMS, y as number[][], { classWeight });
    t.strictSame(found, await two.trainOnBatch(SUMS, y as number[][], { sampleWeight: [2, 3] }), `${loss} ${y}`);
  }
});
