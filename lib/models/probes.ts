// Layers as functions of their inputs and weights: a weighted sum of the outputs, with its gradient.
import { elementAt } from '../check';
import { roundsToFloats } from '../differences';
import { shapeMismatch } from '../errors';
import { Input, type Layer } from '../layers';
import { CustomCall, type CustomMethods, customSpec } from '../layers/custom_layer';
import { NodeOf } from '../layers/symbolic';
import { Variable } from '../layers/variable';
import { Loss, type ValueAndGradient } from '../losses';
import type { FloatArray } from '../native';
import { seedState, setSeedState } from '../random';
import { type Shape, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';
import { Compilation, type Compiled } from './compile/compilation';
import { takesIndices } from './graph/topology';
import { trainedVariables } from './graph/trainable';
import { GraphTopology } from './model';
import { inputGradients, lossAndGradients } from './run/on_batch';

/** An input or a weight. */
interface Part {
  readonly of: string;
  /** A copy: what is changed here changes {@link values}. */
  readonly data: Float64Array;
  readonly shape: Shape;
  /** The terms of the sum. */
  readonly values: () => readonly number[];
}

export interface Probe {
  /** Whether it computes in float32. */
  readonly isSingle: boolean;
  readonly parts: readonly Part[];
  /** By each part. */
  gradients(): readonly ArrayLike<number>[];
}

/** Works with the layer as such a function, of copies of its weights. Errors: `ERR_SHAPE_MISMATCH` for inputs that it cannot take. */
export function probing<T>(layer: Layer, x: unknown, work: (probe: Probe) => T): T {
  const inputs = inputsOf(layer, x);
  layer.buildAll(...inputs.map(sampleShapeOf));
  return Variable.onCopies(layer.variables, () =>
    work(layer.runsHere ? customProbe(layer, inputs) : nativeProbe(layer, inputs)),
  );
}

type Numbers = Tensor<Float64Array>;

/** Tensors in a list are inputs, as is all in a list for what takes one. */
function inputsOf(layer: Layer, x: unknown): readonly Numbers[] {
  const isTensor = (one: unknown): boolean => typeof one === 'object' && one !== null && 'shape' in one;
  const isList = Array.isArray(x) && (layer.takesList || x.some(isTensor));
  const given = (isList ? x : [x]) as readonly TensorLike[];
  let samples: number | undefined;
  return Array.from(given, (one, i) => {
    const { data, shape } = toFloats(one, 'float64', nameOf(i, given.length));
    samples ??= shape[0];
    const expected = `${samples ?? 'any number of'} samples along the first axis`;
    if (samples === undefined || shape[0] !== samples) throw shapeMismatch(nameOf(i, given.length), expected, shape);
    return new Tensor(Float64Array.from(data), shape);
  });
}

const sampleShapeOf = ({ shape }: Numbers): Shape => shape.slice(1);
const samplesOf = (x: readonly Numbers[]): number => x[0]?.shape[0] ?? 0;
/** What a method does to its arguments stays with it. */
const copyOf = ({ data }: Numbers): Float64Array => data.slice();

const nameOf = (input: number, count: number): string => (count === 1 ? 'x' : `x[${input}]`);

/** Factors of outputs: of different sizes, as a plain sum does not move where outputs add up to 1, and floats. */
const factorOf = (index: number): number => Math.fround(1 + 0.9 * Math.sin(1 + 1.7 * index));

/** A layer with `forward` and `backward` of its own, in float64. */
function customProbe(layer: Layer, x: readonly Numbers[]): Probe {
  const { variables, declared } = layer;
  const spec = customSpec(layer as CustomMethods, x.map(sampleShapeOf), variables);
  const weights = variables.map(({ value: { data, shape } }) => new Tensor(Float64Array.from(data), shape));
  const call = (gradient: Float64Array | null): CustomCall<Float64Array> => {
    const node = { samples: samplesOf(x), x: x.map(copyOf), weights: weights.map(copyOf), gradient };
    return new CustomCall(layer as CustomMethods, spec, variables, declared, node);
  };
  const forward = (): Float64Array => call(null).forward(false);
  const trained = [...variables.keys()].filter((v) => variables[v]?.trainable);
  const values = (): number[] => weighted(forward());
  const parts = [
    ...x.map((one, i) => partOf(nameOf(i, x.length), one, values)),
    ...trained.map((v) => partOf(elementAt(variables, v).name, elementAt(weights, v), values)),
  ];
  return {
    parts,
    isSingle: roundsToFloats(joined(parts), (all) => {
      const before = joined(parts);
      assign(parts, all);
      const found = Array.from(forward());
      assign(parts, before);
      return found;
    }),
    gradients: () => {
      const found = call(forward().map((_, i) => factorOf(i))).backward();
      return [...found.inputs, ...trained.map((v) => elementAt(found.variables, v))];
    },
  };
}

function partOf(of: string, { data, shape }: Numbers, values: Part['values']): Part {
  return { of, data, shape, values };
}

function joined(parts: readonly Part[]): Float64Array {
  return Float64Array.from(parts.flatMap(({ data }) => [...data]));
}

function assign(parts: readonly Part[], values: Float64Array): void {
  let begin = 0;
  for (const { data } of parts) {
    data.set(values.subarray(begin, begin + data.length));
    begin += data.length;
  }
}

/** Any other layer, within a model, in float32. */
function nativeProbe(layer: Layer, x: readonly Numbers[]): Probe {
  const { y, ...compiled } = compiledAlone(layer, x);
  const { topology } = compiled;
  const weights = layer.getWeights().map(({ data, shape }) => new Tensor(Float64Array.from(data), shape));
  const seed = seedState();
  // Each time with the same noise.
  const run = <T>(work: () => T): T => {
    const now = seedState();
    setSeedState(seed);
    layer.setWeights(weights);
    try {
      return work();
    } finally {
      setSeedState(now);
    }
  };
  const given = (x.length === 1 ? x[0] : x) as TensorLike;
  const byInputs = () => run(() => inputGradients(compiled, given, y));
  const byWeights = () => run(() => lossAndGradients(compiled, given, y));
  const inputs = takesIndices(topology) ? [] : x;
  const trained = trainedVariables({ layers: [layer], trainable: true });
  const weightOf = (variable: Variable) => elementAt(weights, layer.variables.indexOf(variable));
  return {
    isSingle: true,
    parts: [
      ...inputs.map((one, i) => partOf(nameOf(i, x.length), one, () => [byInputs().loss])),
      ...trained.map((variable) => partOf(variable.name, weightOf(variable), () => [byWeights().loss])),
    ],
    gradients: () => {
      const byInput = inputs.length === 0 ? [] : ([byInputs().gradients].flat() as Tensor[]);
      const byWeight = trained.length === 0 ? [] : byWeights().gradients;
      return [...byInput, ...byWeight].map(({ data }) => data as Float32Array);
    },
  };
}

/** The layer alone, to train with the weighted sum of its outputs for a loss; and targets, which do not count. */
function compiledAlone(layer: Layer, x: readonly Numbers[]): Compiled & { readonly y: TensorLike } {
  const inputs = x.map((one, i) => new Input({ shape: [...sampleShapeOf(one)], name: `x_${i}` }).output);
  // A use of its own: the layer's `output` stays that of its first one.
  const { outputs } = new NodeOf(layer, inputs, layer.buildAll(...x.map(sampleShapeOf)));
  const topology = new GraphTopology(inputs, outputs);
  const options = { optimizer: 'sgd', loss: new WeightedSum() as never, advice: false } as const;
  const targets = outputs.map(({ sampleShape }) => {
    const shape = [samplesOf(x), ...sampleShape];
    return new Tensor(new Float32Array(sizeOf(shape)), shape);
  });
  const y = (targets.length === 1 ? targets[0] : targets) as TensorLike;
  return { topology, compilation: new Compilation(options, topology), y };
}

class WeightedSum extends Loss<'sum'> {
  constructor() {
    super({ reduction: 'sum' });
  }

  override valueAndGradientOf(_: unknown, { data, shape }: Tensor<FloatArray>): ValueAndGradient {
    return {
      value: weighted(data).reduce((sum, value) => sum + value, 0),
      gradient: new Tensor(
        (data as Float32Array).map((_, i) => factorOf(i)),
        shape,
      ),
    };
  }
}

function weighted(outputs: FloatArray): number[] {
  return Array.from(outputs, (value, i) => value * factorOf(i));
}
