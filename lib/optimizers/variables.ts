import { sameShape } from '../broadcast';
import { invalidArgument, shapeMismatch, showShape } from '../errors';
import type { FloatArray } from '../native';
import {
  dtypeOf,
  type FloatDtype,
  floatDtypeOf,
  isTypedArray,
  type Shape,
  type ShapedArray,
  type TensorLike,
  type TypedArray,
  toFloats,
  toShapedArray,
} from '../tensor';

/** What an optimizer changes in place. A name matters to `excludeFromWeightDecay` and to Muon only. */
export type VariableLike =
  | FloatArray
  | { readonly data: FloatArray; readonly shape: Shape; readonly name?: string | undefined };

/** A variable, checked. */
export interface Target extends ShapedArray<FloatArray> {
  readonly dtype: FloatDtype;
  readonly name: string;
  /** With the name of its layer. */
  readonly path: string;
  /** Each stands for the variable. */
  readonly keys: readonly object[];
  /** Its shape is only that of its storage. */
  readonly bare: boolean;
}

export interface Pairs {
  readonly targets: readonly Target[];
  /** Null where none was given. */
  readonly gradients: readonly (FloatArray | null)[];
}

/** Checks that there is a gradient for each variable, of its shape. */
export function pairUp(gradients: readonly (TensorLike | null)[], variables: readonly VariableLike[]): Pairs {
  const targets = toTargets(variables);
  if (!Array.isArray(gradients) || gradients.length !== targets.length) {
    throw invalidArgument('gradients', `an array of ${targets.length}, one for each variable,`, gradients);
  }
  const values = Array.from(gradients, (gradient: TensorLike | null, index) => {
    const target = targets[index] as Target;
    return gradient === null || gradient === undefined ? null : toGradient(gradient, target, `gradients[${index}]`);
  });
  const missing = values.filter((value) => value === null).length;
  if (missing === values.length && missing > 0) throw invalidArgument('gradients', 'at least one gradient', gradients);
  if (missing > 0) {
    process.emitWarning(`${missing} of ${values.length} variables have no gradient and stay as they are.`);
  }
  return { targets, gradients: values };
}

/** Errors: `ERR_INVALID_ARG` for what cannot be changed in place, and for a mixture of float32 and float64. */
export function toTargets(variables: readonly VariableLike[]): readonly Target[] {
  if (!Array.isArray(variables)) throw invalidArgument('variables', 'an array of variables', variables);
  const targets = Array.from(variables, (variable, index) => toTarget(variable, `variables[${index}]`));
  const dtype = targets[0]?.dtype;
  const other = targets.findIndex((target) => target.dtype !== dtype);
  if (other !== -1) {
    throw invalidArgument(`variables[${other}]`, `${dtype} like the variables before it`, variables[other]);
  }
  return targets;
}

/** Shared memory was copied for the step. */
export function writeBack(targets: readonly Target[], variables: readonly VariableLike[]): void {
  for (const [index, variable] of variables.entries()) {
    const data = 'data' in variable ? variable.data : variable;
    const value = targets[index]?.data;
    if (value !== undefined && value !== data) data.set(value);
  }
}

function toTarget(variable: VariableLike, argument: string): Target {
  const { data, shape } = toShapedArray(variable, argument);
  const given: unknown = isTypedArray(variable) ? variable : variable?.data;
  if (!isTypedArray(given) || !isFloats(data)) {
    const fix = 'It is changed in place.';
    throw invalidArgument(argument, 'a Float32Array, a Float64Array or { data, shape } with one', variable, fix);
  }
  const name = 'name' in variable && typeof variable.name === 'string' ? variable.name : '';
  const dtype = floatDtypeOf(data);
  return { data, shape, dtype, name, path: name, keys: [variable, given], bare: given === variable };
}

function isFloats(data: TypedArray): data is FloatArray {
  return dtypeOf(data, 'data').startsWith('float');
}

function toGradient(gradient: TensorLike, variable: Target, argument: string): FloatArray {
  const { data, shape } = toFloats(gradient, variable.dtype, argument);
  const fits = variable.bare || isTypedArray(gradient) ? data.length === variable.data.length : false;
  if (!fits && !sameShape(shape, variable.shape)) {
    throw shapeMismatch(argument, `the shape of its variable, ${showShape(variable.shape)},`, shape);
  }
  return data;
}
