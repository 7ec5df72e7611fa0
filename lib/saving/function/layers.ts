import { InWords, unsupported } from '../../errors';
import type { FileArray } from '../../files/tree';
import type { Config } from '../../identifiers';
import { type Shape, sizeOf } from '../../tensor';
import { sampleIndices } from '../layer_config';
import type { LayerUse } from '../layer_walk';
import { isFalsy } from '../python';
import { formulaOf, reluOf, rowActivation } from './activations';

/** A value of the function, flat, with the shape of a sample. */
export interface Flat {
  readonly name: string;
  readonly shape: Shape;
}

/** A use of a layer, and how its arrays are named in the source. */
export interface Use extends LayerUse<Flat> {
  /** The name of an array of the module. */
  readonly array: (data: ArrayLike<number>) => string;
}

/** An expression, and the shape of its value. */
interface Result {
  readonly code: string;
  readonly shape: Shape;
}

type Emit = (use: Use, x: Flat) => Result;

function refused({ className, name }: Use, what: string): Error {
  return unsupported(
    'model',
    'layers that a function can be made of',
    new InWords(`${what} of ${className} (\`${name}\`)`),
  );
}

const same: Emit = (_, { name, shape }) => ({ code: name, shape });
const size = ({ shape }: Flat): number => shape.at(-1) ?? 1;

/** A weight by its name, null where the layer has none. */
function weight({ weights, array }: Use, name: string): string {
  const found = weights.get(name);
  return found === undefined ? 'null' : array(found.data as Float32Array);
}

function activated(use: Use, code: string, shape: Shape, activation: unknown): Result {
  const formula = formulaOf(activation);
  if (formula === 'x') return { code, shape };
  if (formula !== null) return { code: `each(${code}, (x) => ${formula})`, shape };
  const row = rowActivation(activation);
  if (row === null) throw refused(use, 'the activation');
  return { code: `rows(${code}, ${shape.at(-1) ?? 1}, ${row})`, shape };
}

const dense: Emit = (use, x) => {
  const units = Number(use.config.units);
  const code = `dense(${x.name}, ${size(x)}, ${units}, ${weight(use, 'kernel')}, ${weight(use, 'bias')})`;
  return activated(use, code, [...x.shape.slice(0, -1), units], use.config.activation);
};

const formula =
  (of: (config: Config) => string): Emit =>
  ({ config }, { name, shape }) => ({ code: `each(${name}, (x) => ${of(config)})`, shape });

/** How many numbers the axes of a norm have, which must be the last. */
function rowSize(use: Use, { shape }: Flat): number {
  const axes = sampleIndices(use.config.axis, shape.length);
  const first = shape.length - axes.length;
  if (!axes.every((axis, i) => axis === first + i)) throw refused(use, 'axes that are not the last');
  return sizeOf(shape.slice(first));
}

const batchNormalization: Emit = (use, x) => {
  const { config, weights, array } = use;
  const [axis = 0] = sampleIndices(config.axis, x.shape.length);
  const values = (name: string): ArrayLike<number> | undefined => weights.get(name)?.data as Float32Array | undefined;
  const [gamma, mean, variance] = [values('gamma'), values('moving_mean'), values('moving_variance')];
  const factors = Array.from(
    variance ?? [],
    (value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value + Number(config.epsilon)),
  );
  const [centre, factor, beta] = [array(mean ?? []), array(factors), weight(use, 'beta')];
  const value = `(value - ${centre}[i]) * ${factor}[i]${beta === 'null' ? '' : ` + ${beta}[i]`}`;
  const inner = sizeOf(x.shape.slice(axis + 1));
  return { code: `channels(${x.name}, ${inner}, ${factors.length}, (value, i) => ${value})`, shape: x.shape };
};

const MERGES: Readonly<Record<string, string>> = {
  ...{ Add: 'a + b', Subtract: 'a - b', Multiply: 'a * b', Maximum: 'Math.max(a, b)', Minimum: 'Math.min(a, b)' },
  Average: 'a + b',
};

const merge: Emit = ({ className, inputs }) => {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const shapes = inputs.map(({ shape }) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
  const target = Array.from({ length: rank }, (_, axis) => Math.max(...shapes.map((shape) => shape[axis] as number)));
  const spread = inputs.map(({ name }, i) => {
    const shape = shapes[i] as number[];
    return shape.join() === target.join() ? name : `spread(${name}, [${shape}], [${target}])`;
  });
  const merged = `merge([${spread.join(', ')}], (a, b) => ${MERGES[className]})`;
  return { code: className === 'Average' ? `each(${merged}, (x) => x / ${inputs.length})` : merged, shape: target };
};

const concatenate: Emit = ({ config, inputs }, { shape }) => {
  const [axis = 0] = sampleIndices(config.axis, shape.length);
  const total = inputs.reduce((sum, one) => sum + (one.shape[axis] as number), 0);
  const sizes = inputs.map((one) => sizeOf(one.shape.slice(axis)));
  const names = inputs.map(({ name }) => name);
  return {
    code: `concat([${names.join(', ')}], [${sizes}])`,
    shape: shape.map((length, i) => (i === axis ? total : length)),
  };
};

const rescaling: Emit = ({ config, array }, x) => {
  const [scale, offset] = [config.scale, config.offset].map((given) => {
    const values = [given].flat().map(Number);
    return values.length === 1 ? `(${values[0]})` : `${array(values)}[i]`;
  });
  return { code: `channels(${x.name}, 1, ${size(x)}, (value, i) => value * ${scale} + ${offset})`, shape: x.shape };
};

/** The factors of a PReLU, for each number of a sample. */
const prelu: Emit = (use, x) => {
  const { shape } = use.weights.get('alpha') as FileArray;
  const alpha = weight(use, 'alpha');
  const whole = shape.join() === x.shape.join() ? alpha : `spread(${alpha}, [${shape}], [${x.shape}])`;
  return { code: `prelu(${x.name}, ${whole})`, shape: x.shape };
};

function targetOf(config: Config, shape: Shape): Shape {
  const target = config.target_shape as readonly number[];
  const known = sizeOf(target.filter((length) => length !== -1));
  return target.map((length) => (length === -1 ? sizeOf(shape) / known : length));
}

const LAYERS: Readonly<Record<string, Emit>> = {
  ...{ Dropout: same, GaussianNoise: same, GaussianDropout: same, AlphaDropout: same, SpatialDropout1D: same },
  ...{ ActivityRegularization: same, Identity: same },
  Dense: dense,
  Activation: (use, { name, shape }) => activated(use, name, shape, use.config.activation),
  ReLU: formula(reluOf),
  LeakyReLU: formula(({ negative_slope: below }) => `x < 0 ? ${Number(below)} * x : x`),
  ELU: formula(({ alpha }) => `x < 0 ? (${Number(alpha)}) * Math.expm1(x) : x`),
  PReLU: prelu,
  Softmax: (use, x) => ({ code: `rows(${x.name}, ${rowSize(use, x)}, softmax)`, shape: x.shape }),
  BatchNormalization: batchNormalization,
  LayerNormalization(use, x) {
    const epsilon = Number(use.config.epsilon);
    const norm = `layerNorm(row, ${epsilon}, ${weight(use, 'gamma')}, ${weight(use, 'beta')})`;
    return { code: `rows(${x.name}, ${rowSize(use, x)}, (row) => ${norm})`, shape: x.shape };
  },
  RMSNormalization(use, x) {
    const norm = `rmsNorm(row, ${Number(use.config.epsilon)}, ${weight(use, 'scale')})`;
    return { code: `rows(${x.name}, ${rowSize(use, x)}, (row) => ${norm})`, shape: x.shape };
  },
  UnitNormalization: (use, x) => {
    return { code: `rows(${x.name}, ${rowSize(use, x)}, (row) => unitNorm(row, 1e-12))`, shape: x.shape };
  },
  ...Object.fromEntries(Object.keys(MERGES).map((name) => [name, merge])),
  Concatenate: concatenate,
  Rescaling: rescaling,
  Flatten(use, { name, shape }) {
    if (use.config.data_format === 'channels_first') throw refused(use, 'channels_first');
    return { code: name, shape: [sizeOf(shape)] };
  },
  Reshape: ({ config }, { name, shape }) => ({ code: name, shape: targetOf(config, shape) }),
  Permute({ config }, { name, shape }) {
    const dims = config.dims as readonly number[];
    return { code: `permute(${name}, [${shape}], [${dims}])`, shape: dims.map((axis) => shape[axis - 1] as number) };
  },
  RepeatVector({ config }, { name, shape }) {
    const target = [Number(config.n), ...shape];
    return { code: `spread(${name}, [${[1, ...shape]}], [${target}])`, shape: target };
  },
  Embedding(use, { name, shape }) {
    if (!isFalsy(use.config.mask_zero)) throw refused(use, 'the mask');
    const [count, width] = [Number(use.config.input_dim), Number(use.config.output_dim)];
    const code = `embedding(${name}, ${count}, ${width}, ${weight(use, 'embeddings')})`;
    return { code, shape: [...shape, width] };
  },
};

/** What a layer computes. Errors: `ERR_UNSUPPORTED` for layers that are not among these. */
export function emitFunction(use: Use): Result {
  const emit = Object.hasOwn(LAYERS, use.className) ? LAYERS[use.className] : undefined;
  if (emit === undefined) throw refused(use, 'the formula');
  return emit(use, use.inputs[0] as Flat);
}
