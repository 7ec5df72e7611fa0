import {
  Embedding,
  Flatten,
  Input,
  type Layer,
  layers,
  MeanAbsoluteError,
  Model,
  Sequential,
  type Tensor,
  type TensorLike,
  tensor,
} from 'gemsbok';
import t from 'tap';
import { type Args, type GoldenCase, goldenCases, toOptions } from './helpers/golden';
import { near } from './helpers/near';

interface GoldenLayer extends GoldenCase {
  readonly class: string;
  readonly args: Args;
  readonly x?: TensorLike;
  readonly inputs?: readonly TensorLike[];
  readonly weights?: readonly TensorLike[];
  readonly weight_names?: readonly string[];
  readonly training?: boolean;
  readonly expected?: TensorLike;
  readonly expected_losses?: readonly number[];
  readonly expected_state?: Readonly<Record<string, TensorLike>>;
  readonly upstream?: TensorLike;
  readonly expected_grad_x?: TensorLike;
  readonly expected_grad_inputs?: readonly TensorLike[];
  readonly expected_grad_weights?: Readonly<Record<string, TensorLike>>;
  readonly facts?: {
    readonly zero_fraction: number;
    readonly zero_fraction_tolerance: number;
    readonly kept_value: number;
  };
}

/** Along the batch itself: samples do not know of each other here. */
const CASES = goldenCases<GoldenLayer>('layers').filter(({ args }) => args.axis !== 0);

function make(golden: GoldenLayer): Layer {
  const Class = (layers as unknown as Record<string, new (options: object) => Layer>)[golden.class];
  if (Class === undefined) throw new Error(`there is no ${golden.class}`);
  return new Class(toOptions(golden.args));
}

/** A variable of a model that gives the samples of an array, so that they have a gradient. */
function asVariable(
  value: TensorLike,
  source: Input,
): { variable: layers.Variable; samples: ReturnType<Layer['apply']> } {
  const { data, shape } = tensor(value);
  const [rows = 0, ...sample] = shape;
  const weights = { data, shape: [rows, data.length / rows] };
  const layer = new Embedding({ inputDim: rows, outputDim: data.length / rows, weights });
  const samples = new layers.Reshape({ targetShape: sample }).apply(layer.apply(source));
  return { variable: layer.variables[0] as layers.Variable, samples };
}

interface Derivatives {
  readonly output: Tensor;
  readonly inputs: readonly Tensor[];
  readonly ofWeight: (name: string) => Tensor;
}

/** The output in training, and the gradients of sum(upstream * output), of which the output is one by the upstream. */
function differentiate(golden: GoldenLayer, values: readonly TensorLike[], upstream: TensorLike): Derivatives {
  const layer = make(golden);
  const source = new Input({ shape: [1] });
  const inputs = values.map((value) => asVariable(value, source));
  const factor = asVariable(upstream, source);
  const output = layer.apply(inputs.map(({ samples }) => samples));
  if (golden.weights !== undefined) layer.setWeights(golden.weights);
  const flat = [output, factor.samples].map((one) => new Flatten().apply(one));
  const model = new Model({ inputs: source, outputs: layers.dot(flat, { axes: 1 }) });
  // Far below all sums: the gradient of the absolute error is 1.
  model.compile({ optimizer: 'sgd', loss: new MeanAbsoluteError({ reduction: 'sum' }) });
  const rows = tensor(upstream).shape[0] ?? 0;
  const ids = { data: Float32Array.from({ length: rows }, (_, i) => i), shape: [rows, 1] };
  const { gradients } = model.lossAndGradients(ids, { data: new Float32Array(rows).fill(-1e6), shape: [rows, 1] });
  const trainable = model.layers.flatMap(({ variables }) => variables.filter((one) => one.trainable));
  const gradientOf = (variable: layers.Variable | undefined, shape: readonly number[]): Tensor =>
    tensor((gradients[trainable.indexOf(variable as layers.Variable)] as Tensor).data, { shape: [...shape] });
  return {
    output: gradientOf(factor.variable, tensor(upstream).shape),
    inputs: inputs.map(({ variable }, i) => gradientOf(variable, tensor(values[i] as TensorLike).shape)),
    ofWeight: (name) => {
      const variable = layer.variables.find((one) => one.name === name);
      return gradientOf(variable, variable?.shape ?? []);
    },
  };
}

t.test("gradients, and outputs in training, are those of Keras' layers", async (t) => {
  for (const golden of CASES.filter(({ upstream }) => upstream !== undefined)) {
    const { name, x, inputs, expected, upstream, tolerance = 1e-5, grad_tolerance = 1e-4 } = golden;
    const values = inputs ?? [x as TensorLike];
    const found = differentiate(golden, values, upstream as TensorLike);
    const wanted = golden.expected_grad_inputs ?? [golden.expected_grad_x as TensorLike];
    // Noise would disturb what inference is compared with elsewhere.
    if (/Noise/.test(golden.class)) continue;
    near(t, found.output, tensor(expected as TensorLike), tolerance, `${name}: output`);
    for (const [i, one] of wanted.entries()) {
      near(t, found.inputs[i] as Tensor, tensor(one), grad_tolerance, `${name}: gradient of input ${i}`);
    }
    for (const [weight, one] of Object.entries(golden.expected_grad_weights ?? {})) {
      near(t, found.ofWeight(weight), tensor(one), grad_tolerance, `${name}: gradient of ${weight}`);
    }
  }
});

/** The layer on its own, compiled. */
function alone(golden: GoldenLayer): { model: Sequential; layer: Layer; x: TensorLike } {
  const x = golden.x as TensorLike;
  const layer = make(golden);
  const model = new Sequential([new Input({ shape: tensor(x).shape.slice(1) }), layer]);
  if (golden.weights !== undefined) layer.setWeights(golden.weights);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return { model, layer, x };
}

t.test("variables, penalties and moving statistics are those of Keras' layers", async (t) => {
  for (const golden of CASES) {
    const { name, weight_names, expected_losses, expected_state, tolerance = 1e-5 } = golden;
    if (weight_names === undefined) continue;
    const { model, layer, x } = alone(golden);
    t.strictSame(
      layer.variables.map((variable) => variable.name),
      weight_names,
      `${name}: names`,
    );
    if (expected_losses !== undefined) {
      const logs = (await model.evaluate(x, model.predictSync(x))) as { readonly loss: number };
      near(t, logs.loss, expected_losses[0] as number, tolerance, `${name}: penalty`);
    }
    if (expected_state === undefined) continue;
    await model.trainOnBatch(x, model.predictSync(x));
    for (const [state, one] of Object.entries(expected_state)) {
      const found = layer.variables.find((variable) => variable.name === state) as layers.Variable;
      near(t, found.value, tensor(one), tolerance, `${name}: ${state}`);
    }
  }
});

t.test("facts of Keras' noise", async (t) => {
  for (const golden of CASES) {
    if (golden.facts === undefined) continue;
    const { zero_fraction, zero_fraction_tolerance, kept_value } = golden.facts;
    const ones = { data: new Float32Array(200 * 200).fill(1), shape: [200, 200] };
    const { output, inputs } = differentiate(golden, [ones], ones);
    const values = Array.from(output.data, Number);
    const zeros = values.filter((value) => value === 0).length / values.length;
    t.ok(Math.abs(zeros - zero_fraction) <= zero_fraction_tolerance, `${golden.name}: ${zeros} are 0`);
    t.ok(
      values.every((value) => value === 0 || Math.abs(value - kept_value) < 1e-6),
      `${golden.name}: others are ${kept_value}`,
    );
    t.strictSame(inputs[0]?.data, output.data, `${golden.name}: the gradient has the same factors`);
  }
});
