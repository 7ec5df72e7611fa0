import { SGD } from 'gemsbok';
import t, { type Test } from 'tap';
import { goldenCases, readFixture } from './helpers/golden';
import { draw, type FloatsType, flat, near, toConfig, type Variable, variableOf } from './helpers/optimizers';
import { type Args, OPTIMIZERS, type OptimizerRow, SHAPES, SHARED_VARIANTS } from './optimizers.cases';
import { fromNested, type Nd } from './oracle/ndarray';
import { OptimizerOracle } from './oracle/optimizers';

const PRECISIONS: readonly [FloatsType, number][] = [
  [Float32Array, 5e-5],
  [Float64Array, 1e-10],
];

interface Comparison {
  readonly row: OptimizerRow;
  readonly args: Args;
  readonly shapes: readonly (readonly number[])[];
  readonly steps: number;
}

/** Steps on all variables with the same gradients, against the oracle; the averages too, where there are some. */
function compare(test: Test, { row, args, shapes, steps }: Comparison): void {
  for (const [floats, tolerance] of PRECISIONS) {
    const optimizer = row.type.fromConfig(toConfig(args));
    const oracle = new OptimizerOracle(row.type.name, args);
    const wanted = shapes.map((shape, i) => draw(shape, i));
    const variables = wanted.map((start) => variableOf(floats, start));
    for (let step = 0; step < steps; step++) {
      const gradients = shapes.map((shape, i) => draw(shape, 1000 * step + i + 100));
      oracle.apply(gradients, wanted);
      optimizer.apply(gradients, variables);
    }
    near(test, flat(variables), flat(wanted), tolerance, floats.name);
    if (args.use_ema) {
      const first = typeof args.learning_rate === 'object' ? 1 : 2;
      const averages = optimizer.getWeights().slice(first, first + shapes.length) as Variable[];
      near(
        test,
        flat(averages),
        oracle.averages.flatMap((average) => [...average]),
        tolerance,
        `${floats.name}, averages`,
      );
    }
    test.equal(optimizer.iterations, Math.floor(steps / Number(args.gradient_accumulation_steps ?? 1)));
  }
}

t.test('trajectories are those of the oracle', async (t) => {
  for (const [name, row] of Object.entries(OPTIMIZERS)) {
    t.test(name, async (t) => {
      for (const args of [...row.variants, ...SHARED_VARIANTS]) {
        t.test(JSON.stringify(args), async (t) => compare(t, { row, args, shapes: SHAPES, steps: 10 }));
      }
    });
  }
});

t.test('and where a variable is more than one piece of work', async (t) => {
  const args = { learning_rate: 0.1, weight_decay: 0.2, clipnorm: 5, use_ema: true };
  for (const [name, row] of Object.entries(OPTIMIZERS)) {
    t.test(name, async (t) => compare(t, { row, args, shapes: [[9001], [2100, 4]], steps: 2 }));
  }
});

interface Golden {
  readonly name: string;
  readonly class: string;
  readonly args: Args;
  readonly initial?: readonly unknown[];
  /** Per call, per variable. */
  readonly grads?: readonly (readonly unknown[])[];
  /** Indices of variables. */
  readonly exclude_from_weight_decay?: readonly number[];
  readonly expected?: readonly (readonly unknown[])[];
  readonly expected_ema?: readonly unknown[];
  readonly tolerance?: number;
  readonly expect_error?: boolean;
  readonly python_only?: boolean;
}

function runGolden(golden: Golden): { readonly calls: readonly number[][]; readonly averages: readonly number[] } {
  const { args, initial = [], grads = [], exclude_from_weight_decay: excluded = [] } = golden;
  const optimizer = (OPTIMIZERS[golden.class] as OptimizerRow).type.fromConfig(toConfig(args));
  const variables = initial.map((value) => variableOf(Float32Array, fromNested(value)));
  optimizer.excludeFromWeightDecay({ varList: excluded.map((index) => variables[index] as Variable) });
  const calls = grads.map((gradients) => {
    optimizer.apply(
      gradients.map((gradient): Nd | null => (gradient === null ? null : fromNested(gradient))),
      variables,
    );
    return flat(variables);
  });
  return { calls, averages: flat(optimizer.getWeights().slice(2, 2 + variables.length) as Variable[]) };
}

t.test("Keras' own trajectories", async (t) => {
  for (const golden of goldenCases<Golden>('optimizers')) {
    t.test(golden.name, async (t) => {
      if (golden.expect_error) {
        t.throws(() => runGolden(golden), { code: /^ERR_/ });
        return;
      }
      const { calls, averages } = runGolden(golden);
      const { expected = [], expected_ema: ema, tolerance = 0 } = golden;
      t.equal(calls.length, expected.length);
      for (const [call, variables] of expected.entries()) {
        near(t, calls[call] ?? [], flat(variables.map(fromNested)), tolerance, `call ${call}`);
      }
      if (ema !== undefined) near(t, averages, flat(ema.map(fromNested)), tolerance, 'averages');
    });
  }
});

interface TorchRuns {
  readonly initial: readonly unknown[];
  readonly grads: readonly (readonly unknown[])[];
  readonly cases: readonly { readonly class: string; readonly args: Args; readonly expected: readonly unknown[][] }[];
}

t.test("PyTorch's trajectories, where it defines the same updates", async (t) => {
  const { initial, grads, cases } = readFixture<TorchRuns>('torch/optimizers');
  for (const { class: name, args, expected } of cases) {
    const optimizer = (OPTIMIZERS[name] as OptimizerRow).type.fromConfig(args);
    const variables = initial.map((value) => variableOf(Float64Array, fromNested(value)));
    const calls = grads.map((gradients) => {
      optimizer.apply(gradients.map(fromNested), variables);
      return flat(variables);
    });
    near(
      t,
      calls.flat(),
      expected.flatMap((values) => flat(values.map(fromNested))),
      1e-10,
      `${name} ${JSON.stringify(args)}`,
    );
  }
});

t.test('a missing gradient leaves its variable alone, with a warning', async (t) => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  const options = { learning_rate: 1, weight_decay: 0.5, gradient_accumulation_steps: 2, use_ema: true, momentum: 0.5 };
  const optimizer = SGD.fromConfig(options);
  const oracle = new OptimizerOracle('SGD', options);
  const wanted = [draw([2], 1), draw([3], 2)];
  const variables = wanted.map((start) => variableOf(Float64Array, start));
  for (const missing of [1, 0, null, null, 0, 1]) {
    const gradients = wanted.map(({ shape }, i) => (i === missing ? null : draw(shape, i + 5)));
    optimizer.apply(gradients, variables);
    oracle.apply(gradients, wanted);
    near(t, flat(variables), flat(wanted), 1e-12, `without ${missing}`);
  }
  await new Promise(setImmediate);
  t.equal(warnings.length, 4);
  t.match(warnings[0]?.message, /1 of 2 variables/);
});
