import type { CallbackHooks } from '../../callbacks';
import { checkCallbacks } from '../../callbacks/callback_list';
import { checkBoolean, checkInteger, warnOfIgnored } from '../../check';
import { checkDistributed, type ProcessGroup } from '../../distributed';
import type { ModelData, Verbosity } from '../../model_options';
import { nextSeed } from '../../random';
import { checkSignal } from '../../signals';
import { type ClassWeight, checkClassWeight, weightedTwice } from '../data/class_weight';
import { checkBatchSize, checkSteps } from '../data/steps';
import { checkValidation, type ValidationData, type ValidationFreq, type ValidationSettings } from '../data/validation';
import { checkVerbOptions } from '../verb_options';
import { ownCallbacks, ownVerbosity } from './processes';
import { checkVerbose } from './verbose';

export interface FitOptions {
  /** Samples of a step. Default: 32, or what `stepsPerEpoch` steps make of the data */
  readonly batchSize?: number | undefined;
  /** Index of the epoch to stop before. Default: 1 */
  readonly epochs?: number | undefined;
  /** Index of the first epoch. Default: 0 */
  readonly initialEpoch?: number | undefined;
  /** Steps of an epoch; with fewer than the data has, the next epoch continues after them. Default: all data */
  readonly stepsPerEpoch?: number | null | undefined;
  /** Evaluated after each epoch, and not trained on. Default: none */
  readonly validationData?: ValidationData | null | undefined;
  /** The fraction of the samples, the last ones, to validate with. Default: 0 */
  readonly validationSplit?: number | undefined;
  /** Every how many epochs to validate, or after which ones, counted from 1. Default: 1 */
  readonly validationFreq?: ValidationFreq | undefined;
  /** Default: `batchSize` */
  readonly validationBatchSize?: number | null | undefined;
  /** Steps of a validation, from the first sample on. Default: all data */
  readonly validationSteps?: number | null | undefined;
  /** A new order of the samples in each epoch. Default: true */
  readonly shuffle?: boolean | undefined;
  /** The seed of the shuffle. Default: the next one of the process, see `setRandomSeed`. */
  readonly seed?: number | undefined;
  /** A weight for each sample, or for each of its steps, `[batch, steps]`. Default: 1 */
  readonly sampleWeight?: ModelData | null | undefined;
  /** A weight for each class; targets are class indices or one-hot. Default: 1 */
  readonly classWeight?: ClassWeight | null | undefined;
  /** Whether data may hold NaN or infinity, which is an error otherwise. Default: false */
  readonly allowNonFinite?: boolean | undefined;
  /**
   * Whether samples are copied first. `false` promises that `x` does not change before the end: floats and bytes in a
   * `SharedArrayBuffer` are then read where they lie. All else is copied all the same, as its memory can be taken
   * away. Default: true
   */
  readonly copy?: boolean | undefined;
  /** Told of each epoch and batch. Default: none */
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | null | undefined;
  /** 0 silent; 1 or 'auto' progress bar, of which only a line an epoch goes into a file or a pipe; 2 that line. Default: 'auto' */
  readonly verbose?: Verbosity | undefined;
  /** Ends the run: the promise rejects with the signal's reason. Default: none */
  readonly signal?: AbortSignal | undefined;
  /** The processes that train together: `await distributed.mpi()`. `batchSize` is that of all. Default: this one alone */
  readonly distributed?: ProcessGroup | null | undefined;
}

/** The options with their defaults, checked. */
export interface FitSettings {
  /** Null where the steps are to tell. */
  readonly batchSize: number | null;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly stepsPerEpoch: number | null;
  readonly validation: ValidationSettings;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly sampleWeight: ModelData | null;
  readonly classWeight: ReadonlyMap<number, number> | null;
  readonly allowNonFinite: boolean;
  readonly copy: boolean;
  readonly callbacks: readonly CallbackHooks[];
  readonly verbose: number;
  readonly signal: AbortSignal | undefined;
  /** Null where this process is alone. */
  readonly processes: ProcessGroup | null;
  /** What ends a run of several processes, which only all together can do. */
  readonly abort: AbortSignal | undefined;
}

const NAMES = [
  'batchSize',
  'epochs',
  'initialEpoch',
  'stepsPerEpoch',
  'validationData',
  'validationSplit',
  'validationFreq',
  'validationBatchSize',
  'validationSteps',
  'shuffle',
  'seed',
  'sampleWeight',
  'classWeight',
  'allowNonFinite',
  'copy',
  'callbacks',
  'verbose',
  'signal',
  'distributed',
] as const satisfies readonly (keyof FitOptions)[];

export function checkFitOptions(options: FitOptions): FitSettings {
  checkVerbOptions(options, NAMES, 'fit');
  const epochs = checkInteger(options.epochs ?? 1, 'epochs', { min: 1 });
  const initialEpoch = checkInteger(options.initialEpoch ?? 0, 'initialEpoch', { min: 0 });
  const sampleWeight = options.sampleWeight ?? null;
  const classWeight = checkClassWeight(options.classWeight);
  const processes = checkDistributed(options.distributed);
  const signal = checkSignal(options.signal);
  if (sampleWeight !== null && classWeight !== null) throw weightedTwice(options.classWeight);
  return {
    batchSize: checkBatchSize(options.batchSize),
    epochs,
    initialEpoch,
    stepsPerEpoch: checkSteps(options.stepsPerEpoch, 'stepsPerEpoch'),
    validation: checkValidation(options),
    shuffle: checkBoolean(options.shuffle ?? true, 'shuffle'),
    seed: options.seed === undefined ? nextSeed() : checkInteger(options.seed, 'seed', { min: 0 }),
    sampleWeight,
    classWeight,
    allowNonFinite: checkBoolean(options.allowNonFinite ?? false, 'allowNonFinite'),
    copy: checkBoolean(options.copy ?? true, 'copy'),
    callbacks: ownCallbacks(checkCallbacks(options.callbacks), processes),
    verbose: ownVerbosity(checkVerbose(options.verbose ?? 'auto'), processes),
    signal: processes === null ? signal : undefined,
    processes,
    abort: processes === null ? undefined : signal,
  };
}

/** The option `returnDict`: Keras' lists are objects here. */
export function checkReturnDict(returnDict: unknown, owner: string): void {
  if (checkBoolean(returnDict ?? true, 'returnDict')) return;
  warnOfIgnored({ returnDict }, { returnDict: 'the result is an object, by name' }, owner);
}
