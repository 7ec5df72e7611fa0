/** Reads and runs graphs of ONNX, by its documentation of protocol buffers alone, in double precision. */
import { type Attributes, type Numbers, OPERATORS } from './onnx_operators';

type Fields = Map<number, (bigint | Buffer)[]>;

/** A number in parts of seven bits, and where it ends. */
function varintAt(bytes: Buffer, start: number): readonly [value: bigint, end: number] {
  let value = 0n;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    value |= BigInt(byte & 127) << BigInt(7 * (at - start));
    if (byte < 128) return [value, at + 1];
  }
  throw new Error('A number does not end.');
}

function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  for (let at = 0; at < bytes.length; ) {
    const [tag, begin] = varintAt(bytes, at);
    const kind = Number(tag & 7n);
    const [number, end] = kind === 1 || kind === 5 ? [kind === 1 ? 8n : 4n, begin] : varintAt(bytes, begin);
    const value = kind === 0 ? number : bytes.subarray(end, end + Number(number));
    at = kind === 0 ? end : end + Number(number);
    fields.set(Number(tag >> 3n), [...(fields.get(Number(tag >> 3n)) ?? []), value]);
  }
  return fields;
}

function* packed(bytes: Buffer): Generator<bigint> {
  for (let at = 0; at < bytes.length; ) {
    const [value, end] = varintAt(bytes, at);
    at = end;
    yield value;
  }
}

const messages = (fields: Fields | undefined, id: number): Fields[] =>
  (fields?.get(id) ?? []).map((one) => fieldsOf(one as Buffer));
const texts = (fields: Fields, id: number): string[] => (fields.get(id) ?? []).map(String);
const number = (value: bigint | Buffer | undefined): number =>
  Number(BigInt.asIntN(64, (value as bigint | undefined) ?? 0n));
const numbers = (fields: Fields, id: number): number[] => {
  // Packed or not.
  return (fields.get(id) ?? []).flatMap((one) => (typeof one === 'bigint' ? [one] : [...packed(one)]).map(number));
};

interface Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface Graph {
  readonly opset: number;
  readonly nodes: readonly Node[];
  readonly arrays: ReadonlyMap<string, Numbers>;
  /** Names of inputs, and their axes: a number, or a name where it may be any. */
  readonly inputs: ReadonlyMap<string, readonly (number | string)[]>;
  readonly outputs: ReadonlyMap<string, readonly (number | string)[]>;
}

const floats = (fields: Fields, id: number): number[] => {
  return (fields.get(id) ?? []).flatMap((one) => {
    const bytes = new Uint8Array(one as Buffer).buffer;
    return [...new Float32Array(bytes)];
  });
};

/** By `TensorProto.DataType`: how numbers lie in `raw_data`, and the field that may hold them instead. */
const TYPES: Readonly<Record<number, readonly [raw: (bytes: ArrayBuffer) => number[], field: number]>> = {
  1: [(bytes) => [...new Float32Array(bytes)], 4],
  7: [(bytes) => [...new BigInt64Array(bytes)].map(Number), 7],
  11: [(bytes) => [...new Float64Array(bytes)], 10],
};

function tensorOf(tensor: Fields): Numbers {
  const [raw, field] = TYPES[number(tensor.get(2)?.[0])] ?? TYPES[1] ?? [() => [], 4];
  const bytes = tensor.get(9)?.[0] as Buffer | undefined;
  const listed = (): number[] => {
    if (field === 7) return numbers(tensor, 7);
    return (tensor.get(field) ?? []).flatMap((one) => raw(new Uint8Array(one as Buffer).buffer));
  };
  return { data: bytes === undefined ? listed() : raw(new Uint8Array(bytes).buffer), shape: numbers(tensor, 1) };
}

function attributeOf(one: Fields): Attributes[string] {
  const [t] = messages(one, 5);
  return {
    ...{ f: (one.get(2)?.[0] as Buffer | undefined)?.readFloatLE() ?? 0, i: number(one.get(3)?.[0]) },
    ...{ s: String(one.get(4)?.[0] ?? ''), ints: numbers(one, 8), floats: floats(one, 7) },
    t: t === undefined ? null : tensorOf(t),
  };
}

export function readOnnx(bytes: Uint8Array): Graph {
  const model = fieldsOf(Buffer.from(bytes));
  const [graph] = messages(model, 7);
  const described = (id: number) =>
    messages(graph, id).map((info) => {
      const [type] = messages(messages(info, 2)[0], 1);
      const axes = messages(messages(type, 2)[0], 1).map((axis) => texts(axis, 2)[0] ?? number(axis.get(1)?.[0]));
      return [texts(info, 1)[0] ?? '', axes] as const;
    });
  return {
    opset: number(messages(model, 8)[0]?.get(2)?.[0]),
    nodes: messages(graph, 1).map((node) => ({
      ...{ type: texts(node, 4)[0] ?? '', inputs: texts(node, 1), outputs: texts(node, 2) },
      attributes: Object.fromEntries(messages(node, 5).map((one) => [texts(one, 1)[0] ?? '', attributeOf(one)])),
    })),
    arrays: new Map(messages(graph, 5).map((tensor) => [texts(tensor, 8)[0] ?? '', tensorOf(tensor)])),
    inputs: new Map(described(11)),
    outputs: new Map(described(12)),
  };
}

/** The outputs of a graph, without those that need operators which are not known here. */
export function runOnnx(
  { nodes, arrays, outputs, opset }: Graph,
  inputs: Readonly<Record<string, Numbers>>,
): Numbers[] {
  const values = new Map<string, Numbers>([...arrays, ...Object.entries(inputs)]);
  for (const { type, inputs: names, outputs: given, attributes } of nodes) {
    const operator = OPERATORS[type];
    const from = names.map((name) => values.get(name));
    const isKnown = names.every((name) => name === '' || values.has(name));
    if (operator !== undefined && isKnown) values.set(given[0] ?? '', operator(from as Numbers[], attributes, opset));
  }
  return [...outputs.keys()].flatMap((name) => values.get(name) ?? []);
}
