/** Optimizers and metrics that add up whole variables and data sets, against the oracles in float64. */
import { metrics, optimizers } from 'gemsbok';
import { type AccuracyCase, largest } from './accuracy.cases';
import { metric } from './oracle/metrics';
import { type Nd, nd } from './oracle/ndarray';
import { OptimizerOracle } from './oracle/optimizers';

/** A polynomial that takes singular values to 1: one that grows them would multiply roundings. */
const MUON = { muon_a: 3, muon_b: -3.2, muon_c: 1.2 };

/** A variable of ones. */
function step(
  name: 'Adafactor' | 'Lamb' | 'Muon',
  args: Readonly<Record<string, number>>,
  shapeOf: (n: number) => number[],
): AccuracyCase {
  const options = { learning_rate: 1, ...args };
  return {
    // Muon's sums are products of matrices.
    kernel: name === 'Muon' ? 'matrix products' : 'clipped norms',
    title: `a step of ${name}, [${shapeOf(2)}]`,
    most: 2 ** 14,
    found: (x) => {
      const data = new Float32Array(x.length).fill(1);
      const shape = shapeOf(x.length);
      (optimizers[name] as typeof optimizers.Lamb).fromConfig(options).apply([{ data: x, shape }], [{ data, shape }]);
      return data;
    },
    wanted: (x) => {
      const variable = nd(shapeOf(x.length), new Float64Array(x.length).fill(1));
      new OptimizerOracle(name, options).apply([nd(variable.shape, x)], [variable]);
      return variable.data;
    },
    // A step may end at 0.
    scale: (_x, moved) => Math.max(1, largest(moved)),
  };
}

interface Updated {
  updateState(yTrue: unknown, yPred: unknown): void;
  result(): unknown;
}

/** Predictions from numbers of any size. */
function pairOf(x: Float32Array, shape: number[]): readonly [yTrue: Nd, yPred: Nd] {
  const [scores, labels] = [
    x.map((value, i) => (((value + i * 0.37) % 1) + 1) % 1),
    x.map((_, i) => (i % 3 === 0 ? 1 : 0)),
  ];
  return [nd(shape, labels), nd(shape, scores)];
}

function ofMetric(name: string, shapeOf: (n: number) => number[]): AccuracyCase {
  return {
    kernel: 'metrics',
    title: `${name}, [${shapeOf(2)}]`,
    most: 2 ** 13,
    found: (x) => {
      const one = new (metrics[name as 'AUC'] as new () => Updated)();
      const [yTrue, yPred] = pairOf(x, shapeOf(x.length));
      one.updateState(yTrue, yPred);
      return [one.result() as number];
    },
    wanted: (x) => {
      const [yTrue, yPred] = pairOf(x, shapeOf(x.length));
      return [metric(name, {}, [{ yTrue, yPred }], 'float32') as number];
    },
    scale: () => 1,
  };
}

const tall = (n: number): number[] => [n, 1];
const wide = (n: number): number[] => [1, n];

export const STEP_CASES: readonly AccuracyCase[] = [
  ...[(n: number): number[] => [n], tall, wide].flatMap((shapeOf) => [
    step('Adafactor', {}, shapeOf),
    step('Lamb', {}, shapeOf),
  ]),
  step('Muon', MUON, tall),
  step('Muon', MUON, wide),
  ...[
    'MeanAbsoluteError',
    'RootMeanSquaredError',
    'BinaryAccuracy',
    'BinaryCrossentropy',
    'CosineSimilarity',
    'Precision',
    'Recall',
    'AUC',
    'R2Score',
  ].map((name) => ofMetric(name, tall)),
  ...['CosineSimilarity', 'MeanAbsoluteError', 'PearsonCorrelation', 'ConcordanceCorrelation'].map((name) =>
    ofMetric(name, wide),
  ),
];
