import type { FileArray } from '../../files/tree';
import { LIMITS } from '../../limits';
import { type Shape, sizeOf } from '../../tensor';
import { formsOfCall, formsOfPair, formsOfPower } from './forms';
import type { OnnxNode } from './node';
import type { Constant, Step, Tensor } from './values';

type Operator = (node: OnnxNode) => Tensor;
type Factor = number | readonly number[];

/** The layers of operators between tensors. */
const MERGES: Readonly<Record<string, string>> = {
  ...{ Add: 'Add', Sub: 'Subtract', Mul: 'Multiply', Sum: 'Add', Mean: 'Average', Max: 'Maximum', Min: 'Minimum' },
};

/** What a tensor is multiplied by and what is added, where the other operand is a constant on the right or on the left. */
const SCALED: Readonly<
  Record<string, (factor: Factor, isLeft: boolean) => readonly [scale: Factor, offset: Factor] | null>
> = {
  Add: (factor) => [1, factor],
  Sub: (factor, isLeft) => (isLeft ? [-1, factor] : [1, each(factor, (value) => -value)]),
  Mul: (factor) => [factor, 0],
  Div: (factor, isLeft) => (isLeft ? null : [each(factor, (value) => 1 / value), 0]),
};

function each(factor: Factor, change: (value: number) => number): Factor {
  return typeof factor === 'number' ? change(factor) : factor.map(change);
}

/** A constant as one number, or one for each of the last axis. */
function factorOf(node: OnnxNode, { array }: Constant, shape: Shape): Factor {
  const { data, shape: dims } = array;
  const last = dims.at(-1) ?? 1;
  const isRow = dims.length <= shape.length + 1 && sizeOf(dims) === last && (last === 1 || last === shape.at(-1));
  if (!isRow || data.length > LIMITS.values) throw node.refused(`a constant of shape [${dims.join(', ')}]`);
  const values = Array.from(data as Float64Array, Number);
  if (!values.every(Number.isFinite)) throw node.corrupt('finite constants', 'another');
  return last === 1 ? (values[0] as number) : values;
}

/** A row of a constant that may be a weight of the layer before: as many numbers as that has units. */
function rowOf({ array }: Constant, units: unknown): FileArray | null {
  return array.data.length === units ? { data: array.data, shape: [array.data.length] } : null;
}

/** Adds a bias to a Dense, or to a norm without one; multiplies a norm that has no factors. */
function foldOf(operator: string, constant: Constant, shape: Shape): Pick<Step, 'fold'> {
  const row = rowOf(constant, shape.at(-1));
  if (row === null || (operator !== 'Add' && operator !== 'Mul')) return {};
  return {
    fold(layer) {
      const { className, config, weights } = layer;
      const isFree = className === 'LayerNormalization' && config.center === false;
      if (operator === 'Add' && className === 'Dense' && config.use_bias === false && config.activation === 'linear') {
        layer.config = { ...config, use_bias: true };
        layer.weights = { ...weights, bias: row };
      } else if (operator === 'Add' && isFree) {
        layer.config = { ...config, center: true };
        layer.weights = { ...weights, beta: row };
      } else if (operator === 'Mul' && isFree && config.scale === false) {
        layer.config = { ...config, scale: true };
        layer.weights = { ...weights, gamma: row };
      } else return false;
      return true;
    },
  };
}

function withConstant(node: OnnxNode, x: Tensor, constant: Constant, isLeft: boolean): Tensor {
  const factor = factorOf(node, constant, x.shape);
  const scaled = SCALED[node.type]?.(factor, isLeft) ?? null;
  const operands = isLeft ? ([factor, x] as const) : ([x, factor] as const);
  const forms =
    typeof factor === 'number' ? formsOfPair(node.type, operands[0] as Tensor, operands[1] as Tensor) : undefined;
  if (scaled === null) return node.result(x.shape, [x], node.refused('a constant by a tensor'), forms);
  node.context.spend(constant.array.data.length);
  const [scale, offset] = scaled;
  const step = { className: 'Rescaling', config: { scale, offset }, ...foldOf(node.type, constant, x.shape) };
  return node.result(x.shape, [x], [step], forms);
}

/** The common shape of samples, whose axes correspond as the batch's do. */
function broadcast(node: OnnxNode, tensors: readonly Tensor[]): Shape {
  const [{ shape: first }] = tensors as readonly [Tensor];
  return first.map((_, i) => {
    const sizes = new Set(tensors.map(({ shape }) => shape[i] as number).filter((size) => size !== 1));
    const isRanked = tensors.every(({ shape }) => shape.length === first.length);
    if (!isRanked || sizes.size > 1)
      throw node.refused(`shapes ${tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')}`);
    return [...sizes][0] ?? 1;
  });
}

const merge: Operator = (node) => {
  const { type, inputs } = node;
  if (inputs.length === 1) return node.tensor(0);
  const [a, b] = inputs;
  if (inputs.length === 2 && a?.kind === 'tensor' && b?.kind === 'constant' && type in SCALED) {
    return withConstant(node, a, b, false);
  }
  if (inputs.length === 2 && a?.kind === 'constant' && b?.kind === 'tensor' && type in SCALED) {
    return withConstant(node, b, a, true);
  }
  const tensors = inputs.map((_, i) => node.tensor(i));
  const shape = broadcast(node, tensors);
  const forms = tensors.length === 2 ? formsOfPair(type, tensors[0] as Tensor, tensors[1] as Tensor) : undefined;
  const className = MERGES[type];
  return node.result(
    shape,
    tensors,
    className === undefined ? node.refused('tensors') : [{ className, config: {} }],
    forms,
  );
};

const power: Operator = (node) => {
  const x = node.tensor(0);
  const exponent = node.numberAt(1, 'exponent');
  const isSquare = exponent === 2;
  const steps = isSquare ? [{ className: 'Multiply', config: {} }] : node.refused(`exponent ${exponent}`);
  return node.result(x.shape, isSquare ? [x, x] : [x], steps, formsOfPower(x, exponent ?? Number.NaN));
};

/** The mean of a row, a part of norms. */
const reduceMean: Operator = (node) => {
  const x = node.tensor(0);
  const axes = node.integersAt(1, 'axes') ?? [];
  const isRow = axes.length === 1 && node.axis(axes[0] as number, x.shape) === x.shape.length;
  const isPart = isRow && x.shape.length > 0 && node.int('keepdims', 1) === 1;
  if (!isPart || node.int('noop_with_empty_axes', 0) !== 0) throw node.refused();
  return node.result([...x.shape.slice(0, -1), 1], [x], node.refused(), formsOfCall('Mean', x));
};

export const ARITHMETIC_OPERATORS: Readonly<Record<string, Operator>> = {
  ...{ Add: merge, Sub: merge, Mul: merge, Div: merge, Sum: merge, Mean: merge, Max: merge, Min: merge },
  Pow: power,
  Sqrt(node) {
    const x = node.tensor(0);
    return node.result(x.shape, [x], node.refused(), formsOfPower(x, 0.5));
  },
  Neg(node) {
    const x = node.tensor(0);
    return node.layer('Rescaling', { scale: -1, offset: 0 }, {}, formsOfPair('Mul', x, -1));
  },
  ReduceMean: reduceMean,
};
