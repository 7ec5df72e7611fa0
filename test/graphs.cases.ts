import {
  Add,
  Dense,
  type DenseOptions,
  Input,
  L1L2,
  L2,
  type Layer,
  MaxNorm,
  Model,
  NonNeg,
  type optimizers,
} from 'gemsbok';
import { sequence } from './helpers/numbers';
import { activation } from './oracle/activations';
import { regularizer } from './oracle/constraints';
import { lossCompute } from './oracle/losses';
import { add, at, type Nd, nd } from './oracle/ndarray';

export const ROWS = 22;
export const BATCH = 8;
export const BATCHES = [8, 8, 6];
export const TOLERANCE = 2e-5;

const array = (shape: number[], seed: number): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from(
    sequence(
      shape.reduce((size, one) => size * one, 1),
      seed,
    ),
  ),
  shape,
});
export const DATA = {
  a: array([ROWS, 3], 1),
  b: array([ROWS, 2], 2),
  score: array([ROWS, 2], 3),
  label: Int32Array.from({ length: ROWS }, (_, row) => (row * 7) % 3),
  scoreWeight: Float32Array.from(sequence(ROWS, 4), (value) => value + 1.5),
  labelWeight: Float32Array.from({ length: ROWS }, (_, row) => (row % 4 === 0 ? 0 : 0.5 + (row % 3))),
};
const LOSS_WEIGHTS = { score: 0.5, label: 2 };

/** The same rules, for the library and for the oracle. */
const KERNEL_PENALTY = { l1: 0.02, l2: 0.03 };
const BIAS_PENALTY = { l2: 0.05 };
const ACTIVITY_PENALTY = { l2: 0.1 };
export const MAX_NORM = { max_value: 0.6 };

export interface Parts {
  readonly model: Model;
  readonly shared: Dense;
}

/** Two inputs, a layer that is used twice, a sum, two outputs. Weights: lift, shared, score, label, kernel and bias each. */
export function twoByTwo(optimizer: optimizers.Optimizer, options: Partial<DenseOptions> = {}): Parts {
  const [a, b] = [new Input({ shape: [3], name: 'a' }), new Input({ shape: [2], name: 'b' })];
  const lift = new Dense({ units: 3, name: 'lift', activation: 'tanh', kernelRegularizer: new L1L2(KERNEL_PENALTY) });
  const shared = new Dense({
    units: 4,
    name: 'shared',
    activation: 'sigmoid',
    biasRegularizer: new L2(BIAS_PENALTY),
    activityRegularizer: new L2(ACTIVITY_PENALTY),
    ...options,
  });
  const joint = new Add().apply([shared.apply(a), shared.apply(lift.apply(b))]);
  const score = new Dense({ units: 2, name: 'score', kernelConstraint: new MaxNorm({ maxValue: MAX_NORM.max_value }) });
  const label = new Dense({ units: 3, name: 'label', activation: 'softmax', biasConstraint: new NonNeg() });
  const model = new Model({ inputs: [a, b], outputs: [score.apply(joint), label.apply(joint)] });
  const weights = ordered(model).flatMap(({ variables }) => variables);
  for (const [i, variable] of weights.entries()) variable.assign(array([...variable.shape], 10 + i));
  model.compile({
    optimizer,
    loss: { score: 'mse', label: 'sparse_categorical_crossentropy' },
    lossWeights: LOSS_WEIGHTS,
  });
  return { model, shared };
}

/** The layers with weights as {@link lossOf} counts them. */
export function ordered(model: Model): Layer[] {
  return ['lift', 'shared', 'score', 'label'].map((name) => model.getLayer(name));
}

export const weightsOf = (model: Model): Nd[] =>
  ordered(model).flatMap((layer) => layer.getWeights().map(({ shape, data }) => nd([...shape], data)));

export function dense(x: Nd, kernel: Nd, bias: Nd, name: string): Nd {
  const [rows, inputs, units] = [at(x.shape, 0), at(kernel.shape, 0), at(kernel.shape, 1)];
  const y = new Float64Array(rows * units);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      let sum = at(bias.data, unit);
      for (let i = 0; i < inputs; i++) sum += at(x.data, row * inputs + i) * at(kernel.data, i * units + unit);
      y[row * units + unit] = sum;
    }
  }
  return activation(name, {}, nd([rows, units], y));
}

export function rowsOf({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }, batch: number): Nd {
  const size = shape.slice(1).reduce((product, one) => product * one, 1);
  const part = Array.from(data).slice(batch * BATCH * size, (batch + 1) * BATCH * size);
  return nd([part.length / size, ...shape.slice(1)], part);
}

/** Loss of a batch by the plainest formulas. */
export function lossOf(weights: readonly Nd[], batch: number): { total: number; score: number; label: number } {
  const [liftK, liftB, sharedK, sharedB, scoreK, scoreB, labelK, labelB] = weights as [Nd, Nd, Nd, Nd, Nd, Nd, Nd, Nd];
  const [x, other] = [rowsOf(DATA.a, batch), rowsOf(DATA.b, batch)];
  const first = dense(x, sharedK, sharedB, 'sigmoid');
  const second = dense(dense(other, liftK, liftB, 'tanh'), sharedK, sharedB, 'sigmoid');
  const joint = add(first, second);
  const vector = (data: ArrayLike<number>): Nd => rowsOf({ data, shape: [ROWS] }, batch);
  const score = lossCompute('MeanSquaredError', {}, rowsOf(DATA.score, batch), dense(joint, scoreK, scoreB, 'linear'), {
    sampleWeight: vector(DATA.scoreWeight),
  });
  const label = lossCompute(
    'SparseCategoricalCrossentropy',
    {},
    vector(DATA.label),
    dense(joint, labelK, labelB, 'softmax'),
    { sampleWeight: vector(DATA.labelWeight) },
  );
  const penalty =
    regularizer('L1L2', KERNEL_PENALTY, liftK) +
    regularizer('L2', BIAS_PENALTY, sharedB) +
    [first, second].reduce((sum, y) => sum + regularizer('L2', ACTIVITY_PENALTY, y) / at(y.shape, 0), 0);
  const [scoreLoss, labelLoss] = [at(score.data, 0), at(label.data, 0)];
  const total = LOSS_WEIGHTS.score * scoreLoss + LOSS_WEIGHTS.label * labelLoss + penalty;
  return { total, score: scoreLoss, label: labelLoss };
}

export const X = { a: DATA.a, b: DATA.b };
export const Y = { score: DATA.score, label: DATA.label };
export const SAMPLE_WEIGHT = { score: DATA.scoreWeight, label: DATA.labelWeight };
