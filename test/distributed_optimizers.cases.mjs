// The options of optimizers, which distributed.cases.mjs trains with: one that no row has fails it.
import * as g from 'gemsbok';

/** What all of them have; the last option of a row is the one that the row is for. */
const SHARED = [
  { weightDecay: 0.1 },
  { clipnorm: 0.02 },
  { clipvalue: 0.002 },
  { globalClipnorm: 0.02 },
  { useEma: true },
  { useEma: true, emaMomentum: 0.5 },
  { useEma: true, emaOverwriteFrequency: 5 },
  { lossScaleFactor: 3 },
  { gradientAccumulationSteps: 2 },
];
const MOMENTS = [{ beta1: 0.5 }, { beta2: 0.8 }, { epsilon: 0.01 }];
const ROWS = {
  Adadelta: [{ rho: 0.5 }, { epsilon: 0.01 }],
  Adafactor: [
    { beta2Decay: -0.5 },
    { epsilon1: 0.1 },
    { epsilon2: 0.1 },
    { clipThreshold: 0.5 },
    { relativeStep: false },
  ],
  Adagrad: [{ initialAccumulatorValue: 0.5 }, { epsilon: 0.1 }],
  Adam: [...MOMENTS, { beta2: 0.5, amsgrad: true }],
  AdamW: [...MOMENTS, { beta2: 0.5, amsgrad: true }],
  Adamax: MOMENTS,
  Ftrl: [
    { learningRatePower: -0.7 },
    { initialAccumulatorValue: 0.5 },
    { l1RegularizationStrength: 0.01 },
    { l2RegularizationStrength: 0.1 },
    { l2ShrinkageRegularizationStrength: 0.1 },
    { beta: 0.5 },
  ],
  Lamb: MOMENTS,
  Lion: [{ beta1: 0.5 }, { beta2: 0.5 }],
  Muon: [
    { adamBeta1: 0.5 },
    { adamBeta2: 0.8 },
    { adamWeightDecay: 0.2 },
    { adamLrRatio: 0.5 },
    { epsilon: 0.01 },
    { excludeLayers: ['end'] },
    { excludeEmbeddings: false },
    { muonA: 3 },
    { muonB: -4.9 },
    { muonC: 1.5 },
    { momentum: 0.5 },
    { nsSteps: 2 },
    { nesterov: false },
    { rmsRate: 0.1 },
  ],
  Nadam: MOMENTS,
  RMSprop: [{ rho: 0.5 }, { momentum: 0.5 }, { epsilon: 0.1 }, { centered: true }],
  ScheduleFreeAdamW: [...MOMENTS, { warmupSteps: 4 }],
  SGD: [...SHARED, { momentum: 0.9 }, { momentum: 0.9, nesterov: true }],
};
/** Muon's steps make roundings larger. */
const RATES = { Muon: 0.01 };
/** They change no number. */
const NEUTRAL = ['lossScaleFactor', 'relativeStep'];
/** How much an option changes some weight at least: far more than processes may differ by. */
const FELT = 1e-4;

class OwnOptimizer extends g.Optimizer {
  updateStep(gradient, variable, slots, { learningRate }) {
    slots.mean ??= new Float32Array(gradient.length);
    for (let i = 0; i < gradient.length; i++) {
      slots.mean[i] = 0.7 * slots.mean[i] + gradient[i];
      variable[i] -= learningRate * slots.mean[i];
    }
  }
}

/** The rows of a class: its own, and where it has all others, too. */
const made = Object.entries(ROWS).map(([name, rows]) => ({ name, type: g.optimizers[name], rows }));

/** Throws where the config of an optimizer has what no row sets: of what all have it is enough that one does. */
function coverOptions() {
  const names = Object.entries(g.optimizers).filter(([, type]) => type?.prototype instanceof g.Optimizer);
  const configs = new Map(names.map(([name, type]) => [name, new type().getConfig()]));
  const isShared = (key) => [...configs.values()].every((config) => key in config);
  const isSet = (key, among) =>
    among.some(({ name, type, rows }) =>
      rows.some((options) => {
        const [value, usual] = [new type(options).getConfig()[key], configs.get(name)[key]];
        return JSON.stringify(value) !== JSON.stringify(usual);
      }),
    );
  const missing = [...configs].flatMap(([name, config]) =>
    Object.keys(config)
      .filter((key) => !['name', 'learning_rate'].includes(key))
      .filter((key) => !isSet(key, isShared(key) ? made : made.filter((one) => one.name === name)))
      .map((key) => `${name}'s ${key}`),
  );
  if (missing.length > 0) throw new Error(`no distributed test of ${missing.join(', ')}`);
}

export function optimizerOptions({ train, net, dense, classes, classify }) {
  /** The first kernel is one that Muon leaves to Adam. */
  const model = () => {
    g.setRandomSeed(5);
    return net(dense(6, { name: 'embedding' }), dense(3, { activation: 'softmax', name: 'end' }));
  };
  const trained = new Map();
  /** The weights that an optimizer with these options comes to. */
  async function weightsBy(type, options) {
    const name = `${type.name} ${JSON.stringify(options)}`;
    if (!trained.has(name)) {
      const compile = { ...classify, optimizer: new type({ learningRate: RATES[type.name] ?? 0.05, ...options }) };
      trained.set(name, await train(name, model(), classes, { compile, fit: { epochs: 3 } }));
    }
    return trained.get(name);
  }
  return {
    async optimizerOptions() {
      coverOptions();
      for (const { name, type, rows } of [...made, { name: 'OwnOptimizer', type: OwnOptimizer, rows: SHARED }]) {
        for (const options of rows) {
          const option = Object.keys(options).at(-1);
          const { [option]: _, ...without } = options;
          const [usual, weights] = [await weightsBy(type, without), await weightsBy(type, options)];
          const felt = weights.reduce((most, value, i) => Math.max(most, Math.abs(value - usual[i])), 0);
          if (NEUTRAL.includes(option) ? !(felt < 1e-6) : !(felt > FELT))
            throw new Error(`${name}'s ${option} changes weights by ${felt}`);
        }
      }
    },
  };
}
