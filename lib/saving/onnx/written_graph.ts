import type { FileArray } from '../../files/tree';
import type { Shape } from '../../tensor';

/** `DataType` of onnx.proto. */
const FLOAT = 1;
const INT64 = 7;
/** `AttributeType`. */
const TYPES = { f: 1, i: 2, ints: 7 } as const;

/** A tensor of a graph, with the shape of a sample. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
}

/** Numbers with a fraction are written with a point, `{ f: 1 }`; all of an attribute's values have one type. */
type Attribute = { readonly f: number } | { readonly i: number } | { readonly ints: readonly number[] };

/** A graph of ONNX as it grows. */
export class OnnxGraph {
  readonly #nodes: object[] = [];
  readonly #initializers = new Map<string, object>();

  /** An operator's only output; null for a shape that is the first input's. */
  add(
    opType: string,
    inputs: readonly (Value | string)[],
    attributes: Readonly<Record<string, Attribute>> = {},
    shape?: Shape,
  ): Value {
    const name = `${opType}_${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => {
      return { name: key, ...value, type: TYPES[Object.keys(value)[0] as keyof typeof TYPES] };
    });
    const input = inputs.map((one) => (typeof one === 'string' ? one : one.name));
    this.#nodes.push({ input, output: [name], name, opType, attribute });
    return { name, shape: shape ?? (inputs[0] as Value).shape };
  }

  /** The name of an array of float32. */
  floats(name: string, { data, shape }: FileArray): string {
    const rawData = new Uint8Array(Float32Array.from(data as Float32Array).buffer);
    this.#initializers.set(name, { name, dims: shape, dataType: FLOAT, rawData });
    return name;
  }

  scalar(value: number): string {
    return this.floats(`scalar_${value}`, { data: Float32Array.of(value), shape: [] });
  }

  integers(values: readonly number[]): string {
    const name = `integers_${values.join('_')}`;
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.#initializers.set(name, { name, dims: [values.length], dataType: INT64, rawData });
    return name;
  }

  toModel(name: string, inputs: readonly Value[], outputs: readonly Value[], opset: number): object {
    const named = outputs.map((value, i) => ({ ...value, name: `output_${i}`, from: value.name }));
    const last = named.map(({ from, name: to }) => ({ input: [from], output: [to], name: to, opType: 'Identity' }));
    return {
      irVersion: 8,
      producerName: 'gemsbok',
      opsetImport: [{ domain: '', version: opset }],
      graph: {
        ...{ name, node: [...this.#nodes, ...last], initializer: [...this.#initializers.values()] },
        ...{ input: inputs.map(described), output: named.map(described) },
      },
    };
  }
}

function described({ name, shape }: Value): object {
  const dim = [{ dimParam: 'batch' }, ...shape.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}
