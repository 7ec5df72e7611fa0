import type { TensorLike } from '../tensor';

/** What a layer is found to be after an epoch. A layer has the values that mean something for it. */
export interface LayerValues {
  /** The rows that were looked at. */
  readonly rows: number;
  /** The mean of the weights that train. */
  readonly weightMean?: number;
  /** Their standard deviation. */
  readonly weightStd?: number;
  /** Their Euclidean norm. */
  readonly weightNorm?: number;
  /** The Euclidean norm of the loss' gradient by these weights, before it is clipped. */
  readonly gradientNorm?: number;
  /** That of the gradient over that of the weights. */
  readonly gradientRatio?: number;
  /** The norm of what was added to the weights since the last record, over the norm that they had then. */
  readonly updateRatio?: number;
  /** The mean of the layer's outputs. */
  readonly activationMean?: number;
  /** Its standard deviation. */
  readonly activationStd?: number;
  /** The units of the layer's activation: the size of its last axis. */
  readonly units?: number;
  /** Units that are 0 for all rows. */
  readonly deadUnits?: number;
  /** Units of sigmoid, tanh and other bounded activations that are within 1 % of an end for all rows; not counted for outputs. */
  readonly saturatedUnits?: number;
}

/** The values of a layer, one for each record, and the epochs of these, which count from 0. */
export type LayerSeries = { epoch: number[] } & { [name in keyof LayerValues]: number[] };

/** The series of each layer that has any, by its name; those of a model within the model are `model/layer`. */
export type LayerTable = Record<string, LayerSeries>;

/** What recorded them. */
export interface LayerRecord {
  readonly layers: LayerTable;
}

/** Samples, or targets: an array, or one for each input or output. */
type Rows = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;

export interface ExaminerOptions {
  /** The most rows to look at. */
  readonly samples: number;
  /** null for rows of the training's data. */
  readonly data: readonly [x: Rows, y: Rows] | null;
}

/** What looks at the layers of a model between two epochs. */
export interface LayerExaminer {
  examine(): Promise<ReadonlyMap<string, LayerValues>>;
}
