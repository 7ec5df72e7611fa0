import { inspect } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Dense, Input, Model, Sequential } from 'gemsbok';
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
  model.compile({ optimizer: 'adam', loss: (a, b) => a.map((_, i) => b[i] ?? 0), metrics: ['mae'] } as never);
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
    t.match(inspect({ model }), new RegExp(`{ model: ${model.constructor.name} 'net' \\(. layers?\\) }`));
  }
  t.equal(inspect(sequential()), "Sequential 'net' (1 layer)");
  t.match(inspect(layers()[1]), /^Dense \{\s+name: 'one',(.|\n)*units: 1,/);
  t.same(sequential(), sequential());
});
