import { Input, Model, type Sequential, type Tensor, tensor } from 'gemsbok';
import { type MatrixRow, REFUSED } from '../matrix.cases';

type Applied = { apply(x: never): unknown };

const BATCH = 3;

export const isCode = (name: string): boolean => /Embedding|Encoding/.test(name);

const applied = (layer: Applied, x: readonly Input[]): Input =>
  layer.apply((x.length === 1 ? x[0] : x) as never) as Input;

const inputsFor = ({ inputs }: MatrixRow): Input[] => inputs.map((shape) => new Input({ shape: [...shape] }));

function around(row: MatrixRow, layer: Applied): Model {
  const x = inputsFor(row);
  return new Model({ inputs: x, outputs: applied(layer, x) });
}

/** Layers of the same inputs, each alone and in a model within models, where it stands twice if shapes allow it. */
export function modelOf(rows: readonly MatrixRow[]): Model {
  const x = inputsFor(rows[0] as MatrixRow);
  const outputs = rows.flatMap((row) => {
    const inner = around(row, around(row, row.make()));
    const once = applied(inner, x);
    const isSame = row.inputs.length === 1 && String(inner.outputShape) === String(inner.inputShape);
    return [applied(row.make(), x), isSame ? applied(inner, [once]) : once];
  });
  return new Model({ inputs: x, outputs });
}

/** Weights that no layer begins with, all above 0, as variances are. */
export function filled<M extends Model | Sequential>(model: M): M {
  const weights = model.getWeights().map(({ data, shape }, k) => {
    return { data: data.map((_, i) => Math.abs(Math.sin(7 * i + k)) + 0.1), shape };
  });
  model.setWeights(weights);
  return model;
}

export function samples({ name, inputs }: MatrixRow): Tensor[] {
  return inputs.map((shape, k) => {
    const size = BATCH * shape.reduce((a, b) => a * b, 1);
    const data = Array.from({ length: size }, (_, i) =>
      isCode(name) ? (3 * i + k) % 9 : Math.fround(4 * Math.sin(5 * i + k)),
    );
    return tensor(data, { shape: [BATCH, ...shape], dtype: 'float32' });
  });
}

/** Of each output. */
export const predicted = (model: Model | Sequential, x: readonly Tensor[]): number[][] => {
  const outputs = [model.predictSync((x.length === 1 ? x[0] : x) as never)].flat() as Tensor[];
  return outputs.map(({ data }) => [...data].map(Number));
};

export function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number)) / Math.max(1, Math.abs(value))));
}

/** How a format refuses a row, null where it has it. */
export const refusal = ({ name }: MatrixRow, format: string): RegExp | null =>
  REFUSED[format]?.find(([row]) => row.test(name))?.[1] ?? null;
