import { once } from 'node:events';
import { elementAt } from '../check';
import { readCsv } from '../data';
import { InWords, shapeMismatch } from '../errors';
import { shortestFloat } from '../identifiers';
import type { LoadedModel } from '../models';
import type { NamedShape } from '../models/run/batch_predictor';
import { sizeOf, type Tensor } from '../tensor';

const ROWS_AT_ONCE = 1024;

/** Prints a header, and a line with the outputs for each row of a table; `-` is the standard input. */
export async function predictCsv(model: LoadedModel, path: string): Promise<void> {
  const table = await readCsv(path === '-' ? process.stdin : path);
  const { inputs, outputs } = model.batchPredictor;
  const sizes = (inputs ?? []).map(({ shape }) => sizeOf(shape));
  const columns = sizes.reduce((sum, size) => sum + size, 0);
  if (table.features.length !== columns) {
    const fix = 'Each number of a sample is a column.';
    throw shapeMismatch(
      '--csv',
      `${columns} columns, as many as the model has inputs,`,
      new InWords(String(table.features.length)),
      fix,
    );
  }
  process.stdout.write(`${outputs.flatMap(namesOf).join(',')}\n`);
  for await (const { x } of table.batch(ROWS_AT_ONCE)) {
    const { data, shape } = x as Tensor;
    const rows = elementAt(shape, 0);
    const parts = cut(data as Float32Array, rows, sizes);
    const predicted = await model.predict(
      parts.length === 1
        ? (parts[0] as Float32Array)
        : parts.map((part, i) => shaped(part, rows, inputs?.[i]?.shape ?? [])),
    );
    await print(linesOf([predicted].flat() as Tensor<Float32Array>[], rows));
  }
}

function shaped(data: Float32Array, rows: number, shape: readonly number[]) {
  return { data, shape: [rows, ...shape] };
}

/** `y`, or `y_0,y_1,...` where there are several numbers. */
function namesOf({ name, shape }: NamedShape): string[] {
  const size = sizeOf(shape);
  return size === 1 ? [name] : Array.from({ length: size }, (_, i) => `${name}_${i}`);
}

/** The columns of each input. */
function cut(data: ArrayLike<number>, rows: number, sizes: readonly number[]): Float32Array[] {
  const columns = data.length / rows;
  let first = 0;
  return sizes.map((size) => {
    const from = first;
    first += size;
    return Float32Array.from({ length: rows * size }, (_, i) =>
      elementAt(data, Math.floor(i / size) * columns + from + (i % size)),
    );
  });
}

function linesOf(outputs: readonly Tensor<Float32Array>[], rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const numbers = outputs.flatMap(({ data }) => {
      const size = data.length / rows;
      return Array.from(data.subarray(row * size, (row + 1) * size), (n) => shortestFloat(n));
    });
    return numbers.join(',');
  });
  return `${lines.join('\n')}\n`;
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
