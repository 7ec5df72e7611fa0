// Losses, metrics and callbacks of a user's own, which may do anything.
import { join } from 'node:path';
import { isProxy } from 'node:util/types';
import * as gemsbok from 'gemsbok';
import { Planted } from './judge.mjs';
import { options, optionsOf } from './objects.mjs';
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
