import { showOptionsInConsole } from '../console_text';
import { shapeMismatch } from '../errors';
import { type NativeData, native } from '../native';
import {
  copied,
  isTypedArray,
  type Shape,
  type ShapedArray,
  sizeOf,
  Tensor,
  type TensorLike,
  toShapedArray,
} from '../tensor';
import { Dataset } from './dataset';
import type { Element } from './element';
import { isMissing, mapParts, type Parts, partsIn } from './parts';
import type { Open } from './source';

/** Arrays whose first axis counts the samples; of several inputs or outputs by their names, or as lists of tensors. */
export interface Arrays {
  /** Inputs. */
  readonly x: Parts;
  /** Targets. */
  readonly y?: Parts | null | undefined;
  /** A weight for each sample, or for each of its steps. */
  readonly sampleWeight?: Parts | null | undefined;
}

/** Rows that one call reads from native memory. */
const BLOCK = 256;

/** An input that native code holds. */
export class ResidentInput {
  /** Without targets: what a loss takes of them differs. */
  readonly native: NativeData;
  readonly sampleShape: Shape;
  /** The samples came as a bare TypedArray, which the model's input shape cuts. */
  readonly isBare: boolean;
  #block: Uint8Array | Float32Array = new Float32Array(0);
  #from = 0;
  #to = 0;

  constructor(x: TensorLike, targets: ShapedArray | undefined, argument: string) {
    const samples = toShapedArray(x, argument);
    const shape = shapeOfSamples(samples, isTypedArray(x) ? targets : undefined, argument);
    const [rows = 0, ...sampleShape] = shape;
    if (samples.data.length === 0) throw shapeMismatch(argument, 'at least one sample', samples.shape);
    const column = { data: samples.data, columns: sizeOf(sampleShape) };
    this.native = new native.Data({ rows, inputs: [column], targets: [], weights: [] });
    this.sampleShape = sampleShape;
    this.isBare = isTypedArray(x);
  }

  /** One sample. */
  row(index: number): Tensor {
    if (index < this.#from || index >= this.#to) {
      this.#from = index;
      this.#to = Math.min(index + BLOCK, this.native.rows);
      this.#block = this.native.read(0, this.#from, this.#to);
    }
    const columns = sizeOf(this.sampleShape);
    const at = (index - this.#from) * columns;
    return new Tensor(this.#block.slice(at, at + columns), this.sampleShape);
  }
}

/** A data set of rows that native code holds: it serves many runs without another copy of the samples. */
export class ArrayDataset extends Dataset {
  static {
    showOptionsInConsole(ArrayDataset, ({ rows, inputs }) => ({ rows, x: mapParts(inputs, 'x', shapeOf) }));
  }

  /** What the model takes, in native memory. */
  readonly inputs: Parts<ResidentInput>;
  /** The targets. */
  readonly y: Parts<ShapedArray> | null;
  /** The weights of the samples. */
  readonly weights: Parts<ShapedArray> | null;
  /** How many samples there are. */
  readonly rows: number;

  constructor({ x, y, sampleWeight }: Arrays) {
    const targets = isMissing(y) ? null : mapParts(y, 'y', (own, argument) => copyOf(toShapedArray(own, argument)));
    const [first] = targets === null ? [] : partsIn(targets);
    const inputs = mapParts(x, 'x', (own, argument) => new ResidentInput(own, first, argument));
    const rows = partsIn(inputs)[0]?.native.rows ?? 0;
    const check = ({ shape }: ShapedArray, argument: string, what: string): void => {
      if (shape[0] !== rows) throw shapeMismatch(argument, `${rows} ${what} samples in \`x\`,`, shape);
    };
    mapParts(inputs, 'x', ({ native: own, sampleShape }, argument) =>
      check(
        { data: new Float32Array(0), shape: [own.rows, ...sampleShape] },
        argument,
        'samples, as many as there are',
      ),
    );
    if (targets !== null) mapParts(targets, 'y', (own, name) => check(own, name, 'targets, as many as there are'));
    const weights = isMissing(sampleWeight)
      ? null
      : mapParts(sampleWeight, 'sampleWeight', (own, name) => weightsOf(own, rows, name));
    super(rowsOf(inputs, targets, weights, rows), false);
    this.inputs = inputs;
    this.y = targets;
    this.weights = weights;
    this.rows = rows;
  }
}

function shapeOf({ native: { rows }, sampleShape }: ResidentInput): Shape {
  return [rows, ...sampleShape];
}

function copyOf({ data, shape }: ShapedArray): ShapedArray {
  return { data: copied(data), shape };
}

function weightsOf(given: TensorLike, rows: number, argument: string): ShapedArray {
  const { data, shape } = copyOf(toShapedArray(given, argument));
  if (shape[0] === rows) return { data, shape };
  const cut = isTypedArray(given) && data.length % rows === 0;
  if (cut) return { data, shape: [rows, data.length / rows] };
  throw shapeMismatch(argument, `one weight for each of the ${rows} samples, or for each of their steps,`, shape);
}

/** A bare vector holds as many samples as there are targets. */
function shapeOfSamples(samples: ShapedArray, targets: ShapedArray | undefined, argument: string): Shape {
  const { shape } = samples;
  const [length] = shape;
  if (length === undefined) throw shapeMismatch(argument, 'a batch of samples', shape, 'Put the sample into an array.');
  const rows = targets?.shape[0];
  const cut = rows !== undefined && rows > 0 && length !== rows && length % rows === 0;
  return cut ? [rows, length / rows] : shape;
}

function rowsOf(
  inputs: Parts<ResidentInput>,
  targets: Parts<ShapedArray> | null,
  weights: Parts<ShapedArray> | null,
  rows: number,
): Open<Element> {
  return async function* () {
    for (let row = 0; row < rows; row++) {
      yield {
        x: mapParts(inputs, 'x', (own) => own.row(row)),
        y: targets === null ? undefined : mapParts(targets, 'y', (own) => rowOf(own, row)),
        sampleWeight: weights === null ? undefined : mapParts(weights, 'sampleWeight', (own) => weightOf(own, row)),
      };
    }
  };
}

function rowOf({ data, shape: [, ...shape] }: ShapedArray, row: number): Tensor {
  const size = sizeOf(shape);
  return new Tensor(data.slice(row * size, (row + 1) * size), shape);
}

function weightOf(weights: ShapedArray, row: number): TensorLike {
  return weights.shape.length === 1 ? Number(weights.data[row]) : rowOf(weights, row);
}
