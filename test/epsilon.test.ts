import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as gemsbok from 'gemsbok';
import { constraints, epsilon, layers, losses, metrics, setEpsilon, utils } from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';
import { LOSS_CASES, makeLoss, Random } from './losses.cases';

const DEFAULT = 1e-7;
const LARGE = 1e-3;
const { log, log1p, max, sqrt } = Math;

t.afterEach(() => setEpsilon(DEFAULT));

/** What a formula of Keras gives with this epsilon, and what the library gives now. */
interface Row {
  readonly name: string;
  readonly formula: (e: number) => number;
  readonly given: () => number;
}

const loss = (
  name: string,
  yTrue: number[][] | number[],
  yPred: number[][],
  formula: Row['formula'],
  args = {},
): Row => ({
  name: `losses.${name}`,
  formula,
  given: () => makeLoss(name, args, { dtype: 'float64' }).compute(yTrue, yPred) as number,
});

const LOSSES: readonly Row[] = [
  loss('BinaryCrossentropy', [[1]], [[0]], (e) => -log(e)),
  loss('BinaryFocalCrossentropy', [[1]], [[0]], (e) => -log(e)),
  loss('CategoricalCrossentropy', [[1, 0]], [[0, 1]], (e) => -log(e)),
  loss('CategoricalFocalCrossentropy', [[1, 0]], [[0, 1]], (e) => -0.25 * (1 - e) ** 2 * log(e)),
  loss('SparseCategoricalCrossentropy', [0], [[0, 1]], (e) => -log(e)),
  loss('KLDivergence', [[1, 0]], [[0, 1]], (e) => log(1 / e) + e * log(e)),
  loss('Poisson', [[1]], [[0]], (e) => -log(e)),
  loss('MeanAbsolutePercentageError', [[0]], [[2]], (e) => (100 * 2) / e),
  loss('MeanSquaredLogarithmicError', [[3]], [[-1]], (e) => (log(4) - log1p(e)) ** 2),
  loss('CosineSimilarity', [[3e-4, 0]], [[1, 0]], (e) => -3e-4 / max(3e-4, e)),
  loss('Dice', [[1, 0]], [[1, 0]], (e) => 1 - 2 / (2 + e)),
  loss('Tversky', [[1, 0]], [[1, 0]], (e) => 1 - 1 / (1 + e)),
  loss('Tweedie', [[1]], [[0]], (e) => sqrt(e) / 0.5 + 1 / sqrt(e) / 0.5),
];

function metric(
  name: keyof typeof metrics,
  args: object,
  yTrue: unknown,
  yPred: unknown,
  formula: Row['formula'],
): Row {
  const given = (): number => {
    const made = new (metrics[name] as unknown as new (options: object) => metrics.MeanSquaredError)({
      dtype: 'float64',
      ...args,
    });
    made.updateState(yTrue as number[], yPred as number[]);
    return Number(made.result());
  };
  return { name: `metrics.${name}`, formula, given };
}

const METRICS: readonly Row[] = [
  metric('BinaryCrossentropy', {}, [[1]], [[0]], (e) => -log(e)),
  metric('CategoricalCrossentropy', {}, [[1, 0]], [[0, 1]], (e) => -log(e)),
  metric('SparseCategoricalCrossentropy', {}, [0], [[0, 1]], (e) => -log(e)),
  metric('MeanAbsolutePercentageError', {}, [[0]], [[2]], (e) => 200 / e),
  metric('CosineSimilarity', {}, [[3e-4, 0]], [[1, 0]], (e) => 3e-4 / max(3e-4, e)),
  metric('ConcordanceCorrelation', {}, [[0, 1]], [[0, 1]], (e) => 0.5 / (0.5 + e)),
  metric('BinaryIoU', { targetClassIds: [1] }, [1, 0], [1, 0], (e) => 1 / (1 + e) / (1 + e)),
  metric('F1Score', { average: 'micro', threshold: 0.5 }, [[1], [0]], [[0.9], [0.1]], (e) => {
    const probability = 1 / (1 + e);
    return (2 * probability * probability) / (2 * probability + e);
  }),
];

const KERNEL = [[3e-3], [4e-3]];
const OTHERS: readonly Row[] = [
  {
    name: 'constraints.MaxNorm',
    formula: (e) => (3e-3 * 5e-3) / (e + 5e-3),
    given: () => first(new constraints.MaxNorm({ maxValue: 2 }).apply(KERNEL)),
  },
  {
    name: 'constraints.UnitNorm',
    formula: (e) => 3e-3 / (e + 5e-3),
    given: () => first(new constraints.UnitNorm().apply(KERNEL)),
  },
  {
    name: 'constraints.MinMaxNorm',
    formula: (e) => 3e-3 / (e + 5e-3),
    given: () => first(new constraints.MinMaxNorm({ minValue: 1, maxValue: 2 }).apply(KERNEL)),
  },
  {
    name: 'OrthogonalRegularizer',
    formula: (e) => 4e-4 / max(5e-4, e),
    given: () =>
      new gemsbok.OrthogonalRegularizer({ factor: 1 }).compute([
        [1, 0],
        [4e-4, 3e-4],
      ]),
  },
  {
    name: 'normalize',
    formula: (e) => 3e-4 / max(3e-4, e),
    given: () => first(utils.normalize([[3e-4, 0]])),
  },
  {
    name: 'layers.Normalization',
    formula: (e) => 1 / max(5e-4, e),
    given: () => through(new layers.Normalization({ mean: [0], variance: [25e-8] }), [1]),
  },
  {
    name: 'layers.Normalization, adapted',
    formula: (e) => 1 / e,
    given: () => {
      const layer = new layers.Normalization();
      layer.adapt([[0], [0]]);
      return through(layer, [1]);
    },
  },
  {
    name: 'layers.Dot',
    formula: (e) => 3e-4 / max(3e-4, e),
    given: () => {
      const [a, b] = [new gemsbok.Input({ shape: [2] }), new gemsbok.Input({ shape: [2] })];
      const outputs = new layers.Dot({ axes: 1, normalize: true }).apply([a, b]);
      return first(new gemsbok.Model({ inputs: [a, b], outputs }).predictSync([[[3e-4, 0]], [[1, 0]]]));
    },
  },
];

function first({ data }: gemsbok.Tensor): number {
  return Number(data[0]);
}

function through(layer: gemsbok.Layer, sample: number[]): number {
  return first(new gemsbok.Sequential([new gemsbok.Input({ shape: [sample.length] }), layer]).predictSync([sample]));
}

t.test('what names epsilon computes with the one that is set', async (t) => {
  for (const { name, formula, given } of [...LOSSES, ...METRICS, ...OTHERS]) {
    t.ok(Math.abs(formula(LARGE) / formula(DEFAULT) - 1) > 5e-5, `${name}: the row tells them apart`);
    for (const e of [DEFAULT, LARGE, 1e-5]) {
      setEpsilon(e);
      near(t, given(), formula(e), 2e-6, `${name} with ${e}`);
    }
  }
});

t.test('every loss that names it has a row, and no other loss changes with it', async (t) => {
  const named = LOSSES.map(({ name }) => name.slice('losses.'.length));
  for (const { name, args, data } of LOSS_CASES) {
    const { yTrue, yPred } = data([6, 4], new Random(3));
    const value = (): unknown => makeLoss(name, args, { reduction: 'sum' }).valueAndGradient(yTrue, yPred);
    setEpsilon(DEFAULT);
    const before = value();
    setEpsilon(LARGE);
    if (!named.includes(name)) t.strictSame(value(), before, name);
  }
});

t.test('a training keeps the one of its compile', async (t) => {
  const model = new gemsbok.Sequential([
    new gemsbok.Input({ shape: [1] }),
    new gemsbok.Activation({ activation: 'linear' }),
  ]);
  const lossNow = async (): Promise<number> => Number((await model.evaluate([[0]], [[1]])).loss);
  setEpsilon(LARGE);
  model.compile({ loss: new losses.BinaryCrossentropy() });
  near(t, await lossNow(), -log(LARGE), 1e-5, 'as compiled');
  setEpsilon(DEFAULT);
  near(t, await lossNow(), -log(LARGE), 1e-5, 'still');
  model.compile({ loss: new losses.BinaryCrossentropy() });
  near(t, await lossNow(), -log(DEFAULT), 1e-5, 'anew');
});

t.test('the thresholds of AUC end that far outside of [0, 1]', async (t) => {
  setEpsilon(LARGE);
  t.strictSame(new metrics.AUC({ numThresholds: 3 }).thresholds, [-LARGE, 0.5, 1 + LARGE]);
});

t.test('options of this name are numbers of their own', async (t) => {
  setEpsilon(LARGE);
  t.equal(new gemsbok.Adam().epsilon, 1e-7);
  t.equal(new layers.BatchNormalization().epsilon, 1e-3);
  near(t, new losses.GaussianNLL({ dtype: 'float64' }).compute([[0]], [[0, 0]]), log(1e-6) / 2, 1e-12, 'GaussianNLL');
});

t.test('a worker has its own', async (t) => {
  setEpsilon(LARGE);
  const source = `const { parentPort } = require('node:worker_threads');
    const { epsilon, setEpsilon } = require(${JSON.stringify(join(process.cwd(), 'dist/index.js'))});
    const before = epsilon(); setEpsilon(0.5); parentPort.postMessage(before);`;
  const worker = new Worker(source, { eval: true });
  t.strictSame(await once(worker, 'message'), [DEFAULT]);
  await once(worker, 'exit');
  t.equal(epsilon(), LARGE);
});

t.test('what is no epsilon is refused, and changes nothing', async (t) => {
  for (const wrong of [0, 1, -1e-7, 2]) t.throws(() => setEpsilon(wrong), { code: 'ERR_OUT_OF_RANGE' }, `${wrong}`);
  for (const wrong of [undefined, null, '1e-5', Number.NaN, Number.POSITIVE_INFINITY, 1n, [1e-5]]) {
    t.throws(() => setEpsilon(wrong as number), { code: 'ERR_INVALID_ARG', message: /`value`/ }, String(wrong));
  }
  const get = epsilon as (...args: unknown[]) => number;
  for (const given of [1e-5, undefined]) t.throws(() => get(given), { code: 'ERR_INVALID_ARG', message: /setEpsilon/ });
  t.equal(epsilon(), DEFAULT);
  t.equal(utils.setEpsilon, setEpsilon);
});
