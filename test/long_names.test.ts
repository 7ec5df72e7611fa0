import { Adam, Dense, Input, MeanSquaredError, type Metric, Model, metrics, Sequential, schedules } from 'gemsbok';
import t from 'tap';

/** As long as the library allows. */
const NAME = 'n'.repeat(1000);
const X = [[1, 2]];

function net(compile: object = { loss: 'mse' }): Sequential {
  const model = new Sequential([new Input({ shape: [2], name: NAME }), new Dense({ units: 1, name: `d${NAME}` })]);
  model.compile(compile);
  return model;
}

function classes(metrics: readonly Metric[]): Sequential {
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 3, activation: 'softmax' })]);
  model.compile({ loss: 'sparse_categorical_crossentropy', metrics });
  return model;
}

function twoInputs(): Model {
  const inputs = ['a', 'b'].map((end) => new Input({ shape: [2], name: NAME + end }));
  const outputs = inputs.map((input, i) => new Dense({ units: 1, name: `d${NAME}${i}` }).apply(input));
  return new Model({ inputs, outputs });
}

const CALLS: Readonly<Record<string, () => unknown>> = {
  'rows of another width': () => net().predict([[1, 2, 3]]),
  'targets that a metric does not fit': () =>
    classes([new metrics.CategoricalAccuracy({ name: NAME })]).evaluate(X, [1], { verbose: 0 }),
  'a metric twice': () => net({ loss: 'mse', metrics: { [NAME]: 'mae' } }).evaluate(X, [[1]]),
  'a loss of no output': () => twoInputs().compile({ loss: { [NAME]: 'mse' } }),
  'an input that is missing': () => twoInputs().predict({ [`${NAME}a`]: X }),
  'an input of no model': () => twoInputs().predict({ [`${NAME}a`]: X, [`${NAME}c`]: X }),
  'two layers of a name': () =>
    new Sequential([
      new Input({ shape: [1] }),
      new Dense({ units: 1, name: NAME }),
      new Dense({ units: 1, name: NAME }),
    ]),
  'a layer that is not there': () => net().getLayer(`${NAME}x`),
  'an option': () => new Dense({ units: 1, [NAME]: 1 } as never),
  'a loss': () => new MeanSquaredError({ reduction: NAME as never }),
  'an activation': () => new Dense({ units: 1, activation: NAME as never }),
  'weights of another shape': () => net().setWeights([[[1]], [1]]),
  'targets of another shape': () => net().fit(X, [[1, 2]], { verbose: 0 }),
  'numbers that are not finite': () => net().fit([[Number.NaN, 1]], [[1]], { verbose: 0 }),
  'another model': async () => twoInputs().loadWeights(await net().toBytes('safetensors')),
};

t.test('very long names are told by their beginning', async (t) => {
  for (const [what, call] of Object.entries(CALLS)) {
    const error = await Promise.resolve()
      .then(call)
      .then(
        () => null,
        (error) => error,
      );
    t.match(error, { code: /^ERR_/, message: /^Expected .*[.?)]$/s }, what);
    t.ok(error?.message.length < 2000, `${what}: ${String(error?.message).slice(0, 300)}`);
  }
});

t.test('names have a limit', (t) => {
  const name = 'n'.repeat(2000);
  const MAKERS: Readonly<Record<string, () => unknown>> = {
    layer: () => new Dense({ units: 1, name }),
    model: () => new Sequential([], { name }),
    metric: () => new metrics.MeanSquaredError({ name }),
    loss: () => new MeanSquaredError({ name }),
    optimizer: () => new Adam({ name }),
    schedule: () => new schedules.PiecewiseConstantDecay({ boundaries: [1], values: [1, 2], name }),
    'another schedule': () => new schedules.CosineDecay({ initialLearningRate: 1, decaySteps: 2, name }),
  };
  for (const [what, make] of Object.entries(MAKERS)) {
    t.throws(make, { code: 'ERR_UNSUPPORTED', message: /at most 1024 characters, .* for `name`, received 2000/ }, what);
  }
  t.end();
});
