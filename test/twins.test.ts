import { Loss, losses, type Model, SGD, type Tensor, type ValueAndGradient } from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { byStep, ROWS, STEPS, streamed, TWINS, type TwinCase, twoOutputs, UNITS, x, y } from './twins.cases';

type Floats = Tensor<Float32Array>;
type AnyLoss = losses.AnyLoss;

/** A loss of the library as one of the user's. */
class Twin extends Loss<losses.ReductionName> {
  readonly #inner: Loss<losses.ReductionName>;

  constructor(inner: AnyLoss) {
    super({ reduction: inner.reduction });
    this.#inner = inner;
  }

  override valueAndGradientOf(yTrue: Floats, yPred: Floats): ValueAndGradient {
    return this.#inner.valueAndGradientOf(yTrue, yPred);
  }
}

const REDUCTIONS = ['sum_over_batch_size', 'sum', 'mean_with_sample_weight'] as const;
const LOSSES = { MeanSquaredError: losses.MeanSquaredError, CategoricalCrossentropy: losses.CategoricalCrossentropy };

const FLAT = { x: { data: x.data.subarray(0, ROWS * 4), shape: [ROWS, 4] }, y: flatTargets() };

function flatTargets(): { data: Float32Array; shape: number[] } {
  return { data: y.a?.data.subarray(0, ROWS * UNITS) ?? new Float32Array(0), shape: [ROWS, UNITS] };
}

function same(t: Test, found: Model, wanted: Model, what: string): void {
  for (const [i, weight] of wanted.getWeights().entries()) {
    near(t, found.getWeights()[i] ?? Number.NaN, weight, 1e-5, `${what}: weight ${i}`);
  }
}

function sameLogs(
  t: Test,
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  what: string,
): void {
  t.strictSame(Object.keys(found), Object.keys(wanted), what);
  for (const [name, value] of Object.entries(wanted)) {
    const [a, b] = [[found[name]].flat() as number[], [value].flat() as number[]];
    near(t, { data: a, shape: [a.length] }, { data: b, shape: [b.length] }, 1e-5, `${what}: ${name}`);
  }
}

/** A sum is as large as its batch, and so would be the steps. */
const rateFor = (reduction: string): number => (reduction === 'sum' ? 0.001 : 0.1);

async function train(
  row: TwinCase,
  loss: unknown,
  reduction: string,
): Promise<{ model: Model; history: Record<string, number[]> }> {
  const model = twoOutputs(row);
  const { compile = {}, optimizer = {}, fit = {} } = row;
  model.compile({
    optimizer: new SGD({ learningRate: rateFor(reduction), ...optimizer }),
    ...compile,
    loss: loss as AnyLoss,
  });
  const options = { batchSize: 8, epochs: 3, verbose: 0, seed: 5, ...fit } as const;
  if (row.stream) {
    const { sampleWeight, batchSize = 8, ...others } = options;
    const { history } = await model.fit(streamed(batchSize, sampleWeight as typeof byStep | undefined), others);
    return { model, history };
  }
  const { history } = row.flat ? await model.fit(FLAT.x, FLAT.y, options) : await model.fit(x, y, options);
  return { model, history };
}

/** The library's loss, and its twin at all outputs or at one of them. */
function pairs(row: TwinCase, make: () => AnyLoss): Readonly<Record<string, unknown>> {
  const twin = new Twin(make());
  if (row.flat) return { both: twin };
  return { both: twin, 'the first': { a: twin, b: make() }, 'the second': [make(), twin] };
}

for (const row of TWINS) {
  t.test(row.name, async (t) => {
    for (const [name, Class] of Object.entries(LOSSES)) {
      for (const reduction of REDUCTIONS) {
        const make = (): AnyLoss => new Class({ reduction }) as AnyLoss;
        const wanted = await train(row, make(), reduction);
        for (const [which, loss] of Object.entries(pairs(row, make))) {
          const found = await train(row, loss, reduction);
          const what = `${name}, ${reduction}, ${which}`;
          sameLogs(t, found.history, wanted.history, what);
          same(t, found.model, wanted.model, what);
          await compareBatches(t, row, found.model, wanted.model, what);
        }
      }
    }
  });
}

/** What a model does with one batch, or without training. */
async function compareBatches(t: Test, row: TwinCase, found: Model, wanted: Model, what: string): Promise<void> {
  const [inputs, targets] = row.flat ? [FLAT.x, FLAT.y] : [x, y];
  const options = { sampleWeight: row.fit?.sampleWeight ?? null };
  const [a, b] = [found, wanted].map((model) => model.lossAndGradients(inputs, targets, options));
  // Of random numbers no two calls get the same.
  const isRandom = ['Dropout', 'noise'].includes(row.name);
  if (a !== undefined && b !== undefined && !isRandom) {
    near(t, a.loss, b.loss, 1e-5, `${what}: loss of lossAndGradients`);
    for (const [i, gradient] of b.gradients.entries()) {
      near(t, a.gradients[i] ?? Number.NaN, gradient, 1e-5, `${what}: gradient ${i}`);
    }
  }
  for (const method of ['evaluate', 'testOnBatch'] as const) {
    sameLogs(t, await found[method](inputs, targets, options), await wanted[method](inputs, targets, options), method);
  }
}

t.test('the table has what it is to have', async (t) => {
  t.equal(byStep.data.length, ROWS * STEPS);
  t.ok(
    x.data.some((value) => value === 0),
    'steps that are masked',
  );
});
