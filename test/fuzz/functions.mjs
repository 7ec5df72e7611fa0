// Calls that need no model: on tensors, functions, metrics, losses, optimizers and what the process holds.
import * as gemsbok from 'gemsbok';
import { make } from './objects.mjs';
import { data, hostile } from './values.mjs';

const { gradient, get, serialize, deserialize, ...ACTIVATIONS } = gemsbok.activations;
const CALLS_OF_ACTIVATIONS = Object.values(ACTIVATIONS);
const FUNCTIONS_OF_LOSSES = Object.values(gemsbok.losses).filter(
  (value) => typeof value === 'function' && !/^[A-Z]|^(get|serialize|deserialize|checkGradient)$/.test(value.name),
);

const FAMILIES = Object.entries(gemsbok).filter(([, family]) => typeof family?.deserialize === 'function');

const shapeOf = (random) => [random.integer(0, 5), random.integer(1, 3)];
const values = (random, shape, classes) => (random.chance(0.1) ? hostile(random) : data(random, shape, classes));
const rarely = (random, sound) => (random.chance(0.1) ? hostile(random) : sound);

export const FUNCTIONS = {
  async metric(random, judge) {
    const metric = make(random, judge, 'metrics');
    if (metric === undefined) return;
    const shape = shapeOf(random);
    for (let i = 0; i < 2; i++) {
      judge.call('updateState', () => metric.updateState(values(random, shape, 3), values(random, shape), {}));
    }
    judge.call('result', () => metric.result());
  },

  async loss(random, judge) {
    const loss = make(random, judge, 'losses');
    const shape = shapeOf(random);
    const of = () => [values(random, shape), values(random, shape)];
    if (loss !== undefined) judge.call('valueAndGradient', () => loss.valueAndGradient(...of(), rarely(random, {})));
    judge.call('a function of losses', () => random.pick(FUNCTIONS_OF_LOSSES)(...of()));
  },

  async optimizer(random, judge) {
    const optimizer = make(random, judge, 'optimizers');
    if (optimizer === undefined) return;
    const variables = [new Float32Array(4), { data: new Float32Array(6), shape: [2, 3] }];
    for (let i = 0; i < 2; i++) {
      const gradients = [values(random, [4]), values(random, [2, 3])];
      judge.call('apply', () => optimizer.apply(gradients, rarely(random, variables)));
    }
    const weights = judge.call('getWeights of an optimizer', () => optimizer.getWeights());
    judge.call('setWeights of an optimizer', () => optimizer.setWeights(rarely(random, weights)));
  },

  async initializer(random, judge) {
    const initializer = make(random, judge, 'initializers');
    const shape = rarely(
      random,
      random.list(random.integer(0, 3), () => random.integer(1, 5)),
    );
    if (initializer !== undefined) judge.call('initialize', () => initializer.initialize(shape));
  },

  async schedule(random, judge) {
    const schedule = make(random, judge, 'schedules');
    if (schedule !== undefined) judge.call('at', () => schedule.at(rarely(random, random.integer(0, 100))));
  },

  async activation(random, judge) {
    const activate = random.pick(CALLS_OF_ACTIVATIONS);
    judge.call('an activation', () =>
      activate(values(random, shapeOf(random)), random.chance(0.1) ? hostile(random) : {}),
    );
  },

  async tensor(random, judge) {
    const shape = shapeOf(random);
    const options = random.pick([
      {},
      { shape: hostile(random) },
      { dtype: random.pick(['int64', 'float64', 'uint8']) },
    ]);
    const tensor = judge.call('tensor', () => gemsbok.tensor(values(random, shape), rarely(random, options)));
    if (tensor === undefined) return;
    judge.call('toArray', () => tensor.toArray());
    judge.call('item', () => tensor.item());
    judge.call('a tensor as text', () => `${String(tensor)}${JSON.stringify(tensor)}`);
    judge.call('npyBytes', () => gemsbok.npyBytes(rarely(random, tensor)));
  },

  async utilities(random, judge) {
    const { utils } = gemsbok;
    const shape = shapeOf(random);
    judge.call('toCategorical', () => utils.toCategorical(values(random, shape, 4), rarely(random, 5)));
    judge.call('normalize', () =>
      utils.normalize(values(random, shape), rarely(random, { axis: random.integer(-3, 3) })),
    );
    judge.call('jsonText', () => gemsbok.jsonText(hostile(random)));
    const [name, family] = random.pick(FAMILIES);
    judge.call(`deserialize ${name}`, () => family.deserialize(hostile(random)));
  },

  async process(random, judge) {
    judge.call('setThreads', () => gemsbok.setThreads(random.chance(0.5) ? random.integer(1, 3) : hostile(random)));
    judge.call('setRandomSeed', () => gemsbok.setRandomSeed(hostile(random)));
    judge.call('info', () => gemsbok.info());
  },
};
