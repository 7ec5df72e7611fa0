import { SGD } from 'gemsbok';
import t, { type Test } from 'tap';
import { bits, classifier, x, y } from './models.cases';
import { type Args, OPTIMIZERS, type OptimizerRow, SHAPES } from './optimizers.cases';
import { draw, type FloatsType, near, readGolden, toConfig, type Variable, variableOf } from './optimizers.support';
import { fromNested, type Nd } from './oracle/ndarray';
import { OptimizerOracle } from './oracle/optimizers';

const STEPS = 10;
const PRECISIONS: readonly [FloatsType, number][] = [
  [Float32Array, 2e-5],
  [Float64Array, 1e-12],
];

/** Steps on all variables with the same gradients, against the oracle. */
function compare(test: Test, { type }: OptimizerRow, args: Args, [floats, tolerance]: [FloatsType, number]): void {
  const optimizer = type.fromConfig(toConfig(args));
  const oracle = new OptimizerOracle(type.name, args);
  const starts = SHAPES.map((shape, i) => draw(shape, i));
  const variables = starts.map((start) => variableOf(floats, start));
  for (let step = 0; step < STEPS; step++) {
    const gradients = SHAPES.map((shape, i) => draw(shape, 1000 * step + i + 100));
    oracle.apply(gradients, starts);
    optimizer.apply(gradients, variables);
  }
  for (const [i, { data }] of starts.entries()) {
    near(test, variables[i]?.data ?? [], data, tolerance, `${floats.name} [${SHAPES[i]}]`);
  }
  test.equal(optimizer.iterations, STEPS);
}

t.test('trajectories are those of the oracle', async (t) => {
  for (const [name, row] of Object.entries(OPTIMIZERS)) {
    for (const args of row.variants) {
      t.test(`${name} ${JSON.stringify(args)}`, async (t) => {
        for (const [floats, tolerance] of PRECISIONS) compare(t, row, args, [floats, tolerance]);
      });
    }
  }
});

interface Golden {
  readonly name: string;
  readonly class: string;
  readonly args: Args;
  readonly initial?: readonly unknown[];
  /** Per call, per variable. */
  readonly grads?: readonly (readonly unknown[])[];
  readonly expected?: readonly (readonly unknown[])[];
  readonly tolerance?: number;
  readonly expect_error?: boolean;
  readonly python_only?: boolean;
}

function run({ args, initial = [], grads = [] }: Golden, { type }: OptimizerRow): readonly (readonly Variable[])[] {
  const optimizer = type.fromConfig(toConfig(args));
  const variables = initial.map((value) => variableOf(Float32Array, fromNested(value)));
  return grads.map((gradients) => {
    optimizer.apply(
      gradients.map((gradient): Nd | null => (gradient === null ? null : fromNested(gradient))),
      variables,
    );
    return variables.map(({ data, shape }) => ({ data: data.slice(), shape }));
  });
}

const OPEN = ['weight_decay', 'use_ema', 'clipnorm', 'clipvalue', 'global_clipnorm', 'loss_scale_factor'];

t.test("Keras' own trajectories", async (t) => {
  for (const golden of readGolden<Golden>('optimizers')) {
    const row = OPTIMIZERS[golden.class];
    const open = OPEN.some((name) => name in golden.args) || typeof golden.args.learning_rate === 'object';
    if (row === undefined || open || golden.python_only) continue;
    t.test(golden.name, async (t) => {
      if (golden.expect_error) {
        t.throws(() => run(golden, row), { code: /^ERR_/ });
        return;
      }
      const calls = run(golden, row);
      for (const [call, variables] of (golden.expected ?? []).entries()) {
        for (const [v, wanted] of variables.entries()) {
          const found = calls[call]?.[v]?.data ?? [];
          near(t, found, fromNested(wanted).data, golden.tolerance ?? 0, `call ${call}, variable ${v}`);
        }
      }
    });
  }
});

t.test('`apply` gives the bits that training gives', async (t) => {
  for (const [name, { type, variants }] of Object.entries(OPTIMIZERS)) {
    for (const args of variants) {
      const [trained, applied] = [classifier(), classifier()];
      const loss = 'sparse_categorical_crossentropy';
      trained.compile({ optimizer: type.fromConfig(args), loss });
      const optimizer = type.fromConfig(args);
      const weights = applied.getWeights();
      for (let step = 0; step < 3; step++) {
        await trained.trainOnBatch(x, y);
        optimizer.apply(applied.lossAndGradients(x, y).gradients, weights);
        applied.setWeights(weights);
      }
      t.strictSame(bits(applied), bits(trained), `${name} ${JSON.stringify(args)}`);
    }
  }
});

t.test('missing gradients', async (t) => {
  const variables = [Float32Array.of(1, 2), Float32Array.of(3)];
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  new SGD({ learningRate: 1 }).apply([null, [1]], variables);
  await new Promise(setImmediate);
  t.strictSame(variables, [Float32Array.of(1, 2), Float32Array.of(2)]);
  t.match(warnings[0]?.message, /1 of 2 variables/);
  t.throws(() => new SGD().apply([null, null], variables), { code: 'ERR_INVALID_ARG' });
});
