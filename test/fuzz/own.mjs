// Losses, metrics and callbacks of a user's own, which may do anything.
import { join } from 'node:path';
import { isProxy } from 'node:util/types';
import * as gemsbok from 'gemsbok';
import { Planted } from './judge.mjs';
import { options, optionsOf } from './objects.mjs';
import { Random } from './random.mjs';
import { hostile } from './values.mjs';

const answers = (random, sound) => {
  const kind = random.integer(0, 9);
  if (kind === 0) throw new Planted('own');
  return kind === 1 ? hostile(random) : sound;
};

/** A loss as a function: mean squared error, if it behaves. */
export function ownLoss(random) {
  return (yTrue, yPred) => {
    const gradient = yPred.data.map((value, i) => (2 * (value - (yTrue.data[i] ?? 0))) / yPred.data.length);
    const value =
      yPred.data.reduce((sum, value, i) => sum + (value - (yTrue.data[i] ?? 0)) ** 2, 0) / yPred.data.length;
    return answers(random, { value, gradient: { data: gradient, shape: yPred.shape } });
  };
}

const halved = (values) => values.map((value) => value / 2);

class Halve extends gemsbok.Layer {
  #random;
  /** A clone is made with a config, and behaves. */
  constructor(given) {
    super();
    this.#random = given instanceof Random ? given : new Random(0);
  }
  build() {
    this.addWeight({ name: 'factor', shape: [], initializer: 'ones' });
  }
  forward({ data }, [factor]) {
    return answers(
      this.#random,
      halved(data).map((value) => value * factor.item()),
    );
  }
  backward({ data }, gradient, [factor]) {
    const own = data.reduce((sum, value, i) => sum + (value / 2) * gradient.data[i], 0);
    const input = halved(gradient.data).map((value) => value * factor.item());
    return answers(this.#random, { input, weights: [own] });
  }
}

class Composed extends gemsbok.Layer {
  inner = new gemsbok.Dense({ units: 3 });
  last = [new gemsbok.BatchNormalization(), new gemsbok.Dense({ units: 2, activation: 'tanh' })];
  call(x) {
    return [this.inner, ...this.last].reduce((tensor, layer) => layer.apply(tensor), x);
  }
}

/** A layer that halves, if it behaves; or one of layers. */
export function ownLayer(random) {
  const forward = ({ data }) => answers(random, halved(data));
  const backward = (_, gradient) => answers(random, halved(gradient.data));
  const makes = [
    () => new gemsbok.Lambda({ forward, backward: random.chance(0.2) ? undefined : backward }),
    () => new Halve(random),
    () => new Composed(),
  ];
  return random.pick(makes)();
}

export const ownMetric = (random) => (_, yPred) => answers(random, yPred.data.length);

const CLASSES = [
  gemsbok.EarlyStopping,
  gemsbok.ReduceLROnPlateau,
  gemsbok.LearningRateScheduler,
  gemsbok.TerminateOnNaN,
  gemsbok.SwapEMAWeights,
  gemsbok.History,
  gemsbok.CSVLogger,
  gemsbok.ModelCheckpoint,
  gemsbok.BackupAndRestore,
  gemsbok.TensorBoard,
];

/** An object of options without getters. */
const isPlain = (given) =>
  typeof given === 'object' &&
  given !== null &&
  !isProxy(given) &&
  Object.values(Object.getOwnPropertyDescriptors(given)).every(({ get }) => get === undefined);

/** One of the library's callbacks, whose files lie in `folder`. */
export function libraryCallback(random, judge, folder) {
  const type = random.pick(CLASSES);
  const drawn = options(random, judge, type);
  // Getters that throw are the programs' own, and are met elsewhere.
  const given = isPlain(drawn) ? { ...drawn } : {};
  const places = {
    filename: join(folder, 'run.csv'),
    filepath: join(folder, random.pick(['best.keras', '{epoch}.weights.h5', '{nothing}.keras'])),
    backupDir: join(folder, 'backup'),
    logDir: join(folder, 'logs'),
    schedule: () => answers(random, 0.01),
    verbose: 0,
  };
  // Nothing is written, or printed, where the fuzzer runs: these are given even where their defaults would do.
  const known = optionsOf(type);
  for (const [name, value] of Object.entries(places)) if (known.includes(name)) given[name] = value;
  return judge.call('new callbacks', () => new type(given));
}
