import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Loss, losses, type Tensor } from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';
import { makeLoss } from './losses.cases';
import { fromNested, type Nd } from './oracle/ndarray';

interface GoldenLoss {
  readonly name: string;
  readonly class?: string;
  readonly function?: string;
  readonly args: Record<string, unknown>;
  readonly reduction: string | null;
  readonly y_true?: unknown;
  readonly y_pred?: unknown;
  readonly sample_weight?: unknown;
  readonly mask?: unknown;
  readonly expected?: unknown;
  readonly expected_f64?: unknown;
  readonly tolerance: number;
  readonly expected_grad_y_pred?: unknown;
  readonly grad_tolerance: number;
  readonly expect_error?: boolean;
}

/** Needs a dynamic program over sequences, which nothing in a dense network asks for. */
const LEFT_OUT = ['CTC'];

type Floats = Tensor<Float32Array | Float64Array>;

/** The base class with a value for each element. */
class PerElement extends Loss<losses.ReductionName> {
  override call(yTrue: Floats, yPred: Floats): Nd {
    return {
      shape: [...yPred.shape],
      data: Float64Array.from(yPred.data, (p, i) => (Number(yTrue.data[i]) - Number(p)) ** 2),
    };
  }
}

function lossOf({ class: name = '', args, reduction }: GoldenLoss, dtype: 'float32' | 'float64'): losses.AnyLoss {
  const common = { reduction: reduction as losses.ReductionName, dtype };
  return name === 'Loss' ? new PerElement(common) : makeLoss(name, args, common);
}

const optional = (value: unknown): Nd | null => (value === undefined ? null : fromNested(value));

function weightsOf(golden: GoldenLoss): { readonly sampleWeight: Nd | null; readonly mask: Nd | null } {
  return { sampleWeight: optional(golden.sample_weight), mask: optional(golden.mask) };
}

function computed(golden: GoldenLoss, dtype: 'float32' | 'float64'): number | Tensor {
  const [yTrue, yPred] = [fromNested(golden.y_true), fromNested(golden.y_pred)];
  if (golden.function === undefined) return lossOf(golden, dtype).compute(yTrue, yPred, weightsOf(golden));
  const compute = losses.get(golden.function) as losses.LossFunction;
  return compute(yTrue, yPred, { ...golden.args, dtype });
}

const { cases } = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/golden/losses.json'), 'utf8')) as {
  cases: GoldenLoss[];
};

t.test("Keras' own values", async (t) => {
  for (const golden of cases) {
    const { name, class: type = '', expected_grad_y_pred: slopes } = golden;
    if (LEFT_OUT.includes(type)) continue;
    if (golden.expect_error) {
      t.throws(() => computed({ y_true: [[0]], y_pred: [[0]], ...golden }, 'float32'), { code: /^ERR_/ }, name);
      continue;
    }
    near(t, computed(golden, 'float32'), fromNested(golden.expected), golden.tolerance, name);
    if (golden.expected_f64 !== undefined) {
      near(t, computed(golden, 'float64'), fromNested(golden.expected_f64), 1e-9, `${name} in float64`);
    }
    if (slopes === undefined) continue;
    const gradient = lossOf(golden, 'float32').gradient(
      fromNested(golden.y_true),
      fromNested(golden.y_pred),
      weightsOf(golden),
    );
    const { data } = fromNested(slopes);
    const error = Math.max(...data.map((slope, i) => Math.abs(slope - Number(gradient.data[i]))));
    t.ok(
      gradient.data.length === data.length && error <= golden.grad_tolerance,
      `gradient of ${name}: off by ${error}`,
    );
  }
});
