/** Writes models of ONNX as other tools do, by the schema of its documentation. */
import protobuf from 'protobufjs';

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ type, id, rule: 'repeated' });
const messages: Record<string, Record<string, object>> = {
  Model: {
    irVersion: one('int64', 1),
    producerName: one('string', 2),
    graph: one('Graph', 7),
    opsetImport: many('Opset', 8),
  },
  Opset: { domain: one('string', 1), version: one('int64', 2) },
  Graph: {
    ...{ node: many('Node', 1), name: one('string', 2), initializer: many('Tensor', 5), docString: one('string', 10) },
    ...{
      input: many('Info', 11),
      output: many('Info', 12),
      valueInfo: many('Info', 13),
      sparseInitializer: many('Sparse', 15),
    },
  },
  Node: {
    ...{ input: many('string', 1), output: many('string', 2), name: one('string', 3), opType: one('string', 4) },
    ...{ attribute: many('Attribute', 5), docString: one('string', 6), domain: one('string', 7) },
  },
  Attribute: {
    ...{ name: one('string', 1), f: one('float', 2), i: one('int64', 3), s: one('bytes', 4), t: one('Tensor', 5) },
    ...{
      g: one('Graph', 6),
      floats: many('float', 7),
      ints: many('int64', 8),
      strings: many('bytes', 9),
      type: one('int32', 20),
    },
  },
  Tensor: {
    ...{ dims: many('int64', 1), dataType: one('int32', 2), floatData: many('float', 4), int32Data: many('int32', 5) },
    ...{ stringData: many('bytes', 6), int64Data: many('int64', 7), name: one('string', 8), rawData: one('bytes', 9) },
    ...{ doubleData: many('double', 10), externalData: many('Entry', 13), dataLocation: one('int32', 14) },
  },
  Sparse: { values: one('Tensor', 1), indices: one('Tensor', 2), dims: many('int64', 3) },
  Entry: { key: one('string', 1), value: one('string', 2) },
  Info: { name: one('string', 1), type: one('Type', 2) },
  Type: { tensorType: one('TensorType', 1), sequenceType: one('SequenceType', 4) },
  SequenceType: { elemType: one('Type', 1) },
  TensorType: { elemType: one('int32', 1), shape: one('Shape', 2) },
  Shape: { dim: many('Dimension', 1) },
  Dimension: { dimValue: one('int64', 1), dimParam: one('string', 2) },
};
const nested = Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields }]));
const Model = protobuf.Root.fromJSON({ nested } as protobuf.INamespace).lookupType('Model');

export type Tensor = Readonly<Record<string, unknown>> & { readonly dims: readonly number[] };
const bytesOf = (array: { readonly buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(array.buffer);

/** Tensors in all the ways that tools store them. */
export const raw = (dims: readonly number[], values: readonly number[]): Tensor => {
  return { dims, dataType: 1, rawData: bytesOf(Float32Array.from(values)) };
};
export const listed = (dims: readonly number[], floatData: readonly number[]): Tensor => ({
  dims,
  dataType: 1,
  floatData,
});
export const double = (dims: readonly number[], values: readonly number[]): Tensor => {
  return { dims, dataType: 11, rawData: bytesOf(Float64Array.from(values)) };
};
export const doubles = (dims: readonly number[], doubleData: readonly number[]): Tensor => ({
  dims,
  dataType: 11,
  doubleData,
});
export const int64 = (dims: readonly number[], values: readonly number[]): Tensor => {
  return { dims, dataType: 7, rawData: bytesOf(BigInt64Array.from(values, BigInt)) };
};
export const int64s = (dims: readonly number[], int64Data: readonly number[]): Tensor => ({
  dims,
  dataType: 7,
  int64Data,
});
export const scalar = (value: number): Tensor => raw([], [value]);

/** `{ alpha: 0.5, axis: { i: 1 }, perm: [1, 0], mode: 'none', value: tensor }`: plain numbers are floats. */
export type Attributes = Readonly<Record<string, number | readonly number[] | string | object>>;

function attribute(name: string, value: Attributes[string]): object {
  if (typeof value === 'number') return { name, f: value, type: 1 };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  if (Array.isArray(value)) return { name, ints: value, type: 7 };
  if ('dims' in value) return { name, t: value, type: 4 };
  return { name, ...value, type: 'i' in value ? 2 : 'floats' in value ? 6 : 8 };
}

export interface Node {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly object[];
  readonly domain?: string;
  readonly name?: string;
}

/** `node('Gemm', 'x w b', 'y', { transB: { i: 1 } })` */
export function node(type: string, inputs: string, outputs: string, attributes: Attributes = {}): Node {
  const [opType = '', domain] = type.split(' of ');
  return {
    ...{ opType, ...(domain !== undefined && { domain }), name: `/${opType}` },
    ...{ input: inputs.split(' ').map((name) => (name === '-' ? '' : name)), output: outputs.split(' ') },
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

export interface GraphParts {
  readonly nodes: readonly Node[];
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Without the batch; one input `x` of three numbers by default. */
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  /** Names, `y` by default, with their `elem_type` where it is not that of floats. */
  readonly outputs?: Readonly<Record<string, number>>;
  readonly opset?: number;
  readonly elemType?: number;
  readonly batch?: number | string;
  readonly more?: object;
}

/** The bytes of a model. */
export function onnxBytes(parts: GraphParts): Uint8Array {
  const { nodes, weights = {}, inputs = { x: [3] }, outputs = { y: 1 }, opset = 13, elemType = 1, batch = 'N' } = parts;
  const dim = (size: number | string) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size });
  const input = Object.entries(inputs).map(([name, shape]) => {
    return { name, type: { tensorType: { elemType, shape: { dim: [batch, ...shape].map(dim) } } } };
  });
  const graph = {
    ...{ name: 'net', node: nodes, input },
    output: Object.entries(outputs).map(([name, type]) => ({
      name,
      type: type === 0 ? { sequenceType: {} } : { tensorType: { elemType: type } },
    })),
    initializer: Object.entries(weights).map(([name, tensor]) => ({ ...tensor, name })),
    ...parts.more,
  };
  const domains = [...new Set(nodes.map(({ domain = '' }) => domain))];
  const opsetImport = ['', ...domains.filter((domain) => domain !== '')].map((domain) => ({
    domain,
    version: domain === '' ? opset : 1,
  }));
  return new Uint8Array(Model.encode(Model.fromObject({ irVersion: 8, graph, opsetImport })).finish());
}
