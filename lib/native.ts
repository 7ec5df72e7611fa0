/**
 * The only file that loads the native addon. Everything else in `lib/` calls it through {@link native}.
 * The types below are the whole crossing: TypeScript has checked every argument and filled in every default before a
 * value gets here; native re-computes each length before it touches memory and throws a coded error if one is wrong.
 */
import { join } from 'node:path';
import { GemsbokError } from './errors';
import type {
  ActivationCall,
  Allowed,
  ConstraintCall,
  FloatArray,
  InitializerCall,
  LossCall,
  LossResult,
  MetricCall,
  OptimizerCall,
  OptimizerSpec,
  ReductionCall,
  RegularizerCall,
  SlotInfo,
  Spec,
  UpdatedVariable,
} from './native_kernels';
import type {
  Column,
  LayerSpec,
  NativeData,
  NativeModel,
  NativePrediction,
  NativeRun,
  NativeVersion,
  NodeSpec,
  Origin,
  Place,
  RunOptions,
  WeightSegment,
} from './native_model';
import type { NativeProcesses } from './native_processes';
import type { TypedArray } from './shaped_array';
import { type InstructionSet, type InstructionSets, useInstructionSet } from './simd';

export type * from './native_jobs';
export type * from './native_kernels';
export type * from './native_model';
export type * from './native_processes';

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
    readonly memory: number;
  };
  setThreads(threads: number): void;
  /**
   * Cancels all jobs, and returns once none computes; those that wait for other processes are left to themselves. Later ones
   * wait for `resume`.
   */
  endJobs(): void;
  resume(): void;
  getThreads(): number;
  /** The place of the first element that is not allowed, or -1. NaN is within all limits, and no whole number. */
  findOutside(values: TypedArray, allowed: Allowed): number;
  lossEvaluate(call: LossCall): LossResult;
  /** What each row is multiplied by in a reduced loss, `[rows]`; `float64` tells the type of weights and factors. */
  reductionFactors(call: ReductionCall & { readonly float64: boolean }): FloatArray;
  activationForward(call: ActivationCall): FloatArray;
  /** `upstream` times the derivative, `[rows, columns]`. */
  activationBackward(call: ActivationCall & { readonly upstream: FloatArray }): FloatArray;
  metricStateSize(metric: Spec, columns: number): number;
  metricUpdate(call: MetricCall): void;
  /** The slots of an optimizer for such variables. */
  optimizerSlots(
    optimizer: OptimizerSpec,
    variables: readonly (UpdatedVariable & { readonly shape: readonly number[] })[],
  ): readonly SlotInfo[];
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
    /**
     * The weights of each target: one for each sample or for each row of its output, or null; empty where no target has
     * any.
     */
    readonly weights: readonly (Column | null)[];
    readonly origin?: Origin;
  }) => NativeData;
  readonly Model: new (options: {
    /** The number of elements of one sample of each input. */
    readonly inputSizes: readonly number[];
    readonly layers: readonly LayerSpec[];
    /** In topological order. */
    readonly nodes: readonly NodeSpec[];
    /** Tensors. */
    readonly outputs: readonly number[];
    /** Whose native layer each one is, and the names of the inputs, for errors. */
    readonly layerNames: readonly string[];
    readonly inputNames: readonly string[];
    /** The values of the variables, layer by layer. */
    readonly places: readonly Place[];
  }) => NativeModel;
  /** For variables of these sizes, which are zeros. */
  readonly WeightSegment: new (
    sizes: readonly number[],
  ) => WeightSegment;
  /** Where the values are of the model that `share` gave this id, in any thread: they can be read alone. */
  sharedPlaces(id: string): readonly (Place & { readonly size: number })[];
  /** Calls what reads and writes: nothing else does so meanwhile, and no step with these weights is under way. */
  atomically<T>(segments: readonly WeightSegment[], work: () => T): T;
  /** Other values may stand in the place of some of the model's. */
  readonly Version: new (
    model: NativeModel,
    replaced: readonly { readonly variable: number; readonly values: Float32Array }[],
  ) => NativeVersion;
  /** The version is for a run that does not train. */
  readonly Run: new (
    model: NativeModel,
    data: NativeData,
    options: RunOptions,
    version?: NativeVersion | null,
  ) => NativeRun;
  readonly Prediction: new (model: NativeModel, data: NativeData, version?: NativeVersion | null) => NativePrediction;
  /** What a process says of an error that another one has. */
  readonly failedElsewhere: string;
  /** Loads the first of these libraries of MPI that is there, and waits until all processes are connected; throws an Error. */
  readonly Processes: new (
    libraries: readonly string[],
    timeoutMs: number,
  ) => NativeProcesses;
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

/**
 * A build from source, then what node-gyp-build finds in prebuilds/; in a bundle it may find another package's addon.
 */
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
// The system takes memory away from threads that compute while a process exits.
process.on('exit', () => {
  native.endJobs();
  // Where a program only says that it exits.
  setImmediate(() => native.resume());
});
