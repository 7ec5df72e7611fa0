import { moveAxisBack, moveAxisLast, resolveAxis, sameShape } from '../broadcast';
import { checkFloatDtype, checkInteger, checkOptions, type OptionsObject, toCamelCase } from '../check';
import { outOfRange, shapeMismatch, showShape } from '../errors';
import { type ActivationCall, type FloatArray, native, type Spec } from '../native';
import { type Dense, type FloatDtype, type Shape, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

export interface ActivationOptions {
  /** Of the arithmetic. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** Computes an activation of `x`, in the same shape. */
export type Activation<Options = ActivationOptions> = (x: TensorLike, options?: Options) => Tensor;

/** An activation as the table has it. */
export interface ActivationEntry {
  /** Keras' name. */
  readonly name: string;
  readonly call: Activation;
  /** The names of its own options. */
  readonly own: readonly string[];
  /** Own options, checked, in native terms. */
  readonly parameters: (options: OptionsObject) => Spec['parameters'];
  /** Whether it computes along axes, which the option `axis` then names. */
  readonly alongAxes: boolean;
}

const entries = new Map<string, ActivationEntry>();

/** Adds an activation to the table and gives its public function. */
export function define<Options extends ActivationOptions>(
  name: string,
  own: readonly (keyof Options & string)[] = [],
  parameters: ActivationEntry['parameters'] = () => ({}),
): Activation<Options> {
  const call = (x: TensorLike, options?: Options): Tensor => forward(entry, x, options);
  Object.defineProperty(call, 'name', { value: toCamelCase(name) });
  const entry: ActivationEntry = {
    name,
    call: call as Activation,
    own,
    parameters,
    alongAxes: own.includes('axis' as never),
  };
  entries.set(name, entry);
  return call;
}

/** By Keras' name or its camelCase form, or by the function. */
export function findEntry(identifier: unknown): ActivationEntry | undefined {
  if (typeof identifier === 'string' && entries.has(identifier)) return entries.get(identifier);
  for (const entry of entries.values()) {
    if (entry.call === identifier || toCamelCase(entry.name) === identifier) return entry;
  }
  return undefined;
}

export function activationNames(): readonly string[] {
  return [...entries.keys()];
}

/** `upstream` times the derivative at `x`. */
export function backward(entry: ActivationEntry, x: TensorLike, upstream: TensorLike, options: unknown): Tensor {
  const call = prepare(entry, x, options);
  const factors = toFloats(upstream, call.dtype, 'upstream');
  if (!sameShape(factors.shape, call.shape)) {
    throw shapeMismatch('upstream', `the shape of x, ${showShape(call.shape)},`, factors.shape);
  }
  if (call.x.length === 0) return new Tensor(call.x, call.shape);
  const upstreamRows = toLast(factors.data, call.shape, call.axes);
  const gradient = native.activationBackward({ ...call.native, upstream: upstreamRows });
  return new Tensor(fromLast(gradient, call.shape, call.axes), call.shape);
}

function forward(entry: ActivationEntry, x: TensorLike, options: unknown): Tensor {
  const call = prepare(entry, x, options);
  if (call.x.length === 0) return new Tensor(call.x, call.shape);
  return new Tensor(fromLast(native.activationForward(call.native), call.shape, call.axes), call.shape);
}

interface Prepared {
  readonly x: FloatArray;
  readonly shape: Shape;
  readonly dtype: FloatDtype;
  readonly axes: readonly number[];
  readonly native: ActivationCall;
}

function prepare(entry: ActivationEntry, x: TensorLike, options: unknown): Prepared {
  const given = checkOptions(options, [...entry.own, 'dtype'], entry.name);
  const dtype = checkFloatDtype(given.dtype);
  const { data, shape }: Dense<FloatArray> = toFloats(x, dtype, 'x');
  const axes = entry.alongAxes ? checkAxes(given.axis ?? -1, shape) : [];
  const columns = entry.alongAxes ? sizeOf(axes.map((axis) => shape[axis] ?? 1)) : sizeOf(shape);
  if (entry.alongAxes && columns === 1) {
    process.emitWarning(
      `${entry.name} along an axis of size 1 always gives the same value. Use sigmoid for one output.`,
    );
  }
  const activation = { name: entry.name, parameters: entry.parameters(given) };
  const rows = columns === 0 ? 0 : sizeOf(shape) / columns;
  return { x: data, shape, dtype, axes, native: { activation, x: toLast(data, shape, axes), rows, columns } };
}

function checkAxes(axis: unknown, shape: Shape): readonly number[] {
  const rank = shape.length;
  const axes = (Array.isArray(axis) ? axis : [axis]).map((one: unknown) => {
    const resolved = resolveAxis(checkInteger(one, 'axis'), rank);
    if (resolved === undefined) throw outOfRange('axis', `an axis of x, which is of ${showShape(shape)},`, one);
    return resolved;
  });
  return [...new Set(axes)].sort((a, b) => a - b);
}

/** Moves the axes, in ascending order, to the end. */
function toLast(data: FloatArray, shape: Shape, axes: readonly number[]): FloatArray {
  return steps(shape, axes).reduce((moved, step) => moveAxisLast(moved, step.shape, step.axis), data);
}

function fromLast(data: FloatArray, shape: Shape, axes: readonly number[]): FloatArray {
  return steps(shape, axes).reduceRight((moved, step) => moveAxisBack(moved, step.shape, step.axis), data);
}

function steps(shape: Shape, axes: readonly number[]): { readonly shape: Shape; readonly axis: number }[] {
  let current = [...shape];
  return axes.map((axis, moved) => {
    const step = { shape: current, axis: axis - moved };
    current = [...current.slice(0, step.axis), ...current.slice(step.axis + 1), current[step.axis] ?? 1];
    return step;
  });
}
