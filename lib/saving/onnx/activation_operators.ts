import type { FileArray } from '../../files/tree';
import { clipName, formsOfCall } from './forms';
import type { OnnxNode } from './node';
import type { Step, Tensor } from './values';

type Operator = (node: OnnxNode) => Tensor;

/** An activation by its name or config; it becomes that of a Dense before it. */
function activationStep(activation: unknown): Step {
  return {
    className: 'Activation',
    config: { activation },
    fold(layer) {
      if (layer.className !== 'Dense' || layer.config.activation !== 'linear') return false;
      layer.config = { ...layer.config, activation };
      return true;
    },
  };
}

/** `call` names the operator and its constants in formulas. */
function activation(node: OnnxNode, activation: unknown, call = node.type): Tensor {
  const x = node.tensor(0);
  return node.result(x.shape, [x], [activationStep(activation)], formsOfCall(call, x));
}

const named =
  (name: string): Operator =>
  (node) =>
    activation(node, name);

/** What is a part of formulas, and by itself no layer. */
const partAlone: Operator = (node) => {
  const x = node.tensor(0);
  return node.result(x.shape, [x], node.refused(), formsOfCall(node.type, x));
};

/** A part of formulas of one tensor and a number. */
const partWithNumber: Operator = (node) => {
  const x = node.tensor(0);
  return node.result(x.shape, [x], node.refused(), formsOfCall(`${node.type} ${node.numberAt(1, '')}`, x));
};

/** One of two tensors, by a condition: a part of formulas. */
const where: Operator = (node) => {
  const tensors = [0, 1, 2].map((i) => node.tensor(i)) as [Tensor, Tensor, Tensor];
  return node.result(tensors[1].shape, tensors, node.refused(), formsOfCall(node.type, ...tensors));
};

/** Over the axes from one on together before opset 13, over that one since. */
function alongAxes(name: string): Operator {
  return (node) => {
    const { shape } = node.tensor(0);
    const rank = shape.length + 1;
    const axis = node.axis(node.int('axis', node.opset < 13 ? 1 : -1), shape);
    if (axis === 0) throw node.refused('the axis of the batch');
    const axes = node.opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis - rank + i) : [axis - rank];
    const kept = axes.filter((one) => shape.at(one) !== 1 || one === -1);
    if (kept.length === 1 && kept[0] === -1) return activation(node, name);
    if (name === 'softmax') return node.layer('Softmax', { axis: kept });
    throw node.refused('axes other than the last');
  };
}

const hardSigmoid: Operator = (node) => {
  const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
  if (Math.abs(alpha - 1 / 6) < 1e-7 && beta === 0.5) {
    return activation(node, 'hard_sigmoid', `HardSigmoid ${alpha.toPrecision(4)} ${beta.toPrecision(4)}`);
  }
  const x = node.tensor(0);
  const cut = { className: 'ReLU', config: { max_value: 1 } };
  return node.result(x.shape, [x], [{ className: 'Rescaling', config: { scale: alpha, offset: beta } }, cut]);
};

const clip: Operator = (node) => {
  const x = node.tensor(0);
  const [min, max] = [node.numberAt(1, 'min'), node.numberAt(2, 'max')];
  const call = clipName(min, max);
  if (min === 0 && (max === undefined || max === Number.POSITIVE_INFINITY)) return activation(node, 'relu', 'Relu');
  if (min === 0 && max !== undefined) return node.layer('ReLU', { max_value: max }, {}, formsOfCall(call, x));
  if (min === -1 && max === 1) return activation(node, 'hard_tanh', call);
  const refused = node.refused(`the range from ${min ?? 'none'} to ${max ?? 'none'}`);
  return node.result(x.shape, [x], refused, formsOfCall(call, x));
};

/** Slopes along some axes; they hold for all along the others. */
const prelu: Operator = (node) => {
  const { shape } = node.tensor(0);
  const { array, name } = node.constant(1);
  const dims = array.shape.length === shape.length + 1 && array.shape[0] === 1 ? array.shape.slice(1) : array.shape;
  const alphaShape = [...Array(Math.max(0, shape.length - dims.length)).fill(1), ...dims] as number[];
  if (alphaShape.length !== shape.length || !alphaShape.every((size, i) => size === 1 || size === shape[i])) {
    throw node.corrupt(`factors that fit [${shape.join(', ')}]`, `[${array.shape.join(', ')}]`);
  }
  const shared = shape.flatMap((size, i) => (alphaShape[i] === size ? [] : [i + 1]));
  const alpha: FileArray = { data: array.data, shape: alphaShape };
  node.context.spend(alpha.data.length);
  return node.layer('PReLU', { shared_axes: shared.length === 0 ? null : shared }, { weights: { alpha }, named: name });
};

const gelu: Operator = (node) => {
  const approximate = node.text('approximate', 'none');
  if (approximate === 'none') return activation(node, 'gelu');
  if (approximate === 'tanh') return activation(node, { class_name: 'gelu', config: { approximate: true } });
  throw node.refused(`the form ${approximate}`);
};

const selu: Operator = (node) => {
  const [alpha, gamma] = [node.float('alpha', 1.6732632), node.float('gamma', 1.050701)];
  if (Math.abs(alpha - 1.6732632) < 1e-6 && Math.abs(gamma - 1.050701) < 1e-6) return activation(node, 'selu');
  throw node.refused('other constants');
};

const shrink: Operator = (node) => {
  const [threshold, bias] = [node.float('lambd', 0.5), node.float('bias', 0)];
  if (bias !== 0 && bias !== threshold) throw node.refused(`the bias ${bias}`);
  return activation(node, { class_name: bias === 0 ? 'hard_shrink' : 'soft_shrink', config: { threshold } });
};

export const ACTIVATION_OPERATORS: Readonly<Record<string, Operator>> = {
  ...{ Relu: named('relu'), Sigmoid: named('sigmoid'), Tanh: named('tanh'), Softplus: named('softplus') },
  ...{ Softsign: named('softsign'), Exp: named('exponential'), HardSwish: named('hard_silu'), Mish: named('mish') },
  ...{ Greater: partWithNumber, Where: where, Erf: partAlone, Log: partAlone, Abs: partAlone, Reciprocal: partAlone },
  Elu(node) {
    const alpha = node.float('alpha', 1);
    return alpha === 1 ? activation(node, 'elu') : node.layer('ELU', { alpha });
  },
  Celu: (node) => activation(node, { class_name: 'celu', config: { alpha: node.float('alpha', 1) } }),
  LeakyRelu: (node) => node.layer('LeakyReLU', { negative_slope: node.float('alpha', 0.01) }),
  ThresholdedRelu(node) {
    const config = { threshold: node.float('alpha', 1), default_value: 0 };
    return activation(node, { class_name: 'threshold', config });
  },
  ...{ Softmax: alongAxes('softmax'), LogSoftmax: alongAxes('log_softmax') },
  ...{
    HardSigmoid: hardSigmoid,
    Selu: selu,
    PRelu: prelu,
    Clip: clip,
    Shrink: shrink,
    Gelu: gelu,
    'com.microsoft.Gelu': gelu,
  },
};
