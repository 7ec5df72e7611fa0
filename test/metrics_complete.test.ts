import { metrics, type Tensor, type TensorLike } from 'gemsbok';
import t from 'tap';
import { nativeNames, specIn } from './helpers/registries';
import { CASES, DATA, ROWS, WEIGHTS } from './metrics.cases';
import { METRIC_NAMES } from './oracle/metrics';
import type { Nd } from './oracle/ndarray';

type Updated = metrics.Metric & { updateState(yTrue: TensorLike, yPred: TensorLike): void };

/** All metrics of Keras 3 that have a dense meaning; none is left out. */
const KERAS = [
  'Mean',
  'Sum',
  'MeanSquaredError',
  'MeanAbsoluteError',
  'MeanAbsolutePercentageError',
  'MeanSquaredLogarithmicError',
  'LogCoshError',
  'CosineSimilarity',
  'KLDivergence',
  'Poisson',
  'Hinge',
  'SquaredHinge',
  'CategoricalHinge',
  'BinaryCrossentropy',
  'CategoricalCrossentropy',
  'SparseCategoricalCrossentropy',
  'RootMeanSquaredError',
  'R2Score',
  'Accuracy',
  'BinaryAccuracy',
  'CategoricalAccuracy',
  'SparseCategoricalAccuracy',
  'TopKCategoricalAccuracy',
  'SparseTopKCategoricalAccuracy',
  'TruePositives',
  'FalsePositives',
  'TrueNegatives',
  'FalseNegatives',
  'Precision',
  'Recall',
  'AUC',
  'F1Score',
  'FBetaScore',
  'SensitivityAtSpecificity',
  'SpecificityAtSensitivity',
  'PrecisionAtRecall',
  'RecallAtPrecision',
  'IoU',
  'BinaryIoU',
  'MeanIoU',
  'OneHotIoU',
  'OneHotMeanIoU',
  'PearsonCorrelation',
  'ConcordanceCorrelation',
];

/** Tested by themselves: they take values, not targets and predictions. */
const OF_VALUES = ['Mean', 'Sum'];
const BEYOND_KERAS = ['ConfusionMatrix'];

t.test("Keras' list, the classes, the rows, the oracle and the native table are the same set", async (t) => {
  const classes = Object.entries(metrics as Record<string, unknown>)
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof metrics.Metric)
    .map(([name]) => name);
  t.strictSame(classes.sort(), [...KERAS, ...BEYOND_KERAS].sort(), 'classes');
  t.strictSame([...METRIC_NAMES].sort(), [...KERAS].sort(), 'oracle');
  const rows = new Set(CASES.map(({ metric }) => metric));
  t.strictSame([...rows, ...OF_VALUES].sort(), [...KERAS].sort(), 'rows');

  const used = new Set(
    CASES.map(({ metric, args, data }) => {
      const made = metrics.deserialize({ class_name: metric, config: args ?? {} }) as Updated;
      const { yTrue, yPred } = DATA[data];
      return specIn('metricUpdate', 'metric', () => made.updateState(yTrue, yPred)).name;
    }),
  );
  t.strictSame(
    nativeNames('metrics').filter((entry) => !used.has(entry)),
    [],
    'no native metric is unused',
  );
  const entries = [...nativeNames('metrics'), ...nativeNames('losses')];
  for (const entry of used) t.ok(entries.includes(entry), entry);
});

t.test('every class is found by its name in both spellings', async (t) => {
  for (const { metric, args = {} } of CASES) {
    const made = metrics.deserialize({ class_name: metric, config: args });
    const snake = metric.replace(/(.)([A-Z][a-z]+)/g, '$1_$2').replace(/([a-z])([A-Z])/g, '$1_$2');
    t.strictSame(
      metrics.deserialize({ class_name: snake.toLowerCase(), config: args }).getConfig(),
      made.getConfig(),
      metric,
    );
  }
});

t.test('a matrix of confusion', async (t) => {
  const { yTrue, yPred } = DATA.indices;
  const sampleWeight = WEIGHTS.weights?.sampleWeight as Nd;
  const counted = (options: object = {}): Tensor => {
    const matrix = new metrics.ConfusionMatrix({ numClasses: 4, dtype: 'float64', ...options });
    for (const [from, to] of [[0, 5] as const, [5, ROWS] as const]) {
      const part = ({ data, shape: [, ...rest] }: Nd): { data: Float64Array; shape: number[] } => {
        const size = rest.reduce((a, b) => a * b, 1);
        return { data: data.slice(from * size, to * size), shape: [to - from, ...rest] };
      };
      matrix.updateState(part(yTrue), part(yPred), { sampleWeight: part(sampleWeight) });
    }
    return matrix.result();
  };
  const cells = Array.from(counted().data, Number);
  const line = (at: (i: number) => number): number => [0, 1, 2, 3].reduce((sum, i) => sum + (cells[at(i)] ?? 0), 0);
  const total = cells.reduce((sum, cell) => sum + cell, 0);
  const near = (found: unknown, wanted: number, what: string): void => {
    t.ok(Math.abs(Number(found) - wanted) < 1e-12, `${what}: ${found} for ${wanted}`);
  };

  t.strictSame(counted().shape, [4, 4]);
  const accuracy = new metrics.SparseCategoricalAccuracy({ dtype: 'float64' });
  accuracy.updateState(yTrue, yPred, { sampleWeight });
  near(line((i) => 5 * i) / total, accuracy.result(), 'its diagonal is the accuracy');
  for (let label = 0; label < 4; label++) {
    const support = yTrue.data.reduce((sum, each, i) => sum + (each === label ? (sampleWeight.data[i] ?? 0) : 0), 0);
    near(
      line((i) => 4 * label + i),
      support,
      'a row holds the samples of a label',
    );
  }
  const normalized = {
    true: (i: number) => line((k) => i - (i % 4) + k),
    pred: (i: number) => line((k) => (i % 4) + 4 * k),
  };
  for (const [normalize, sum] of Object.entries({ ...normalized, all: () => total })) {
    const shares = counted({ normalize }).data;
    for (const [i, cell] of cells.entries()) near(shares[i], cell / sum(i), `${normalize} ${i}`);
  }
  const ignored = Array.from(counted({ ignoreClass: 1 }).data, Number);
  t.strictSame(ignored.slice(4, 8), [0, 0, 0, 0], 'an ignored label has no samples');
  t.strictSame(ignored.toSpliced(4, 4), cells.toSpliced(4, 4), 'and the others all of theirs');
  const empty = new metrics.ConfusionMatrix({ numClasses: 2, normalize: 'true' });
  t.strictSame(empty.result().toArray(), [
    [0, 0],
    [0, 0],
  ]);
  const config = empty.getConfig();
  t.strictSame(metrics.ConfusionMatrix.fromConfig(config).getConfig(), config);
});
