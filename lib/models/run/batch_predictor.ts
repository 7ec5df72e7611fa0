import { sameShape } from '../../broadcast';
import { defined, elementAt } from '../../check';
import { invalidArgument } from '../../errors';
import type { ModelData } from '../../model_options';
import { type Job, type NativeModel, type NativeVersion, native } from '../../native';
import { isTypedArray, type Shape, sizeOf, Tensor, type TensorLike, toShapedArray } from '../../tensor';
import { changedAmid } from '../compile/compiled_for';
import { perName } from '../compile/per_output';
import { isResident, type RowColumns, samplesOf } from '../data/rows';
import { CustomLayers } from '../graph/custom_layers';
import type { Topology } from '../graph/topology';
import { startHere } from './custom_predict';
import { dataOf, roomFor } from './predict';

/** Samples of one caller, in memory of their own: `[rows, columns]` of each input. */
export interface OwnSamples {
  readonly rows: number;
  readonly inputs: readonly Float32Array[];
  /** What they were checked for. */
  readonly model: NativeModel;
}

/** The rows `[from, to)` of some samples. */
export interface Piece {
  readonly samples: OwnSamples;
  readonly from: number;
  readonly to: number;
}

export interface NamedShape {
  readonly name: string;
  /** The shape of one sample. */
  readonly shape: Shape;
}

/** Predicts rows of several callers in one native call. */
export class BatchPredictor {
  readonly #topology: Topology;
  readonly #memory = new RowMemory();
  readonly #scratch: Float32Array[] = [];

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** null before the model is built. */
  get inputs(): readonly NamedShape[] | null {
    const { inputNames, inputShapes } = this.#topology;
    return inputShapes?.map((shape, i) => ({ name: elementAt(inputNames, i), shape })) ?? null;
  }

  get outputs(): readonly NamedShape[] {
    const { outputNames, outputShapes } = this.#topology;
    return (outputShapes ?? []).map((shape, o) => ({ name: elementAt(outputNames, o), shape }));
  }

  /** Checks and copies what `predict` takes; a sample by itself is a batch of one. */
  ownSamples(x: ModelData): OwnSamples {
    const { inputNames, inputShapes } = this.#topology;
    const batches = inputShapes === null ? x : asBatches(x, inputNames, inputShapes);
    const { rows, inputs } = samplesOf(this.#topology, batches, 'x', { least: 0 });
    if (isResident(inputs)) throw invalidArgument('x', 'samples', x);
    return { rows, inputs: inputs.map(({ data }) => this.#memory.copyOf(data)), model: this.#topology.native };
  }

  /** As many rows of zeros, to warm up with. */
  zeros(rows: number): OwnSamples {
    const shapes = defined(this.#topology.inputShapes ?? undefined);
    const inputs = shapes.map((shape) => new Float32Array(rows * sizeOf(shape)));
    return { rows, inputs, model: this.#topology.native };
  }

  /** Whatever changes the parameters afterwards. */
  pin(): NativeVersion {
    return new native.Version(this.#topology.native, []);
  }

  /** Room for the outputs of this many rows, filled with zeros. */
  room(rows: number): Tensor<Float32Array>[] {
    return roomFor(this.#topology, rows);
  }

  /**
   * Begins to predict the pieces, one after another. `job` is null where that is done: what takes less time than another
   * thread to wake up is computed here and now. Errors: `ERR_MODEL_BUSY` where the layers changed since samples were
   * checked.
   */
  start(
    pieces: readonly Piece[],
    version: NativeVersion | null,
  ): { readonly job: Job<{ readonly cancelled: boolean }> | null; readonly outputs: readonly Tensor<Float32Array>[] } {
    const { native: model, lowered } = this.#topology;
    if (pieces.some(({ samples }) => samples.model !== model)) throw changedAmid();
    const rows = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
    const columns = defined(this.#topology.inputShapes ?? undefined).map((shape) => sizeOf(shape));
    const inputs = columns.map((own, i) => ({ rows, columns: own, data: this.#joined(pieces, i, own * rows) }));
    const outputs = this.room(rows);
    const layers = CustomLayers.of(lowered);
    if (layers !== null) {
      return { job: startHere(this.#topology, layers, { rows, inputs }, dataOf(outputs), version), outputs };
    }
    // Errors tell the caller's row where there is one caller.
    const origin = { prefix: '', firstRow: elementAt(pieces, 0).from };
    const isDone = version === null && model.predictNow(inputs, rows, dataOf(outputs), version, origin);
    return { job: isDone ? null : model.predict(inputs, rows, dataOf(outputs), version, origin), outputs };
  }

  /** The pieces of an input, one after another; in memory that the next call may use, as native code copies what it keeps. */
  #joined(pieces: readonly Piece[], input: number, size: number): Float32Array {
    const parts = pieces.map(({ samples: { inputs, rows }, from, to }) => {
      const data = elementAt(inputs, input);
      const columns = data.length / rows;
      return data.subarray(from * columns, to * columns);
    });
    const [only, ...others] = parts;
    if (only !== undefined && others.length === 0) return only;
    if ((this.#scratch[input]?.length ?? 0) < size) this.#scratch[input] = new Float32Array(size);
    const all = elementAt(this.#scratch, input).subarray(0, size);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Room for outputs as these are, of this many rows. */
export function roomLike(outputs: readonly Tensor<Float32Array>[], rows: number): Tensor<Float32Array>[] {
  return roomFor({ outputShapes: outputs.map(({ shape }) => shape.slice(1)) }, rows);
}

/** The rows `[from, to)` of outputs, in memory of their own. */
export function rowsOf(outputs: readonly Tensor<Float32Array>[], from: number, to: number): Tensor<Float32Array>[] {
  return outputs.map(({ data, shape: [, ...sample] }) => {
    const size = sizeOf(sample);
    return new Tensor(data.slice(from * size, to * size), [to - from, ...sample]);
  });
}

/** What is given for each input, where samples by themselves get the axis of the batch. */
function asBatches(x: ModelData, names: readonly string[], shapes: readonly Shape[]): ModelData {
  const batches = perName(x, names, 'x').map((one, i) => {
    return asBatch(one, elementAt(shapes, i), names.length === 1 ? 'x' : `x.${names[i]}`);
  });
  return names.length === 1 ? (batches[0] as TensorLike) : batches;
}

/** A last axis of one element may be missing. */
function asBatch(value: unknown, sampleShape: Shape, argument: string): TensorLike {
  const { data, shape } = toShapedArray(value, argument);
  const isSample =
    sameShape(shape, sampleShape) || (sampleShape.at(-1) === 1 && sameShape(shape, sampleShape.slice(0, -1)));
  if (isSample) return { data, shape: [1, ...sampleShape] };
  return isTypedArray(value) ? value : { data, shape };
}

/** Numbers that one piece of memory has room for, and the most of them that share it with others. */
const PIECE = 2 ** 14;
const MOST_TOGETHER = PIECE / 8;

/** Copies of rows, many in a piece, as memory for each costs more than its numbers. What was written is never written again. */
class RowMemory {
  #piece = new Float32Array(0);
  #filled = 0;

  copyOf(data: RowColumns['data']): Float32Array {
    if (data.length > MOST_TOGETHER) return new Float32Array(data);
    if (this.#filled + data.length > this.#piece.length) {
      this.#piece = new Float32Array(PIECE);
      this.#filled = 0;
    }
    const own = this.#piece.subarray(this.#filled, this.#filled + data.length);
    own.set(data);
    this.#filled += data.length;
    return own;
  }
}
