import { sameShape } from '../broadcast';
import { invalidArgument, shapeMismatch, showShape } from '../errors';
import type { FloatArray } from '../native';
import {
  type Dense,
  dtypeOf,
  type FloatDtype,
  isTypedArray,
  type Shape,
  type TensorLike,
  type TypedArray,
  toDense,
  toFloats,
} from '../tensor';

/** What an optimizer changes in place. */
export type VariableLike = FloatArray | { readonly data: FloatArray; readonly shape: Shape };

export interface Pairs {
  readonly variables: readonly FloatArray[];
  /** Null where none was given. */
  readonly gradients: readonly (FloatArray | null)[];
  /** Indices of the variables that have a gradient. */
  readonly present: readonly number[];
}

/** Checks that there is a gradient for each variable, of its shape. */
export function pairUp(gradients: readonly (TensorLike | null)[], variables: readonly VariableLike[]): Pairs {
  if (!Array.isArray(variables)) throw invalidArgument('variables', 'an array of variables', variables);
  if (!Array.isArray(gradients) || gradients.length !== variables.length) {
    throw invalidArgument('gradients', `an array of ${variables.length}, one for each variable,`, gradients);
  }
  const targets = variables.map((variable, index) => toVariable(variable, `variables[${index}]`));
  const values = gradients.map((gradient: TensorLike | null, index) => {
    const target = targets[index] as Variable;
    return gradient === null || gradient === undefined ? null : toGradient(gradient, target, `gradients[${index}]`);
  });
  const present = [...values.keys()].filter((index) => values[index] !== null);
  if (present.length === 0) throw invalidArgument('gradients', 'at least one gradient', gradients);
  if (present.length < values.length) {
    const missing = values.length - present.length;
    process.emitWarning(`${missing} of ${values.length} variables have no gradient and stay as they are.`);
  }
  return { variables: targets.map(({ data }) => data), gradients: values, present };
}

/** Shared memory was copied for the step. */
export function writeBack(values: readonly FloatArray[], variables: readonly VariableLike[]): void {
  for (const [index, variable] of variables.entries()) {
    const data = 'data' in variable ? variable.data : variable;
    const value = values[index];
    if (value !== undefined && value !== data) data.set(value);
  }
}

interface Variable extends Dense<FloatArray> {
  readonly dtype: FloatDtype;
  /** Its shape is only that of its storage. */
  readonly bare: boolean;
}

function toVariable(variable: VariableLike, argument: string): Variable {
  const { data, shape } = toDense(variable, argument);
  const given: unknown = isTypedArray(variable) ? variable : variable?.data;
  if (!isTypedArray(given) || !isFloats(data)) {
    const fix = 'It is changed in place.';
    throw invalidArgument(argument, 'a Float32Array, a Float64Array or { data, shape } with one', variable, fix);
  }
  return { data, shape, dtype: data.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64', bare: given === variable };
}

function isFloats(data: TypedArray): data is FloatArray {
  return dtypeOf(data, 'data').startsWith('float');
}

function toGradient(gradient: TensorLike, variable: Variable, argument: string): FloatArray {
  const { data, shape } = toFloats(gradient, variable.dtype, argument);
  const fits = variable.bare || isTypedArray(gradient) ? data.length === variable.data.length : false;
  if (!fits && !sameShape(shape, variable.shape)) {
    throw shapeMismatch(argument, `the shape of its variable, ${showShape(variable.shape)},`, shape);
  }
  return data;
}
