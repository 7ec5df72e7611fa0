import { activations, Dense, Embedding, type Layer, layers, registerSerializable, type Tensor, tensor } from 'gemsbok';
import { LAYERS, type LayerCase } from './layers.cases';

export type MatrixRow = Pick<LayerCase, 'name' | 'make' | 'inputs'>;

const of = (inputs: readonly (readonly number[])[], ...all: readonly (() => Layer)[]): readonly MatrixRow[] =>
  all.map((make) => ({ name: make().className, make, inputs }));

/** Files know it by its registered name. */
function doubled(x: Tensor<Float32Array>): Tensor {
  return tensor(
    [...x.data].map((value) => 2 * Number(value)),
    { shape: x.shape },
  );
}
registerSerializable('matrix', doubled);

/** Layers that gradients do not pass through, and options that formulas differ by. */
const MORE: readonly MatrixRow[] = [
  ...of([[3]], () => new Embedding({ inputDim: 9, outputDim: 2 })),
  ...(['int', 'one_hot', 'multi_hot', 'count'] as const).flatMap((outputMode) => {
    return of([[2, 3]], () => new layers.Discretization({ binBoundaries: [0.5, 2, 4], outputMode }));
  }),
  ...(['one_hot', 'multi_hot', 'count'] as const).flatMap((outputMode) => {
    return of([[3]], () => new layers.CategoryEncoding({ numTokens: 9, outputMode }));
  }),
  ...of([[1]], () => new layers.CategoryEncoding({ numTokens: 9, outputMode: 'one_hot' })),
  ...of(
    [[5]],
    () => new layers.Lambda<Tensor<Float32Array>>({ forward: doubled }),
    () => new layers.ReLU({ maxValue: 1 }),
    () => new layers.ReLU({ threshold: 0.4 }),
    () => new layers.ReLU({ negativeSlope: 0.2 }),
  ),
  ...of(
    [[3, 2]],
    () => new layers.Flatten({ dataFormat: 'channels_first' }),
    () => new layers.LayerNormalization({ axis: 1 }),
    () => new layers.LayerNormalization({ axis: [2, 1] }),
    () => new layers.GroupNormalization({ groups: -1, axis: 1, scale: false }),
    () => new layers.RMSNormalization({ axis: [1, 2] }),
    () => new layers.RMSNormalization({ axis: 1 }),
    () => new layers.UnitNormalization({ axis: 1 }),
    () => new layers.BatchNormalization({ axis: 1, center: false }),
    () => new layers.Normalization({ axis: [1, 2], mean: [1, 2], variance: [4, 0.25] }),
    () => new layers.Normalization({ axis: null, invert: true, mean: 1, variance: 4 }),
    () => new layers.Normalization({ axis: 1 }),
    () => new layers.Rescaling({ scale: 0.5 }),
    () => new layers.Reshape({ targetShape: [3, -1] }),
  ),
];

const { get, serialize, deserialize, gradient, glu, ...functions } = activations;

/** Of single numbers or rows, by default and with options. */
const OPTIONS = [
  ...Object.keys(functions).filter((name) => name !== 'threshold'),
  ...[
    { class_name: 'relu', config: { negative_slope: 0.1, max_value: 2, threshold: 0.3 } },
    { class_name: 'leaky_relu', config: { negative_slope: 0.4 } },
    { class_name: 'elu', config: { alpha: 0.5 } },
    { class_name: 'celu', config: { alpha: 0.5 } },
    { class_name: 'gelu', config: { approximate: true } },
    { class_name: 'threshold', config: { threshold: 0.1, default_value: 0.2 } },
    { class_name: 'squareplus', config: { b: 2 } },
    { class_name: 'soft_shrink', config: { threshold: 0.3 } },
    { class_name: 'ReLU', config: { max_value: 1 } },
  ],
];

const ACTIVATIONS: readonly MatrixRow[] = OPTIONS.map((activation) => ({
  name: `Dense ${typeof activation === 'string' ? activation : `${activation.class_name} with options`}`,
  make: (): Layer => new Dense({ units: 4, activation: activation as never }),
  inputs: [[3]],
}));

export const ROWS: readonly MatrixRow[] = [...LAYERS, ...MORE, ...ACTIVATIONS];

/** Whether a format has the optimizer's state, and keeps the bits of predictions; one that is none of these fails. */
export const FORMATS: Readonly<Record<string, { readonly optimizer: boolean; readonly exact: boolean }>> = {
  ...{ keras: { optimizer: true, exact: true }, h5: { optimizer: true, exact: true } },
  ...{ 'weights.h5': { optimizer: true, exact: true }, safetensors: { optimizer: false, exact: true } },
  ...{ 'weights.safetensors': { optimizer: false, exact: true }, tfjs: { optimizer: false, exact: true } },
  // Operators, which compute by formulas of their own.
  onnx: { optimizer: false, exact: false },
};

/** The rows that a format refuses, and how. */
export const REFUSED: Readonly<Record<string, readonly (readonly [row: RegExp, message: RegExp])[]>> = {
  onnx: [
    [/^Masking/, /Masking/],
    [/^Lambda/, /Lambda/],
    [/sparsemax/, /sparsemax/],
  ],
  // What TensorFlow.js would compute otherwise without a word.
  tfjs: [
    [/^ReLU \[5\]$/, /options of ReLU/],
    [/hardSigmoid/, /hard_sigmoid/],
    [/^Dense (relu|leaky_relu|elu|celu|threshold|squareplus|soft_shrink) with options/, /the options of/],
  ],
};
