// What crosses into native code for a model, its data and its runs: see native.ts.

import type { Job } from './native_jobs';
import type { OptimizerSpec, Reduction, SlotInfo, Spec, UpdatedVariable } from './native_kernels';
import type { NativeProcesses } from './native_processes';

/** A native layer: see `native/core/layers`, whose table names its parameters. */
export interface LayerSpec {
  readonly type: string;
  readonly parameters: Readonly<Record<string, number | boolean | readonly number[] | Spec>>;
}

/** A use of a layer. Tensors are numbered: the model's inputs first, then the output of each node. */
export interface NodeSpec {
  readonly layer: number;
  readonly inputs: readonly number[];
}

/** The values of variables, which models point into; they outlive the models. */
export interface WeightSegment {
  /** Where each of its variables starts. */
  readonly offsets: readonly number[];
  read(offset: number, size: number): Float32Array;
  write(offset: number, values: Float32Array): void;
}

/** Where the values of a variable are. */
export interface Place {
  readonly segment: WeightSegment;
  readonly offset: number;
}

export interface VariableInfo {
  readonly layer: number;
  readonly name: string;
  readonly shape: readonly number[];
  /** Position in the gradients of all parameters. */
  readonly offset: number;
  readonly size: number;
}

/** What is trained and counted at one output. */
export interface OutputSpec {
  /** Whether there is a loss. */
  readonly trained: boolean;
  /** null where JavaScript computes it, or there is none. */
  readonly loss: Spec | null;
  readonly reduction: Exclude<Reduction, 'none'>;
  /** The loss reads what goes into the last activation (see `fuseLogits` in models/compile_output.ts). */
  readonly onLogits: boolean;
  /** The loss takes the whole batch as one row. */
  readonly oneValue: boolean;
  /** The columns of one row of the output. */
  readonly columns: number;
  /** The columns of one row of a target: those of the output, or 1 for class indices. */
  readonly trueColumns: number;
  readonly lossWeight: number;
  /** They are computed from the same target as the loss. */
  readonly metrics: readonly { readonly metric: Spec; readonly weighted: boolean; readonly masked: boolean }[];
  /** Whether JavaScript computes further metrics from the output. */
  readonly customMetrics: boolean;
  /** A tensor with an element for each row of the output, of which those with 0 do not count; null where all do. */
  readonly mask: number | null;
}

/** A regularizer or a constraint, and the matrix that it takes a variable for. */
export interface RuleSpec {
  readonly rule: Spec;
  readonly rows: number;
  readonly columns: number;
}

export interface VariableSpec {
  /** null where training does not change it by a gradient. */
  readonly update: UpdatedVariable | null;
  readonly regularizer: RuleSpec | null;
  readonly constraint: RuleSpec | null;
}

export interface CompileSpec {
  readonly outputs: readonly OutputSpec[];
  readonly optimizer: OptimizerSpec;
  /** One for each variable of the model. */
  readonly variables: readonly VariableSpec[];
  /** For each layer, whether it works as in inference; empty where none does. */
  readonly frozen: readonly boolean[];
}

/** One array of a data set: `rows` rows of `columns` elements. */
export interface Column {
  readonly data: Exclude<ArrayBufferView, DataView>;
  readonly columns: number;
  /** Whether bytes and floats are read where they lie, in memory that nothing can take away: shared one. */
  readonly inPlace?: boolean;
}

/** What stands before the names of some data's arrays, as errors call them: `validationData.` before `x`. */
export interface Origin {
  readonly prefix: string;
  /** How many of the caller's rows stand before these. */
  readonly firstRow: number;
}

/** A native copy of a data set: `Uint8Array` stays bytes, everything else becomes float32. */
export interface NativeData {
  readonly rows: number;
  readonly origin: Origin;
  /** A view of the rows `[from, to)` on the same storage. */
  slice(from: number, to: number): NativeData;
  /**
   * A copy of the rows `[from, to)` of an input, of a target, or of a target's weights, which are counted on in this
   * order; empty where there are none.
   */
  read(column: number, from: number, to: number): Uint8Array | Float32Array;
  /** The place of the first number that is NaN or infinite, in a column as `read` counts them; null where none is. */
  findNonFinite(): readonly [column: number, row: number, element: number] | null;
  /** Frees the memory as soon as no job uses it, without waiting for the garbage collector. */
  release(): void;
}

/** Sums over the samples seen so far. */
export interface Logs {
  /** Mean of the batch losses, weighted by batch size. */
  readonly loss: number;
  /** The loss of each output. */
  readonly losses: readonly number[];
  /** The state of each compiled metric, output by output. */
  readonly states: readonly Float64Array[];
  /** The results of the metrics that JavaScript computes, output by output. */
  readonly customResults?: readonly unknown[];
}

export interface Progress extends Logs {
  /** Counted from 0, the epochs before `initialEpoch` included. */
  readonly epoch: number;
  /** Finished steps of the epoch. */
  readonly step: number;
  /** What `loss` is the quotient of. */
  readonly lossSum: number;
  /** The same of each output. */
  readonly lossSums: readonly number[];
  readonly samples: number;
}

export interface NonFinite {
  readonly epoch: number;
  readonly step: number;
  /** Index of the first node whose output is not finite; -1 where all are finite (then it is the loss itself). */
  readonly node: number;
}

export interface RunResult extends Progress {
  /** Steps done by this call; fewer than asked for only where it was cancelled. */
  readonly steps: number;
  readonly cancelled: boolean;
  /**
   * The epochs that ended in this call: of each its loss, the outputs' losses and the metrics' states, one after
   * another.
   */
  readonly epochs: Float64Array;
  /** The results, in the same epochs, of the metrics that JavaScript computes. */
  readonly customEpochs?: readonly (readonly unknown[])[];
  /** The first batch of the whole run whose loss was not finite. */
  readonly nonFinite: NonFinite | null;
}

export interface LossGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

export interface NativeModel {
  readonly variables: readonly VariableInfo[];
  /** Calls of the optimizer since `compile`. */
  iterations: number;
  /** The slots of the compiled optimizer. */
  readonly slots: readonly SlotInfo[];
  readSlot(index: number): Float32Array;
  writeSlot(index: number, values: Float32Array): void;
  /** Sets loss, metrics and optimizer; slots and iterations start over. */
  compile(spec: CompileSpec): void;
  /** As `native.atomically`, with all of its weights. */
  atomically<T>(work: () => T): T;
  /** Writes the optimizer's averages, where it keeps them, over the variables. */
  finalize(): void;
  /** For each input the layer that takes it as indices; -1 where none does. */
  readonly indexLayers: readonly number[];
  /** Refuses inputs that come to a layer as indices and are none; all that computes does so, but with its own step. */
  checkIndices(data: NativeData): Job<{ readonly cancelled: boolean }>;
  /** Loss and gradient of one batch, all rows of `data`; `gradient` has the layout of `variables`. */
  gradients(data: NativeData, seed: number): LossGradient;
  /** Without a version, loss and metrics are of the parameters as they stand when it begins. */
  evaluate(
    data: NativeData,
    batchSize: number,
    version?: NativeVersion | null,
  ): Job<Logs & { readonly cancelled: boolean }>;
  /** Writes `[rows, size]` of each output into `outputs`, which must not be read until the promise settles. */
  predict(
    inputs: readonly Column[] | NativeData,
    rows: number,
    outputs: readonly Float32Array[],
    version?: NativeVersion | null,
    origin?: Origin,
  ): Job<{ readonly cancelled: boolean }>;
  predictSync(inputs: readonly Column[] | NativeData, rows: number, outputs: readonly Float32Array[]): void;
  /** As `predictSync`; false, and nothing is done, where it would take long or somebody writes the weights. */
  predictNow(
    inputs: readonly Column[],
    rows: number,
    outputs: readonly Float32Array[],
    version: null,
    origin: Origin,
  ): boolean;
  /** An id by which other threads of the process find it, as long as somebody holds it. */
  share(): string;
}

/** The parameters of a model as they were when it was made, whatever changes them afterwards. */
export interface NativeVersion {
  release(): void;
}

export interface RunOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Epoch number of the first epoch: the shuffle is keyed by seed and epoch. */
  readonly initialEpoch: number;
  /** 0: as many as the data has batches. With fewer, the next epoch continues where this one ends. */
  readonly stepsPerEpoch: number;
  /** false: outputs and metrics alone, for losses that JavaScript computes. */
  readonly trains: boolean;
  /** false: gradients are not multiplied by the optimizer's `lossScaleFactor`. */
  readonly scalesLoss: boolean;
  /** Whether it is in inference, with gradients by the inputs in place of those by the parameters. */
  readonly explains: boolean;
  /** Those that train together; null where there is one alone. */
  readonly processes?: NativeProcesses | null;
}

/** One `fit`: it owns order, position and sums, so that any division into `run` calls computes the same bits. */
export interface Run {
  /** The steps of `count` epochs, 1 by default: fewer than `stepsPerEpoch` where the data ends before. */
  stepsIn(epoch: number, count?: number): number;
  /** `learningRates` holds one rate, or one for each step. */
  run(steps: number, learningRates: Float32Array): Job<RunResult>;
  progress(): Progress;
  /** Continues where another run with the same options was, which had this seed. */
  seek(position: Progress, seed: number): void;
  /** Processes that train together end a call of `run` after the same step, as soon as one of them asked to. */
  stop?(): void;
  /** Whether each of them takes its rows of a batch; else all compute the same. */
  readonly sharesBatches?: boolean;
  /** The pass has ended: others may use the metrics that JavaScript computes. */
  releaseMetrics?(): void;
}

/** The results of a batch at one output, row by row. */
export interface ForwardOutput {
  readonly outputs: Float32Array;
  readonly targets: Float32Array;
  /** `[samples]`, or `[samples, rows]` */
  readonly weights: Float32Array | null;
  /** `[samples, rows]` */
  readonly mask: Float32Array | null;
}

export interface ForwardResult {
  readonly samples: number;
  /** Those whose loss, or metrics, JavaScript computes. */
  readonly outputs: readonly ForwardOutput[];
  /** Where it stopped: then there are no outputs. */
  readonly custom: CustomNode | null;
}

export interface NativeRun extends Run {
  /** Replaces the run's data by one batch of a stream: all its rows are the next step's. */
  feed(batch: NativeData): void;
  /** Where processes share batches: what was fed are the rows from `first` on of `samples`. */
  place(first: number, samples: number): void;
  stop(): void;
  readonly sharesBatches: boolean;
  /** Nothing else ends the epochs of a run that is fed. */
  endEpoch(): void;
  /**
   * The first part of a step of which JavaScript computes losses: it returns the outputs without their weights; null where it
   * was cancelled. It stops at each layer that JavaScript computes, and continues with the output of that.
   */
  forward(output?: Float32Array | null): Job<ForwardResult | null>;
  forwardSync(output?: Float32Array | null): ForwardResult;
  /**
   * The second part: `gradients` are by the outputs; null where the run does not train. Without a learning rate it returns the
   * gradients by the parameters, for the caller to update these and call `end`. `penalty` is what it adds to the loss.
   */
  finish(...part: FinishPart): Job<FinishResult | null>;
  finishSync(...part: FinishPart): FinishResult;
  /** Continues from a layer where `finish` stopped, with its gradients by inputs and variables. */
  resume(inputs: readonly Float32Array[], variables: readonly Float32Array[]): Job<FinishResult | null>;
  resumeSync(inputs: readonly Float32Array[], variables: readonly Float32Array[]): FinishResult;
  /** The end of a step whose update the caller did, in `atomically` of the model. */
  end(): RunResult;
}

type FinishPart = [
  losses: readonly number[],
  gradients: readonly Float32Array[] | null,
  learningRate: number | null,
  penalty: number,
];

export interface FinishResult extends RunResult {
  /** Where it stopped. */
  readonly custom: CustomNode | null;
  /**
   * By the parameters, with the layout of the arena, or by the inputs, one after another; and the whole loss: where no
   * learning rate was given.
   */
  readonly gradient?: Float32Array;
  readonly wholeLoss?: number;
}

/** A layer that JavaScript computes, for a whole batch. */
export interface CustomNode {
  readonly node: number;
  readonly samples: number;
  readonly x: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  /** By the output; null on the way forward. */
  readonly gradient: Float32Array | null;
}

/** A batch through a model of which JavaScript computes layers, in inference. */
export interface NativePrediction {
  /** Continues, with the output of the layer where it stopped, to the next one; null at the end. */
  advance(output: Float32Array | null): Job<{ readonly cancelled: boolean; readonly custom: CustomNode | null }>;
  advanceSync(output: Float32Array | null): CustomNode | null;
  output(output: number): Float32Array;
}
