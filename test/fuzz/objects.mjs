import * as gemsbok from 'gemsbok';
import { hostile } from './values.mjs';

const NAMESPACES = { ...gemsbok };
const BASES = {
  losses: gemsbok.Loss,
  metrics: gemsbok.Metric,
  initializers: gemsbok.Initializer,
  regularizers: gemsbok.Regularizer,
  constraints: gemsbok.Constraint,
  optimizers: gemsbok.Optimizer,
  schedules: gemsbok.LearningRateSchedule,
  layers: gemsbok.Layer,
};

/** The classes of each namespace. */
const CLASSES = Object.fromEntries(
  Object.entries(BASES).map(([family, base]) => {
    const members = Object.values(NAMESPACES[family]);
    return [family, members.filter((member) => typeof member === 'function' && member.prototype instanceof base)];
  }),
);

const ACTIVATIONS = Object.keys(gemsbok.activations).filter((name) => !/serialize|get|gradient|glu/.test(name));

/** The options of a class, as its own error tells them. */
export const optionsOf = (() => {
  const known = new Map();
  return (type) => {
    if (!known.has(type)) known.set(type, askedOf(type));
    return known.get(type);
  };
})();

function askedOf(type) {
  try {
    new type({ noOptionOfAnyClass: 1 });
  } catch ({ message }) {
    return /knows: (.*)\.$/.exec(message)?.[1].split(', ') ?? [];
  }
  return [];
}

// What most classes cannot be made without.
const NEEDED = new Set([
  ...[
    'units',
    'rate',
    'stddev',
    'numTokens',
    'inputDim',
    'outputDim',
    'dims',
    'n',
    'scale',
    'targetShape',
    'activation',
  ],
  ...['numClasses', 'targetClassIds', 'recall', 'precision', 'sensitivity', 'specificity', 'numBins', 'axes'],
  ...['initialLearningRate', 'decaySteps', 'firstDecaySteps', 'decayRate', 'boundaries', 'values'],
]);

// What Keras has and nobody may switch on here.
const OFF = /^(ragged|optional|batchSize|lora\w+|quantizationConfig|renorm\w*|synchronized|sparse|decay|noiseShape)$/;

const size = (random) => random.integer(1, 6);
const share = (random) => random.pick([0, 0.1, 0.5, 0.9]);
const axis = (random) => random.pick([-1, -1, 1, 2, [1], [1, 2]]);
const flag = (random) => random.chance(0.5);
const of = (family) => (random, judge) => (random.chance(0.2) ? null : make(random, judge, family));

const BY_NAME = {
  activation: (random) => random.pick(ACTIVATIONS),
  average: (random) => random.pick([null, 'micro', 'macro', 'weighted']),
  axes: (random) => random.pick([1, -1, [1, 1], [1, 2]]),
  axis,
  binBoundaries: (random) => random.list(random.integer(1, 4), (i) => i - 1),
  boundaries: () => [1, 5],
  classAggregation: (random) => random.pick([null, 'uniform_average', 'variance_weighted_average']),
  curve: (random) => random.pick(['ROC', 'PR']),
  dims: (random) => random.pick([[1], [2, 1], [1, 2], [3, 1, 2]]),
  distribution: (random) => random.pick(['uniform', 'normal', 'untruncated_normal', 'truncated_normal']),
  dtype: (random) => random.pick(['float32', 'float32', 'float64']),
  emaOverwriteFrequency: (random) => random.pick([null, 1, 2]),
  gradientAccumulationSteps: (random) => random.pick([null, 2, 3]),
  groups: (random) => random.pick([1, 2, 3, -1]),
  learningRate: (random, judge) =>
    random.chance(0.3) ? make(random, judge, 'schedules') : random.pick([0, 0.01, 1, 1e30]),
  mean: () => 0,
  mode: (random) => random.pick(['fan_in', 'fan_out', 'fan_avg']),
  name: (random) =>
    random.pick(['a', 'b', 'loss', '__proto__', 'constructor', 'toString', 'a/b', 'ü', '', ' ', 'n'.repeat(300)]),
  outputMode: (random) => random.pick(['multi_hot', 'one_hot', 'count', 'int']),
  reduction: (random) => random.pick(['sum', 'sum_over_batch_size', 'mean', 'mean_with_sample_weight', 'none', null]),
  seed: (random) => random.integer(0, 9),
  summationMethod: (random) => random.pick(['interpolation', 'minoring', 'majoring']),
  targetClassIds: (random) => random.pick([[0], [0, 1], [5]]),
  targetShape: (random) => random.list(random.integer(0, 3), () => random.pick([-1, 1, 2, 3, 4])),
  values: () => [1, 0.5, 0.1],
  variance: () => 1,
};
const COUNTS = /^(units|n|num\w+|inputDim|outputDim|k|topK|nsSteps|decaySteps|firstDecaySteps)$/;
const FLAGS =
  /^(use\w+|from\w+|trainable|center|scale|amsgrad|nesterov|centered|staircase|cycle|maskZero|full|sparse\w+|multiLabel|rmsScaling)$/;

/** A value that may well be one for this option. */
function legal(name, random, judge) {
  if (name in BY_NAME) return BY_NAME[name](random, judge);
  for (const family of ['initializers', 'regularizers', 'constraints']) {
    if (name.toLowerCase().endsWith(family.slice(0, -1))) return of(family)(random, judge);
  }
  if (COUNTS.test(name)) return size(random);
  if (FLAGS.test(name)) return name === 'scale' ? random.pick([true, false, 2]) : flag(random);
  return random.chance(0.7) ? share(random) : random.pick([1, 2, 10, 1e-7, null]);
}

/** Some options of a class: mostly legal ones, at times a hostile one. */
export function options(random, judge, type) {
  const known = optionsOf(type);
  const chosen = known.filter((name) => NEEDED.has(name) || random.chance(OFF.test(name) ? 0.002 : 0.15));
  const given = Object.fromEntries(chosen.map((name) => [name, legal(name, random, judge)]));
  if (random.chance(0.08) && known.length > 0) {
    const name = random.chance(0.9) ? random.pick(known) : random.pick(['__proto__', 'constructor', 'x'.repeat(5000)]);
    Object.defineProperty(given, name, {
      value: hostile(random),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return random.chance(0.01) ? hostile(random) : given;
}

/** An instance of a class of this family, or a name of one; undefined where the class refuses what the dice gave. */
export function make(random, judge, family, type = random.pick(CLASSES[family])) {
  const given = options(random, judge, type);
  return judge.call(`new ${family}`, () => new type(given));
}

/** As `compile` takes it: an instance, a class, a name, a config; at times anything. */
export function identifier(random, judge, family) {
  if (random.chance(0.04)) return hostile(random);
  const type = random.pick(CLASSES[family]);
  const form = random.integer(0, 4);
  if (form === 0) return type.name;
  if (form === 1) return type;
  const instance = make(random, judge, family, type);
  if (form === 2 && instance !== undefined)
    return judge.call(`serialize ${family}`, () => NAMESPACES[family].serialize(instance));
  return instance ?? type;
}

/** A layer that is not yet built. */
export function layer(random, judge, types = CLASSES.layers) {
  return make(random, judge, 'layers', random.chance(0.35) ? gemsbok.Dense : random.pick(types));
}

export const MERGES = ['Add', 'Average', 'Concatenate', 'Dot', 'Maximum', 'Minimum', 'Multiply', 'Subtract'].map(
  (name) => NAMESPACES.layers[name],
);
export const PLAIN = CLASSES.layers.filter((type) => !MERGES.includes(type) && type !== gemsbok.Input);
