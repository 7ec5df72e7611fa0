/** Operators of ONNX, by its documentation alone, in double precision. */

export interface Numbers {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

export type Attributes = Readonly<
  Record<
    string,
    {
      readonly f: number;
      readonly i: number;
      readonly s: string;
      readonly ints: readonly number[];
      readonly floats: readonly number[];
      readonly t: Numbers | null;
    }
  >
>;

type Operator = (inputs: readonly Numbers[], attributes: Attributes, opset: number) => Numbers;
type Unary = (value: number) => number;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const get = <T>(list: readonly T[], index: number): T => list[index] as T;
const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);
const mean = (row: readonly number[]): number => sum(row) / row.length;
const logistic: Unary = (x) => 1 / (1 + Math.exp(-x));
const softplus: Unary = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** A series, which all `x` of tests converge in. */
export function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return Math.abs(x) > 5 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * total;
}

const each =
  (of: (value: number, attributes: Attributes) => number): Operator =>
  ([x], attributes) => ({
    data: get([x as Numbers], 0).data.map((value) => of(value, attributes)),
    shape: (x as Numbers).shape,
  });

/** With broadcasting as NumPy has it. */
function both(a: Numbers, b: Numbers, of: (a: number, b: number) => number): Numbers {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape] as number[]);
  const shape = Array.from({ length: rank }, (_, i) => Math.max(...padded.map((sizes) => get(sizes, i))));
  const at = (index: number, sizes: readonly number[]): number => {
    let [left, place, stride] = [index, 0, 1];
    for (let i = rank - 1; i >= 0; i--) {
      const position = left % get(shape, i);
      left = Math.floor(left / get(shape, i));
      if (get(sizes, i) > 1) place += position * stride;
      stride *= get(sizes, i);
    }
    return place;
  };
  const data = Array.from({ length: sizeOf(shape) }, (_, i) =>
    of(get(a.data, at(i, get(padded, 0))), get(b.data, at(i, get(padded, 1)))),
  );
  return { data, shape };
}

const pair =
  (of: (a: number, b: number) => number): Operator =>
  ([first, ...others]) =>
    others.reduce((a, b) => both(a, b, of), first as Numbers);

/** What lies along the axes from one on, for each place before them. */
function rows({ data, shape }: Numbers, axis: number, of: (row: readonly number[]) => readonly number[]): Numbers {
  const width = sizeOf(shape.slice(axis));
  return { data: data.flatMap((_, i) => (i % width === 0 ? of(data.slice(i, i + width)) : [])), shape };
}

function transposed({ data, shape }: Numbers, perm: readonly number[]): Numbers {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const target = perm.map((axis) => get(shape, axis));
  const values = data.map((_, index) => {
    let [left, place] = [index, 0];
    for (let i = target.length - 1; i >= 0; i--) {
      place += (left % get(target, i)) * get(strides, get(perm, i));
      left = Math.floor(left / get(target, i));
    }
    return get(data, place);
  });
  return { data: values, shape: target };
}

/** Over the last axis alone, or over another one, which moves there and back; together with all after it before 13. */
const normalized =
  (of: (row: readonly number[]) => readonly number[]): Operator =>
  ([x], attributes, opset) => {
    const { shape } = x as Numbers;
    const given = attributes.axis?.i ?? (opset < 13 ? 1 : -1);
    const axis = given < 0 ? given + shape.length : given;
    if (opset < 13) return rows(x as Numbers, axis, of);
    const order = [...shape.keys()].filter((one) => one !== axis).concat(axis);
    const moved = rows(transposed(x as Numbers, order), shape.length - 1, of);
    return transposed(
      moved,
      [...shape.keys()].map((one) => order.indexOf(one)),
    );
  };

const softmax = (row: readonly number[]): number[] => {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  return powers.map((power) => power / sum(powers));
};

/** Of a matrix for all, or of one for each sample. */
function product(a: Numbers, b: Numbers): Numbers {
  const [inner = 0, units = 0] = b.shape.slice(-2);
  const rows = b.shape.length === 2 ? Number.POSITIVE_INFINITY : (a.shape.at(-2) ?? 1);
  const data = Array.from({ length: (a.data.length / inner) * units }, (_, i) => {
    const [row, unit] = [Math.floor(i / units), i % units];
    const start = Math.floor(row / rows) * inner * units;
    const at = (k: number): number => get(b.data, start + k * units + unit);
    return sum(Array.from({ length: inner }, (_, k) => get(a.data, row * inner + k) * at(k)));
  });
  return { data, shape: [...a.shape.slice(0, -1), units] };
}

const gemm: Operator = ([a, b, c], { alpha, beta, transB }) => {
  const kernel = transB?.i === 1 ? transposed(b as Numbers, [1, 0]) : (b as Numbers);
  const scaled = each((value) => value * (alpha?.f ?? 1))([product(a as Numbers, kernel)], {}, 13);
  return c === undefined ? scaled : both(scaled, c, (x, bias) => x + (beta?.f ?? 1) * bias);
};

const layerNormalization: Operator = ([x, scale, bias], { axis, epsilon }) => {
  const { shape } = x as Numbers;
  const first = axis === undefined || axis.i < 0 ? shape.length + (axis?.i ?? -1) : axis.i;
  return rows(x as Numbers, first, (row) => {
    const deviation = Math.sqrt(mean(row.map((value) => (value - mean(row)) ** 2)) + (epsilon?.f ?? 1e-5));
    return row.map((value, i) => ((value - mean(row)) / deviation) * (scale?.data[i] ?? 1) + (bias?.data[i] ?? 0));
  });
};

const batchNormalization: Operator = ([x, ...weights], { epsilon }) => {
  const { data, shape } = x as Numbers;
  const inner = sizeOf(shape.slice(2));
  const values = data.map((value, i) => {
    const channel = Math.floor(i / inner) % get(shape, 1);
    const [scale = 0, bias = 0, centre = 0, variance = 0] = weights.map((one) => get(one.data, channel));
    return ((value - centre) / Math.sqrt(variance + (epsilon?.f ?? 1e-5))) * scale + bias;
  });
  return { data: values, shape };
};

const concat: Operator = (inputs, { axis }) => {
  const { shape } = get(inputs, 0);
  const along = (axis?.i ?? 0) < 0 ? (axis?.i ?? 0) + shape.length : (axis?.i ?? 0);
  const widths = inputs.map((one) => sizeOf(one.shape.slice(along)));
  const data = Array.from({ length: sizeOf(shape.slice(0, along)) }, (_, row) =>
    inputs.flatMap((one, i) => one.data.slice(row * get(widths, i), (row + 1) * get(widths, i))),
  );
  const total = inputs.reduce((width, one) => width + get(one.shape, along), 0);
  return { data: data.flat(), shape: shape.map((size, i) => (i === along ? total : size)) };
};

/** One number of what lies along some axes, which stay with size 1. */
const reduction =
  (of: (row: readonly number[]) => number): Operator =>
  ([x, given], attributes) => {
    const { shape } = x as Numbers;
    const axes = (given?.data ?? attributes.axes?.ints ?? []).map((axis) => (axis < 0 ? axis + shape.length : axis));
    const kept = [...shape.keys()].filter((axis) => !axes.includes(axis));
    const moved = transposed(x as Numbers, [...kept, ...axes]);
    const { data } = rows(moved, kept.length, (row) => [of(row)]);
    return { data, shape: shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) };
  };

const largest = (row: readonly number[]): number => Math.max(...row);

function reshaped({ data, shape }: Numbers, target: readonly number[]): Numbers {
  const sizes = target.map((size, i) => (size === 0 ? get(shape, i) : size));
  const known = sizeOf(sizes.filter((size) => size !== -1));
  return { data, shape: sizes.map((size) => (size === -1 ? data.length / known : size)) };
}

const same: Operator = ([x]) => x as Numbers;

export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...{ Identity: same, Dropout: same, ZipMap: same },
  Cast: each((x, { to }) => (to?.i === 7 ? Math.trunc(x) : x)),
  ...{ Add: pair((a, b) => a + b), Sub: pair((a, b) => a - b), Mul: pair((a, b) => a * b), Div: pair((a, b) => a / b) },
  ...{ Sum: pair((a, b) => a + b), Max: pair(Math.max), Min: pair(Math.min), Pow: pair((a, b) => a ** b) },
  Mean: (inputs, attributes) =>
    each((value) => value / inputs.length)([pair((a, b) => a + b)(inputs, {}, 13)], attributes, 13),
  ...{ Relu: each((x) => Math.max(0, x)), Tanh: each(Math.tanh), Sigmoid: each(logistic), Softplus: each(softplus) },
  ...{ Softsign: each((x) => x / (1 + Math.abs(x))), Exp: each(Math.exp), Log: each(Math.log), Erf: each(erf) },
  ...{ Sqrt: each(Math.sqrt), Abs: each(Math.abs), Neg: each((x) => -x), Reciprocal: each((x) => 1 / x) },
  Mish: each((x) => x * Math.tanh(softplus(x))),
  LeakyRelu: each((x, { alpha }) => (x < 0 ? x * (alpha?.f ?? 0.01) : x)),
  Elu: each((x, { alpha }) => (x < 0 ? (alpha?.f ?? 1) * Math.expm1(x) : x)),
  Celu: each((x, { alpha }) => Math.max(0, x) + Math.min(0, (alpha?.f ?? 1) * Math.expm1(x / (alpha?.f ?? 1)))),
  Selu: each((x) => 1.0507010221481323 * (x < 0 ? 1.6732631921768188 * Math.expm1(x) : x)),
  ThresholdedRelu: each((x, { alpha }) => (x > (alpha?.f ?? 1) ? x : 0)),
  HardSigmoid: each((x, { alpha, beta }) => Math.max(0, Math.min(1, (alpha?.f ?? 0.2) * x + (beta?.f ?? 0.5)))),
  HardSwish: each((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
  Gelu: each((x, { approximate }) =>
    approximate?.s === 'tanh'
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  ),
  PRelu: ([x, slope]) => both(x as Numbers, slope as Numbers, (value, of) => (value < 0 ? value * of : value)),
  Clip: ([x, min, max], attributes) => {
    const least = min?.data[0] ?? attributes.min?.f ?? Number.NEGATIVE_INFINITY;
    const most = max?.data[0] ?? attributes.max?.f ?? Number.POSITIVE_INFINITY;
    return each((value) => Math.min(most, Math.max(least, value)))([x as Numbers], {}, 13);
  },
  ...{ Greater: pair((a, b) => Number(a > b)), Less: pair((a, b) => Number(a < b)), Not: each((x) => 1 - x) },
  Equal: pair((a, b) => Number(a === b)),
  Where: ([condition, a, b]) => {
    const [first, second] = [a, b].map((one) => both(condition as Numbers, one as Numbers, (_, value) => value));
    const { data, shape } = condition as Numbers;
    return { data: data.map((value, i) => get(((value === 1 ? first : second) as Numbers).data, i)), shape };
  },
  Shrink: each((x, { lambd, bias }) => {
    return Math.abs(x) > (lambd?.f ?? 0.5) ? x - Math.sign(x) * (bias?.f ?? 0) : 0;
  }),
  Softmax: normalized(softmax),
  LogSoftmax: normalized((row) => softmax(row).map(Math.log)),
  MatMul: ([a, b]) => product(a as Numbers, b as Numbers),
  ...{ Gemm: gemm, LayerNormalization: layerNormalization, BatchNormalization: batchNormalization, Concat: concat },
  ...{ ReduceMean: reduction(mean), ReduceSum: reduction(sum), ReduceMax: reduction(largest) },
  ReduceSumSquare: reduction((row) => sum(row.map((value) => value * value))),
  Flatten: ([x]) => ({
    data: (x as Numbers).data,
    shape: [get((x as Numbers).shape, 0), sizeOf((x as Numbers).shape.slice(1))],
  }),
  Reshape: ([x, shape]) => reshaped(x as Numbers, (shape as Numbers).data),
  Expand: ([x, shape]) =>
    both(x as Numbers, { data: Array(sizeOf(shape?.data ?? [])).fill(0), shape: shape?.data ?? [] }, (a) => a),
  Transpose: ([x], { perm }) => transposed(x as Numbers, perm?.ints ?? [1, 0]),
  Unsqueeze: ([x, axes], attributes) => {
    const [axis = 0] = axes?.data ?? attributes.axes?.ints ?? [];
    const { data, shape } = x as Numbers;
    return { data, shape: shape.toSpliced(axis, 0, 1) };
  },
  Squeeze: ([x, axes], attributes) => {
    const [axis = 0] = axes?.data ?? attributes.axes?.ints ?? [];
    const { data, shape } = x as Numbers;
    return { data, shape: shape.toSpliced(axis, 1) };
  },
  Constant: (_, { value, value_float: float, value_ints: ints }) => {
    if (value?.t) return value.t;
    return ints === undefined ? { data: [float?.f ?? 0], shape: [] } : { data: ints.ints, shape: [ints.ints.length] };
  },
  Shape: ([x]) => ({ data: (x as Numbers).shape, shape: [(x as Numbers).shape.length] }),
  Gather: ([x, indices]) => {
    const { data, shape } = x as Numbers;
    const width = sizeOf(shape.slice(1));
    const picked = (indices as Numbers).data.flatMap((index) => data.slice(index * width, (index + 1) * width));
    return { data: picked, shape: [...(indices as Numbers).shape, ...shape.slice(1)] };
  },
  Slice: ([x, starts, ends]) => {
    const { data } = x as Numbers;
    const part = data.slice(starts?.data[0], ends?.data[0]);
    return { data: part, shape: [part.length] };
  },
  Scaler: ([x], { offset, scale }) => {
    const { data, shape } = x as Numbers;
    const width = shape.at(-1) ?? 1;
    const at = (list: readonly number[] | undefined, i: number): number => list?.[i % width] ?? list?.[0] ?? 0;
    return { data: data.map((value, i) => (value - at(offset?.floats, i)) * at(scale?.floats, i)), shape };
  },
};
