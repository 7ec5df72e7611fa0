/**
 * The only file that loads the native addon. Everything else in `lib/` calls it through {@link native}.
 * The types below are the whole crossing: TypeScript has checked every argument and filled in every default before a
 * value gets here; native re-computes each length before it touches memory and throws a coded error if one is wrong.
 */
import { join } from 'node:path';
import { GemsbokError } from './errors';
import type {
  ActivationCall,
  ConstraintCall,
  FloatArray,
  InitializerCall,
  LossCall,
  LossResult,
  MetricCall,
  OptimizerCall,
  OptimizerSpec,
  Reduction,
  RegularizerCall,
  Spec,
  StateInfo,
  UpdatedVariable,
} from './native_kernels';
import { type InstructionSet, type InstructionSets, useInstructionSet } from './simd';

export type * from './native_kernels';

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

export interface VariableInfo {
  readonly layer: number;
  readonly name: string;
  readonly shape: readonly number[];
  /** Position in the arena of all parameters. */
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
  /** Of one row of the output. */
  readonly columns: number;
  /** Of one row of a target: the columns of the output, or 1 for class indices. */
  readonly trueColumns: number;
  readonly lossWeight: number;
  /** They are computed from the same target as the loss. */
  readonly metrics: readonly { readonly metric: Spec; readonly weighted: boolean; readonly masked: boolean }[];
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
}

/** A native copy of a data set: `Uint8Array` stays bytes, everything else becomes float32. */
export interface NativeData {
  readonly rows: number;
  /** A view of the rows `[from, to)` on the same storage. */
  slice(from: number, to: number): NativeData;
  /** A copy of the rows `[from, to)` of an input, or of a target, which are counted after the inputs. */
  read(column: number, from: number, to: number): Uint8Array | Float32Array;
  /** Gives the memory back as soon as no job uses it, without waiting for the garbage collector. */
  release(): void;
}

/** Sums over the samples seen so far. */
export interface Logs {
  /** Mean of the batch losses, weighted by batch size. */
  readonly loss: number;
  /** Of each output. */
  readonly losses: readonly number[];
  /** The state of each compiled metric, output by output. */
  readonly states: readonly Float64Array[];
}

export interface Progress extends Logs {
  /** Counted from 0, the epochs before `initialEpoch` included. */
  readonly epoch: number;
  /** Finished steps of the epoch. */
  readonly step: number;
  /** What `loss` is the quotient of. */
  readonly lossSum: number;
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
  /** The epochs that ended in this call. */
  readonly epochs: readonly Logs[];
  /** The first batch of the whole run whose loss was not finite. */
  readonly nonFinite: NonFinite | null;
}

/** Work on the library's own threads. `cancel` makes it stop at the next step and settle with `cancelled`. */
export interface Job<T> {
  readonly promise: Promise<T>;
  cancel(): void;
}

export interface LossGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

export interface NativeModel {
  readonly variables: readonly VariableInfo[];
  /** Calls of the optimizer since `compile`. */
  iterations: number;
  /** What the compiled optimizer remembers. */
  readonly state: readonly StateInfo[];
  read(offset: number, size: number): Float32Array;
  write(offset: number, values: Float32Array): void;
  readState(index: number): Float32Array;
  writeState(index: number, values: Float32Array): void;
  /** Sets loss, metrics and optimizer; state and iterations start anew. */
  compile(spec: CompileSpec): void;
  /** Writes the optimizer's averages, where it keeps them, over the variables. */
  finalize(): void;
  /** Loss and gradient of one batch, all rows of `data`; `gradient` has the arena's layout. */
  gradients(data: NativeData, seed: number): LossGradient;
  evaluate(data: NativeData, batchSize: number): Job<Logs & { readonly cancelled: boolean }>;
  /** Writes `[rows, size]` of each output into `outputs`, which nobody else may see until the promise settles. */
  predict(
    inputs: readonly Column[] | NativeData,
    rows: number,
    outputs: readonly Float32Array[],
  ): Job<{ readonly cancelled: boolean }>;
  predictSync(inputs: readonly Column[] | NativeData, rows: number, outputs: readonly Float32Array[]): void;
}

export interface RunOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Epoch number of the first epoch: the shuffle is keyed by seed and epoch. */
  readonly initialEpoch: number;
  /** 0: as many as the data has batches. With fewer the next epoch goes on where this one ends. */
  readonly stepsPerEpoch: number;
  /** false: outputs and metrics alone, for losses that JavaScript computes. */
  readonly trains: boolean;
  /** false: gradients are not multiplied by the optimizer's `lossScaleFactor`. */
  readonly scalesLoss: boolean;
}

/** One `fit`: it owns order, position and sums, so that any cut into `run` calls gives the same bits. */
export interface Run {
  /** Fewer than `stepsPerEpoch` where the data ends before. */
  stepsIn(epoch: number): number;
  /** `learningRates` holds one rate, or one for each step. */
  run(steps: number, learningRates: Float32Array): Job<RunResult>;
  progress(): Progress;
  /** Goes on from where another run of the same options was, whose seed was this one. */
  seek(position: Progress, seed: number): void;
}

/** What a batch gives at one output, row by row. */
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
  /** Those whose loss JavaScript computes. */
  readonly outputs: readonly ForwardOutput[];
}

export interface NativeRun extends Run {
  /** In place of the run's data, one batch of a stream: all its rows are the next step's. */
  feed(batch: NativeData): void;
  /** Nothing else ends the epochs of a run that is fed. */
  endEpoch(): void;
  /** The first part of a step of which JavaScript computes losses: it gives them without their outputs' weights. */
  forward(): Job<ForwardResult>;
  forwardSync(): ForwardResult;
  /** The second part without a step: the whole loss and its gradient by the parameters, with the arena's layout. */
  gradients(losses: readonly number[], gradients: readonly Float32Array[]): LossGradient;
  /** The second part: `gradients` are by the outputs; null where the run does not train. */
  finish(losses: readonly number[], gradients: readonly Float32Array[] | null, learningRate: number): Job<RunResult>;
}

export interface Native extends InstructionSets {
  /** name -> parameter names, for each registry. */
  readonly registries: Readonly<
    Record<
      'losses' | 'activations' | 'optimizers' | 'metrics' | 'initializers' | 'regularizers' | 'constraints' | 'layers',
      Readonly<Record<string, readonly string[]>>
    >
  >;
  /** The class of the errors that are neither a TypeError nor a RangeError. */
  setErrorClass(type: typeof GemsbokError): void;
  info(): {
    readonly blas: string;
    readonly core: string;
    readonly simd: InstructionSet;
    readonly simds: InstructionSet[];
  };
  setThreads(threads: number): void;
  getThreads(): number;
  lossEvaluate(call: LossCall): LossResult;
  activationForward(call: ActivationCall): FloatArray;
  /** `upstream` times the derivative, `[rows, columns]`. */
  activationBackward(call: ActivationCall & { readonly upstream: FloatArray }): FloatArray;
  metricStateSize(metric: Spec, columns: number): number;
  metricUpdate(call: MetricCall): void;
  /** What the optimizer remembers of such variables. */
  optimizerState(
    optimizer: OptimizerSpec,
    variables: readonly (UpdatedVariable & { readonly shape: readonly number[] })[],
  ): readonly StateInfo[];
  /** Updates variables and state in place. */
  optimizerApply(call: OptimizerCall): void;
  initialize(call: InitializerCall): void;
  /** The penalty of a weight and, where it is asked for, its gradient, `[rows, columns]`. */
  regularize(call: RegularizerCall): { readonly value: number; readonly gradient: FloatArray | null };
  constrain(call: ConstraintCall): void;
  readonly Data: new (options: {
    readonly rows: number;
    /** Or those of other data sets, whose memory they share. */
    readonly inputs: readonly Column[] | readonly NativeData[] | NativeData;
    readonly targets: readonly Column[];
    /** Of each target: one a row, or one for each row of its output, or null; none where no target has any. */
    readonly weights: readonly (Column | null)[];
  }) => NativeData;
  readonly Model: new (options: {
    /** Of one sample. */
    readonly inputSizes: readonly number[];
    readonly layers: readonly LayerSpec[];
    /** In topological order. */
    readonly nodes: readonly NodeSpec[];
    /** Tensors. */
    readonly outputs: readonly number[];
  }) => NativeModel;
  readonly Run: new (model: NativeModel, data: NativeData, options: RunOptions) => NativeRun;
}

/** Written out, so that bundlers can follow them. */
const PREBUILDS: Readonly<Record<string, readonly (() => Native)[]>> = {
  'linux-x64': [
    () => require('../prebuilds/linux-x64/gemsbok.glibc.node'),
    () => require('../prebuilds/linux-x64/gemsbok.musl.node'),
  ],
  'linux-arm64': [
    () => require('../prebuilds/linux-arm64/gemsbok.glibc.node'),
    () => require('../prebuilds/linux-arm64/gemsbok.musl.node'),
  ],
  'win32-x64': [() => require('../prebuilds/win32-x64/gemsbok.node')],
  'darwin-arm64': [() => require('../prebuilds/darwin-arm64/gemsbok.node')],
  'darwin-x64': [() => require('../prebuilds/darwin-x64/gemsbok.node')],
};

/** A build from source, then what node-gyp-build finds in prebuilds/; in a bundle it may find another package's addon. */
function find(): Native {
  const path = (require('node-gyp-build') as { path(folder: string): string }).path(join(__dirname, '..'));
  if (!/gemsbok[.\w]*$/.test(path)) throw new Error(`${path} is another addon`);
  return require(path);
}

/** The switch of Node that keeps addons from loading. */
function whyOff({ code }: { readonly code?: unknown }): string | null {
  if (code !== 'ERR_DLOPEN_DISABLED') return null;
  const isAllowed = process.permission === undefined;
  return isAllowed ? '`--no-addons` is set.' : 'the permission model is on. Start Node with `--allow-addons`.';
}

function load(): Native {
  const platform = `${process.platform}-${process.arch}`;
  const reasons: string[] = [];
  for (const attempt of [find, ...(PREBUILDS[platform] ?? [])]) {
    try {
      const addon = attempt();
      addon.setErrorClass(GemsbokError);
      return addon;
    } catch (error) {
      const off = whyOff(error as NodeJS.ErrnoException);
      if (off !== null) throw new GemsbokError('ERR_UNSUPPORTED', `Expected native addons, received none: ${off}`);
      const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
      reasons.push(line);
    }
  }
  throw new GemsbokError(
    'ERR_UNSUPPORTED',
    `Expected a native addon for ${platform} in build/Release or prebuilds/${platform} of ${join(__dirname, '..')}, ` +
      `received none that loads: ${reasons.join('; ')}. Prebuilds exist for ${Object.keys(PREBUILDS).join(', ')}. ` +
      'Build one from source: run `npm run setup` in a clone of the repository, and set the environment variable ' +
      'GEMSBOK_PREBUILD to the folder of the clone.',
  );
}

export const native: Native = load();
useInstructionSet(native);
