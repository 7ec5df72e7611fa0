import { shapeMismatch } from '../errors';
import { type NativeData, native } from '../native';
import { type Dense, isTypedArray, type Shape, sizeOf, Tensor, type TensorLike, toDense, toFloats } from '../tensor';
import { Dataset } from './dataset';
import type { Element } from './element';
import type { Open } from './source';

/** Arrays whose first axis counts the samples. */
export interface Arrays {
  readonly x: TensorLike;
  readonly y?: TensorLike | null | undefined;
  /** A weight for each sample. */
  readonly sampleWeight?: TensorLike | null | undefined;
}

/** Rows that one call reads from native memory. */
const BLOCK = 256;

/** A data set of rows that native code holds: it serves many runs without another copy of the samples. */
export class ArrayDataset extends Dataset {
  /** Without targets: what a loss takes of them differs. */
  readonly native: NativeData;
  readonly sampleShape: Shape;
  /** The samples came as a bare TypedArray, which the model's input shape cuts. */
  readonly isBare: boolean;
  readonly y: Dense | null;
  readonly weights: Float32Array | null;

  constructor({ x, y, sampleWeight }: Arrays) {
    const samples = toDense(x, 'x');
    const targets = isGiven(y) ? copyOf(toDense(y, 'y')) : null;
    const shape = shapeOfSamples(samples, isTypedArray(x) ? targets : null);
    const [rows = 0, ...sampleShape] = shape;
    if (samples.data.length === 0) throw shapeMismatch('x', 'at least one sample', samples.shape);
    if (targets !== null && targets.shape[0] !== rows) {
      throw shapeMismatch('y', `${rows} targets, as many as there are samples in \`x\`,`, targets.shape);
    }
    const weights = isGiven(sampleWeight) ? toFloats(sampleWeight, 'float32', 'sampleWeight') : null;
    if (weights !== null && (weights.shape[0] !== rows || weights.data.length !== rows)) {
      throw shapeMismatch('sampleWeight', `one weight for each of the ${rows} samples`, weights.shape);
    }
    const { data } = samples;
    const column = { data, columns: sizeOf(sampleShape) };
    const own = new native.Data({ rows, inputs: [column], targets: [], weights: [] });
    const weightData = weights === null ? null : (weights.data.slice() as Float32Array);
    super(rowsOf({ native: own, sampleShape, y: targets, weights: weightData }), false);
    this.native = own;
    this.sampleShape = sampleShape;
    this.isBare = isTypedArray(x);
    this.y = targets;
    this.weights = weightData;
  }

  /** How many samples there are. */
  get rows(): number {
    return this.native.rows;
  }
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function copyOf({ data, shape }: Dense): Dense {
  return { data: data.slice(), shape };
}

/** A bare vector holds as many samples as there are targets. */
function shapeOfSamples(samples: Dense, targets: Dense | null): Shape {
  const { shape } = samples;
  const [length] = shape;
  if (length === undefined) throw shapeMismatch('x', 'a batch of samples', shape, 'Put the sample into an array.');
  const rows = targets?.shape[0];
  const cut = rows !== undefined && rows > 0 && length !== rows && length % rows === 0;
  return cut ? [rows, length / rows] : shape;
}

function rowsOf({
  native: data,
  sampleShape,
  y,
  weights,
}: Pick<ArrayDataset, 'native' | 'sampleShape' | 'y' | 'weights'>): Open<Element> {
  const columns = sizeOf(sampleShape);
  const [, ...targetShape] = y?.shape ?? [];
  const targetColumns = sizeOf(targetShape);
  return async function* () {
    for (let from = 0; from < data.rows; from += BLOCK) {
      const to = Math.min(from + BLOCK, data.rows);
      const block = data.read(0, from, to);
      for (let row = from; row < to; row++) {
        const at = (row - from) * columns;
        const target = y?.data.slice(row * targetColumns, (row + 1) * targetColumns);
        yield {
          x: new Tensor(block.slice(at, at + columns), sampleShape),
          y: target && new Tensor(target, targetShape),
          sampleWeight: weights?.[row],
        };
      }
    }
  };
}
