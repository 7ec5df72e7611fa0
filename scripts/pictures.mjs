// The pictures of the catalogue.
import { activationCurves, lossCurves, scheduleCurves } from '../dist/plots/index.js';

const PROBABILITY = { over: 'probability' };
const turned = (axisTitle, sample) => ({
  axisTitle,
  from: 0,
  to: 180,
  // The derivative along an angle is not that by an element.
  gradient: false,
  sample: (at) => sample(Math.cos((at * Math.PI) / 180), Math.sin((at * Math.PI) / 180)),
});

/** What a loss is drawn over where it is neither the error nor, of a crossentropy, the probability. */
const LOSSES = {
  CategoricalGeneralizedCrossEntropy: { ...PROBABILITY, sample: (at) => [[0], [[at, 1 - at]]] },
  KLDivergence: {
    ...PROBABILITY,
    axisTitle: 'probability of a class (target 0.7)',
    sample: (at) => [[[0.7, 0.3]], [[at, 1 - at]]],
  },
  CategoricalHinge: { ...PROBABILITY, axisTitle: 'score of the true class' },
  Dice: PROBABILITY,
  Tversky: PROBABILITY,
  Hinge: { over: 'prediction' },
  SquaredHinge: { over: 'prediction' },
  MeanAbsolutePercentageError: { over: 'prediction', from: -2, to: 4 },
  MeanSquaredLogarithmicError: { over: 'prediction', from: 0.02, to: 4 },
  Poisson: { over: 'prediction', from: 0.3, to: 4 },
  Tweedie: { over: 'prediction', from: 0.3, to: 4 },
  GaussianNLL: { axisTitle: 'mean (target 0, variance 1)', sample: (at) => [[[0]], [[at, 1]]] },
  CosineSimilarity: turned('angle between target and prediction', (x, y) => [[[1, 0]], [[x, y]]]),
  Circle: turned('angle between two of a class', (x, y) => [
    [0, 0, 1],
    [
      [1, 0],
      [x, y],
      [0, -1],
    ],
  ]),
};

const ACTIVATIONS = { threshold: { class_name: 'threshold', config: { threshold: 1, default_value: 0 } } };

const SCHEDULES = {
  CosineDecay: { decaySteps: 800, warmupTarget: 0.1, warmupSteps: 200 },
  CosineDecayRestarts: { firstDecaySteps: 200 },
  ExponentialDecay: { decaySteps: 300, decayRate: 0.5 },
  InverseTimeDecay: { decaySteps: 300, decayRate: 1 },
  PolynomialDecay: { decaySteps: 800, power: 2 },
  PiecewiseConstantDecay: { boundaries: [300, 600], values: [0.1, 0.05, 0.01] },
};

/** Coordinates are rounded, so that no last bit of a processor shows. */
function rounded(svg) {
  const plain = svg.replaceAll(/ (?:aria-\w+|role)="[^"]*"/g, '');
  const round = (digits) => String(Number(Number(digits).toFixed(1)));
  return `${plain.replaceAll(/ (?:d|transform|[xy][12]?)="[^"]*"/g, (text) => text.replaceAll(/-?\d+\.\d{2,}(?:e-?\d+)?/g, round))}\n`;
}

export const CURVES = {
  losses: async (name, Loss) => rounded(await lossCurves(new Loss({ dtype: 'float64' }), LOSSES[name])),
  activations: async (name, activation) => rounded(await activationCurves(ACTIVATIONS[name] ?? activation)),
  schedules: async (name, Schedule) => {
    const { values, ...own } = SCHEDULES[name] ?? {};
    const schedule = new Schedule(values === undefined ? { initialLearningRate: 0.1, ...own } : { values, ...own });
    return rounded(await scheduleCurves(schedule, { steps: 1200 }));
  },
};
