// The pictures of the catalogue: a value in blue, its derivative in orange.
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const POINTS = 121;
const FLOAT64 = { dtype: 'float64' };
const COLOURS = { domain: ['value', 'derivative'], range: ['#2563eb', '#ea580c'] };

/** What a loss is drawn over where it is not the error: the axis, and the sample of a position. */
const prediction = (from, to, yTrue) => ({
  title: `prediction (target ${yTrue})`,
  from,
  to,
  sample: (at) => [[[yTrue]], [[at]]],
});
const probability = (yTrue) => ({
  title: 'probability of the true class',
  from: 0.1,
  to: 0.98,
  sample: (at) => [yTrue, [[at, 1 - at]]],
});
const turn = (title, sample) => ({ title, from: 0, to: 180, sample: (at) => sample((at * Math.PI) / 180) });
const ERROR = { title: 'error (prediction − target)', from: -3, to: 3, sample: (at) => [[[0]], [[at]]] };

const LOSS_AXES = {
  BinaryCrossentropy: { ...probability([[1]]), sample: (at) => [[[1]], [[at]]] },
  BinaryFocalCrossentropy: { ...probability([[1]]), sample: (at) => [[[1]], [[at]]] },
  CategoricalCrossentropy: probability([[1, 0]]),
  CategoricalFocalCrossentropy: probability([[1, 0]]),
  CategoricalGeneralizedCrossEntropy: probability([0]),
  SparseCategoricalCrossentropy: probability([0]),
  KLDivergence: { ...probability([[0.7, 0.3]]), title: 'probability of a class (target 0.7)' },
  CategoricalHinge: { ...probability([[1, 0]]), title: 'score of the true class' },
  Dice: probability([[1, 0]]),
  Tversky: probability([[1, 0]]),
  Hinge: prediction(-3, 3, 1),
  SquaredHinge: prediction(-3, 3, 1),
  MeanAbsolutePercentageError: prediction(-2, 4, 1),
  MeanSquaredLogarithmicError: prediction(0.02, 4, 1),
  Poisson: prediction(0.3, 4, 1),
  Tweedie: prediction(0.3, 4, 1),
  GaussianNLL: { title: 'mean (target 0, variance 1)', from: -3, to: 3, sample: (at) => [[[0]], [[at, 1]]] },
  CosineSimilarity: turn('angle between target and prediction', (a) => [[[1, 0]], [[Math.cos(a), Math.sin(a)]]]),
  Circle: turn('angle between two of a class', (a) => [
    [0, 0, 1],
    [
      [1, 0],
      [Math.cos(a), Math.sin(a)],
      [0, -1],
    ],
  ]),
};

/** Those that mix the elements of a row are drawn over the first of these. */
const ROW_ACTIVATIONS = { softmax: [0, 0], logSoftmax: [0, 0], sparsemax: [0, 0], glu: [1] };

const SCHEDULES = {
  CosineDecay: { decaySteps: 800, warmupTarget: 0.1, warmupSteps: 200 },
  CosineDecayRestarts: { firstDecaySteps: 200 },
  ExponentialDecay: { decaySteps: 300, decayRate: 0.5 },
  InverseTimeDecay: { decaySteps: 300, decayRate: 1 },
  PolynomialDecay: { decaySteps: 800, power: 2 },
  PiecewiseConstantDecay: { boundaries: [300, 600], values: [0.1, 0.05, 0.01] },
};

function grid(from, to) {
  return Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
}

function lossCurve(name, Loss) {
  const axis = LOSS_AXES[name] ?? ERROR;
  const loss = new Loss(FLOAT64);
  // The derivative along an angle is not that by an element.
  const steep = axis.to !== 180;
  const points = grid(axis.from, axis.to).flatMap((at) => {
    const { value, gradient } = loss.valueAndGradient(...axis.sample(at));
    return series(at, Number(value), steep ? gradient.data[0] : undefined);
  });
  return { title: axis.title, points };
}

function activationCurve(name, call, { activations }) {
  const rest = ROW_ACTIVATIONS[name];
  const options = name === 'threshold' ? { ...FLOAT64, threshold: 1, defaultValue: 0 } : FLOAT64;
  const points = grid(-4, 4).flatMap((at) => {
    const x = rest === undefined ? [at] : [at, ...rest];
    const value = call(x, options).data[0];
    const upstream = new Float64Array(call(x, options).data.length);
    upstream[0] = 1;
    return series(at, value, activations.gradient(call, x, upstream, options).data[0]);
  });
  return { title: rest === undefined ? 'x' : `first element (others ${rest.join(', ')})`, points };
}

function scheduleCurve(name, Schedule) {
  const { values, ...own } = SCHEDULES[name] ?? {};
  const schedule = new Schedule(values === undefined ? { initialLearningRate: 0.1, ...own } : { values, ...own });
  const points = grid(0, 1200).flatMap((step) => series(step, schedule.at(step), undefined));
  const options = Object.entries(SCHEDULES[name] ?? {}).map(([key, value]) => `${key} ${[value].flat().join(' ')}`);
  return { title: `step (${options.join(', ')})`, points };
}

function series(at, value, derivative) {
  const points = [{ at, value, of: 'value' }];
  if (derivative !== undefined) points.push({ at, value: derivative, of: 'derivative' });
  return points.filter((point) => Number.isFinite(point.value));
}

export const CURVES = { losses: lossCurve, activations: activationCurve, schedules: scheduleCurve };

/** The SVG of a curve; coordinates are rounded, so that no last bit of a processor shows. */
export async function draw({ title, points }) {
  const axis = { labelColor: '#4b5563', titleColor: '#4b5563', titleFontWeight: 'normal', gridColor: '#e5e7eb' };
  const spec = {
    width: 280,
    height: 160,
    padding: 8,
    background: 'white',
    config: { font: 'Helvetica, Arial, sans-serif', view: { stroke: null }, axis: { ...axis, ticks: false } },
    data: { values: points },
    mark: { type: 'line', strokeWidth: 2, clip: true },
    encoding: {
      x: { field: 'at', type: 'quantitative', title, scale: { nice: false }, axis: { tickCount: 7 } },
      y: { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 5, format: '.4~g' } },
      color: { field: 'of', type: 'nominal', scale: COLOURS, legend: null },
      // The derivative lies below.
      order: { field: 'at', type: 'quantitative' },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const plain = svg.replaceAll(/ (?:aria-\w+|role)="[^"]*"/g, '');
  return `${plain.replaceAll(/\d+\.\d{2,}/g, (digits) => String(Number(Number(digits).toFixed(1))))}\n`;
}
