/** Reads and runs graphs of ONNX, by its documentation of protocol buffers and operators alone, in double precision. */

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

interface Numbers {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

interface Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, { readonly f: number; readonly i: number }>;
}

export interface Graph {
  readonly opset: number;
  readonly nodes: readonly Node[];
  readonly arrays: ReadonlyMap<string, Numbers>;
  /** Names of inputs, and their axes: a number, or a name where it may be any. */
  readonly inputs: ReadonlyMap<string, readonly (number | string)[]>;
  readonly outputs: ReadonlyMap<string, readonly (number | string)[]>;
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
      attributes: new Map(
        messages(node, 5).map((one) => {
          const f = (one.get(2)?.[0] as Buffer | undefined)?.readFloatLE() ?? 0;
          return [texts(one, 1)[0] ?? '', { f, i: number(one.get(3)?.[0]) }];
        }),
      ),
    })),
    arrays: new Map(
      messages(graph, 5).map((tensor) => {
        const raw = new Uint8Array(tensor.get(9)?.[0] as Buffer).buffer;
        const isFloat = number(tensor.get(2)?.[0]) === 1;
        const data = isFloat ? [...new Float32Array(raw)] : [...new BigInt64Array(raw)].map(Number);
        return [texts(tensor, 8)[0] ?? '', { data, shape: numbers(tensor, 1) }];
      }),
    ),
    inputs: new Map(described(11)),
    outputs: new Map(described(12)),
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const map = ({ data, shape }: Numbers, of: (value: number) => number): Numbers => ({ data: data.map(of), shape });

function rows({ data, shape }: Numbers, of: (row: readonly number[]) => readonly number[]): Numbers {
  const width = shape.at(-1) ?? 1;
  const all = data.flatMap((_, i) => (i % width === 0 ? of(data.slice(i, i + width)) : []));
  return { data: all, shape: [...shape.slice(0, -1), all.length / (data.length / width)] };
}

/** Of the same shape, or the second one of the last axes of the first. */
const both = (a: Numbers, b: Numbers, of: (a: number, b: number) => number): Numbers => {
  return { data: a.data.map((value, i) => of(value, b.data[i % b.data.length] as number)), shape: a.shape };
};
const mean = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0) / row.length;

type Operator = (inputs: readonly Numbers[], attributes: Node['attributes']) => Numbers;

const OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: ([x]) => x as Numbers,
  Add: ([a, b]) => both(a as Numbers, b as Numbers, (x, y) => x + y),
  Sub: ([a, b]) => both(a as Numbers, b as Numbers, (x, y) => x - y),
  Mul: ([a, b]) => both(a as Numbers, b as Numbers, (x, y) => x * y),
  Sum: ([first, ...others]) => others.reduce((a, b) => both(a, b, (x, y) => x + y), first as Numbers),
  Relu: ([x]) => map(x as Numbers, (value) => Math.max(0, value)),
  Tanh: ([x]) => map(x as Numbers, Math.tanh),
  Sigmoid: ([x]) => map(x as Numbers, (value) => 1 / (1 + Math.exp(-value))),
  LeakyRelu: ([x], attributes) =>
    map(x as Numbers, (value) => (value < 0 ? value * (attributes.get('alpha')?.f ?? 0) : value)),
  Softmax: ([x]) =>
    rows(x as Numbers, (row) => {
      const powers = row.map((value) => Math.exp(value - Math.max(...row)));
      return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
    }),
  MatMul: ([x, w]) => {
    const [inner = 0, units = 0] = (w as Numbers).shape;
    return rows(x as Numbers, (row) =>
      Array.from({ length: units }, (_, unit) => {
        return row.reduce(
          (sum, value, i) => sum + value * ((w as Numbers).data[i * units + unit] as number),
          0 * inner,
        );
      }),
    );
  },
  Flatten: ([x]) => ({
    data: (x as Numbers).data,
    shape: [(x as Numbers).shape[0] ?? 0, sizeOf((x as Numbers).shape.slice(1))],
  }),
  LayerNormalization: ([x, scale, bias], attributes) =>
    rows(x as Numbers, (row) => {
      const centre = mean(row);
      const deviation = Math.sqrt(
        mean(row.map((value) => (value - centre) ** 2)) + (attributes.get('epsilon')?.f ?? 1e-5),
      );
      return row.map((value, i) => ((value - centre) / deviation) * (scale?.data[i] ?? 1) + (bias?.data[i] ?? 0));
    }),
  Concat: (inputs) => {
    const width = (one: Numbers): number => one.shape[1] as number;
    const [count = 0] = inputs[0]?.shape ?? [];
    const data = Array.from({ length: count }, (_, row) => {
      return inputs.flatMap((one) => one.data.slice(row * width(one), (row + 1) * width(one)));
    });
    return { data: data.flat(), shape: [count, inputs.reduce((sum, one) => sum + width(one), 0)] };
  },
};

/** The outputs of a graph. */
export function runOnnx({ nodes, arrays, outputs }: Graph, inputs: Readonly<Record<string, Numbers>>): Numbers[] {
  const values = new Map<string, Numbers>([...arrays, ...Object.entries(inputs)]);
  for (const { type, inputs: names, outputs: given, attributes } of nodes) {
    const operator = OPERATORS[type];
    const from = names.map((name) => values.get(name));
    if (operator === undefined || from.includes(undefined)) throw new Error(`No ${type} of ${names}.`);
    values.set(given[0] ?? '', operator(from as Numbers[], attributes));
  }
  return [...outputs.keys()].map((name) => values.get(name) as Numbers);
}
