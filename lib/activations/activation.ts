import { resolveAxes } from '../axes';
import { moveAxesBack, moveAxesLast, sameShape } from '../broadcast';
import { checkFloatDtype, checkInteger, checkOptions, elementAt, type OptionsObject, toCamelCase } from '../check';
import { shapeMismatch, showShape } from '../errors';
import { type ActivationCall, native, type Spec } from '../native';
import { type FloatDtype, floatsOfSize, type Shape, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

/** What every activation function takes. */
export interface ActivationOptions {
  /** The type that values are computed in. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** Computes an activation of `x`, in the same shape. */
export type Activation<Options = ActivationOptions> = (x: TensorLike, options?: Options) => Tensor;

/** How an activation computes along an axis, which the option `axis` names. */
export interface Along {
  /** Whether it takes a list of axes, or null for all, too. */
  readonly several: boolean;
  /** Whether it leaves half of the axis. */
  readonly halves: boolean;
}

/** An activation as the table has it. */
export interface ActivationEntry {
  /** Keras' name. */
  readonly name: string;
  readonly call: Activation;
  /** The names of its own options. */
  readonly own: readonly string[];
  /** Own options, checked, in native terms. */
  readonly parameters: (options: OptionsObject) => Spec['parameters'];
  /** null where each element counts by itself. */
  readonly along: Along | null;
}

const entries = new Map<unknown, ActivationEntry>();

/** Adds an activation of single elements to the table and returns its public function. */
export function define<Options extends ActivationOptions = ActivationOptions>(
  name: string,
  own: readonly (keyof Options & string)[] = [],
  parameters: ActivationEntry['parameters'] = () => ({}),
): Activation<Options> {
  return add<Options>({ name, own, parameters, along: null });
}

/** Adds one that computes along an axis. */
export function defineAlong<Options extends ActivationOptions>(name: string, along: Along): Activation<Options> {
  return add<Options>({ name, own: ['axis'], parameters: () => ({}), along });
}

function add<Options extends ActivationOptions>(definition: Omit<ActivationEntry, 'call'>): Activation<Options> {
  const call = (x: TensorLike, options?: Options): Tensor => forward(entry, x, options);
  Object.defineProperty(call, 'name', { value: toCamelCase(definition.name) });
  const entry: ActivationEntry = { ...definition, call: call as Activation };
  entries.set(call, entry);
  return call;
}

/** The entry of a function that {@link define} made. */
export function entryOf(call: unknown): ActivationEntry | undefined {
  return entries.get(call);
}

/** `upstream` times the derivative at `x`. */
export function backward(entry: ActivationEntry, x: TensorLike, upstream: TensorLike, options: unknown): Tensor {
  const call = prepare(entry, x, options);
  const factors = toFloats(upstream, call.dtype, 'upstream');
  if (!sameShape(factors.shape, call.outputShape)) {
    throw shapeMismatch('upstream', `the shape of the result, ${showShape(call.outputShape)},`, factors.shape);
  }
  const { shape, axes } = call;
  if (sizeOf(shape) === 0) return new Tensor(floatsOfSize(0, call.dtype), shape);
  const upstreamRows = moveAxesLast(factors.data, call.outputShape, axes);
  const gradient = native.activationBackward({ ...call.native, upstream: upstreamRows });
  return new Tensor(moveAxesBack(gradient, shape, axes), shape);
}

function forward(entry: ActivationEntry, x: TensorLike, options: unknown): Tensor {
  const { outputShape, axes, ...call } = prepare(entry, x, options);
  if (sizeOf(outputShape) === 0) return new Tensor(floatsOfSize(0, call.dtype), outputShape);
  return new Tensor(moveAxesBack(native.activationForward(call.native), outputShape, axes), outputShape);
}

interface Prepared {
  readonly shape: Shape;
  readonly outputShape: Shape;
  readonly dtype: FloatDtype;
  /** Those that are moved to the end for native code, in ascending order. */
  readonly axes: readonly number[];
  readonly native: ActivationCall;
}

function prepare(entry: ActivationEntry, x: TensorLike, options: unknown): Prepared {
  const given = checkOptions(options, [...entry.own, 'dtype'], entry.name);
  const dtype = checkFloatDtype(given.dtype);
  const activation = { name: entry.name, parameters: entry.parameters(given) };
  const { data, shape } = toFloats(x, dtype, 'x');
  const axes = entry.along === null ? [] : resolveAlong(given.axis, shape, entry.along);
  const columns = sizeOf(entry.along === null ? shape : axes.map((axis) => elementAt(shape, axis)));
  if (columns === 1 && entry.along !== null) warnOfOne(entry.name);
  const rows = columns === 0 ? 0 : sizeOf(shape) / columns;
  return {
    shape,
    outputShape: entry.along?.halves ? halve(shape, elementAt(axes, 0)) : shape,
    dtype,
    axes,
    native: { activation, x: moveAxesLast(data, shape, axes), rows, columns },
  };
}

function warnOfOne(name: string): void {
  process.emitWarning(`${name} along an axis of size 1 always gives the same value. Use sigmoid for one output.`);
}

function halve(shape: Shape, axis: number): Shape {
  const size = elementAt(shape, axis);
  if (size % 2 !== 0) throw shapeMismatch('x', `an even size along axis ${axis}, which is halved,`, shape);
  return shape.map((length, k) => (k === axis ? size / 2 : length));
}

function resolveAlong(axis: unknown, shape: Shape, along: Along): readonly number[] {
  if (along.several) return resolveAxes(axis, shape, 'axis');
  return resolveAxes(checkInteger(axis === undefined ? -1 : axis, 'axis'), shape, 'axis');
}
