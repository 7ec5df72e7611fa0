import { resolveAxis } from '../../axes';
import { type CodedError, corruptFile, GemsbokError } from '../../errors';
import type { AttributeProto, NodeProto } from '../../files/onnx';
import type { FileArray } from '../../files/tree';
import type { Config } from '../../identifiers';
import { shortestFloat } from '../../identifiers';
import { type Shape, sizeOf } from '../../tensor';
import { readTensor } from './read_tensor';
import type { Constant, Forms, Step, Tensor, Value } from './values';

/** What all nodes of a graph have in common. */
export interface GraphContext {
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** The size of the batch where the graph has a fixed one; any other fits as well. */
  readonly batch: number | null;
  readonly where: string;
  /** Counts numbers that the file holds besides its initializers. */
  readonly hold: (numbers: number) => void;
  /** Counts numbers of weights, of which a file may ask for no more than a multiple of what it holds. */
  readonly spend: (numbers: number) => void;
}

/** A use of an operator, with what its inputs are. */
export class OnnxNode {
  readonly type: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly context: GraphContext;
  readonly #proto: NodeProto;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;
  readonly #known = new Set<string>();

  constructor(proto: NodeProto, inputs: readonly (Value | undefined)[], context: GraphContext) {
    const { opType = '', domain = '' } = proto;
    this.type = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
    this.inputs = inputs;
    this.context = context;
    this.#proto = proto;
    this.#attributes = new Map(proto.attribute.map((one) => [one.name ?? '', one]));
  }

  get opset(): number {
    return this.context.opset;
  }

  float(name: string, otherwise: number): number {
    return shortestFloat(this.#given(name, 'f') ?? otherwise);
  }

  int<T>(name: string, otherwise: T): number | T {
    return this.#given(name, 'i') ?? otherwise;
  }

  /** Undefined where there are none. */
  ints(name: string): readonly number[] | undefined {
    return this.attribute(name)?.ints;
  }

  text(name: string, otherwise: string): string {
    const bytes = this.attribute(name)?.s;
    return bytes === undefined ? otherwise : new TextDecoder().decode(bytes);
  }

  attribute(name: string): AttributeProto | undefined {
    this.#known.add(name);
    return this.#attributes.get(name);
  }

  /** Some writers leave out what is 0. */
  #given(name: string, field: 'f' | 'i'): number | undefined {
    const attribute = this.attribute(name);
    return attribute === undefined ? undefined : (attribute[field] ?? 0);
  }

  /** Attributes that change nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#known.add(name);
  }

  /** Errors: `ERR_UNSUPPORTED` for attributes that nothing asked for. */
  checkAttributes(): void {
    const unknown = [...this.#attributes.keys()].find((name) => !this.#known.has(name));
    if (unknown !== undefined) throw this.refused(`the attribute ${unknown.slice(0, 60)}`);
  }

  /** An axis of a batch, counted from its front. */
  axis(axis: number, shape: Shape): number {
    const resolved = Number.isInteger(axis) ? resolveAxis(axis, shape.length + 1) : undefined;
    if (resolved === undefined) throw this.corrupt(`an axis of ${shape.length + 1}`, String(axis));
    return resolved;
  }

  /** The input at an index, which a layer must compute. */
  tensor(index: number): Tensor {
    const value = this.inputs[index];
    if (value?.kind === 'tensor') return value;
    if (value === undefined) throw this.corrupt(`an input ${index}`, 'none');
    throw this.refused('a constant for its input');
  }

  /** The input at an index, which must be numbers of the file. */
  constant(index: number): Constant {
    const value = this.inputs[index];
    if (value?.kind === 'constant') return value;
    if (value === undefined) throw this.corrupt(`an input ${index}`, 'none');
    throw this.refused('weights that are computed');
  }

  /** A number, an attribute before some opset and an input since; undefined where it is left out. */
  numberAt(index: number, attribute: string): number | undefined {
    const given = this.#given(attribute, 'f');
    if (this.inputs[index] === undefined) return given;
    const { array } = this.constant(index);
    return sizeOf(array.shape) === 1 ? shortestFloat(Number(array.data[0])) : undefined;
  }

  /** Integers, an attribute before some opset and an input since; undefined where they are left out. */
  integersAt(index: number, attribute: string): readonly number[] | undefined {
    const given = this.ints(attribute);
    const value = this.inputs[index];
    if (value === undefined) return given;
    if (value.kind === 'sizes') return value.sizes;
    return Array.from(this.constant(index).array.data as Float64Array, Number);
  }

  constantOf(): FileArray {
    const tensor = this.attribute('value')?.t;
    if (tensor !== undefined) return readTensor(tensor, this.context.where);
    const [f, floats] = [this.#given('value_float', 'f'), this.attribute('value_floats')?.floats];
    const [i, ints] = [this.#given('value_int', 'i'), this.attribute('value_ints')?.ints];
    if (f !== undefined) return { data: Float32Array.of(f), shape: [] };
    if (i !== undefined) return { data: Float64Array.of(i), shape: [] };
    if (floats !== undefined) return { data: Float32Array.from(floats), shape: [floats.length] };
    if (ints !== undefined) return { data: Float64Array.from(ints), shape: [ints.length] };
    throw this.refused('another value');
  }

  /** What the node computes of tensors. */
  result(shape: Shape, from: readonly Tensor[], steps: Tensor['steps'], forms: Forms = new Map()): Tensor {
    return { kind: 'tensor', shape, from, steps, forms };
  }

  /** What one layer computes of the first input, in the same shape. */
  layer(className: string, config: Config, more: Partial<Step> = {}, forms?: Forms): Tensor {
    const x = this.tensor(0);
    return this.result(x.shape, [x], [{ className, config, ...more }], forms);
  }

  /** `what` of it there is no layer for; all of it by default. */
  refused(what?: string): CodedError {
    const { name = '' } = this.#proto;
    const place = name === '' ? '' : ` (\`${name.slice(0, 60)}\`)`;
    const received = `${what === undefined ? '' : `${what} of `}${this.type.slice(0, 60)}${place}`;
    const fix = 'Build the model here, and load its weights as safetensors.';
    const message = `Expected operators of dense layers in ${this.context.where}, received ${received}. ${fix}`;
    return new GemsbokError('ERR_UNSUPPORTED', message);
  }

  corrupt(expected: string, received: string): CodedError {
    return corruptFile(this.context.where, `${expected} for ${this.type.slice(0, 60)}`, received);
  }
}
