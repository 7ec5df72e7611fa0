import { inspect } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import * as gemsbok from 'gemsbok';
import { Dense, dataset, Input, Model, Sequential } from 'gemsbok';
import t from 'tap';

const layers = (): [Input, Dense] => [
  new Input({ shape: [2], name: 'numbers' }),
  new Dense({ units: 1, name: 'one', kernelRegularizer: 'l2' }),
];
const sequential = (): Sequential => new Sequential(layers(), { name: 'net' });
const functional = (): Model => {
  const [input, dense] = layers();
  return new Model({ inputs: input, outputs: dense.apply(input), name: 'net' });
};
const compiled = <M extends Sequential | Model>(model: M): M => {
  model.compile({
    optimizer: 'adam',
    loss: (a: number[], b: number[]) => a.map((_, i) => b[i] ?? 0),
    metrics: ['mae'],
  } as never);
  return model;
};

const MADE: Readonly<Record<string, [make: () => object, message: RegExp]>> = {
  Sequential: [sequential, /a model: .*toJSON\(\).*getWeights\(\).*save.*could not be cloned/],
  'empty Sequential': [() => new Sequential(), /a model: /],
  Model: [functional, /a model: /],
  'compiled Sequential': [() => compiled(sequential()), /a model: /],
  'compiled Model': [() => compiled(functional()), /a model: /],
  'subclass of Sequential': [() => new (class Mine extends Sequential {})(layers()), /a model: /],
  Dense: [() => layers()[1], /a layer: .*getConfig\(\).*getWeights\(\).*could not be cloned/],
  'Dense of a model': [() => sequential().getLayer(0), /a layer: /],
  Input: [() => layers()[0], /a layer: /],
  'output of a layer': [() => layers()[1].apply(layers()[0]), /a SymbolicTensor: .*toJSON\(\)/],
  'data set of arrays': [() => dataset({ x: [[1]], y: [1] }), /a data set: .*arrays/],
  'data set of a generator': [() => dataset(() => [{ x: [1] }]), /a data set: /],
  'subclass of Loss': [() => new (class Mine extends gemsbok.Loss {})(), /a loss: .*getConfig\(\)/],
  'subclass of Metric': [() => new (class Mine extends gemsbok.Mean {})(), /a metric: .*result\(\)/],
  'subclass of Callback': [() => new (class Mine extends gemsbok.Callback {})(), /a callback: /],
  History: [() => new gemsbok.History(), /a History: .*history/],
  'compiled Adam': [() => compiled(sequential()).optimizer as object, /an optimizer: .*getConfig\(\)/],
  Precision: [() => new gemsbok.Precision(), /a metric: /],
  CosineDecay: [() => new gemsbok.CosineDecay({ initialLearningRate: 1, decaySteps: 9 }), /a schedule: /],
  'seeded initializer': [() => new gemsbok.HeNormal({ seed: new gemsbok.SeedGenerator(1) }), /an initializer: /],
};

const CLONES: Readonly<Record<string, (value: object) => unknown>> = {
  structuredClone: (value) => structuredClone(value),
  'in an object': (value) => structuredClone({ models: [{ value }] }),
  'in a map': (value) => structuredClone(new Map([['model', value]])),
  postMessage: (value) => {
    const { port1 } = new MessageChannel();
    try {
      port1.postMessage({ value });
    } finally {
      port1.close();
    }
  },
  workerData: (value) => new Worker('', { eval: true, workerData: value }),
};

t.test(
  'models and layers are not cloned without what they are: the error names them and says what to send',
  async (t) => {
    for (const [what, [make, message]] of Object.entries(MADE)) {
      for (const [how, clone] of Object.entries(CLONES)) {
        t.throws(() => clone(make()), { name: 'DataCloneError', message }, `${what}, ${how}`);
      }
    }
  },
);

/** Whose clones have all that they are. */
const WHOLE: ReadonlySet<string> = new Set(['Tensor', 'GemsbokError']);

t.test('nothing that the library exports becomes a husk', async (t) => {
  let made = 0;
  for (const [name, Class] of Object.entries<unknown>(gemsbok)) {
    if (typeof Class !== 'function' || WHOLE.has(name) || !/^class\b/.test(String(Class))) continue;
    let value: unknown;
    try {
      value = Reflect.construct(Class, []);
    } catch {
      continue; // it takes options
    }
    t.throws(() => structuredClone(value), { name: 'DataCloneError', message: /^Symbol\(an? [\w ]+: / }, name);
    made++;
  }
  t.ok(made > 100, `${made} classes`);
});

t.test('what the error names makes the same model', async (t) => {
  const model = sequential();
  const sent = structuredClone({ config: model.toJSON(), weights: model.getWeights() });
  const made = Sequential.fromConfig(sent.config as never);
  made.setWeights(sent.weights as never);
  t.strictSame(made.predictSync([[3, 4]]).toArray(), model.predictSync([[3, 4]]).toArray());
});

t.test('whoever else lists the fields is not disturbed', async (t) => {
  for (const model of [sequential(), compiled(functional())]) {
    t.strictSame(JSON.parse(JSON.stringify({ ...{ model } })), { model: JSON.parse(JSON.stringify(model.toJSON())) });
    t.equal({ ...model }.name, 'net');
    t.match(
      inspect({ model }),
      new RegExp(`{\\s+model: ${model.constructor.name} 'net' \\(. layers?, \\d+ parameters?\\)`),
    );
  }
  t.same(sequential(), sequential());
});
