import type { CallbackHooks } from '../callbacks';
import { checkCallbacks } from '../callbacks/callback_list';
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../check';
import { invalidArgument, outOfRange } from '../errors';
import { nextSeed } from '../random';
import type { TensorLike } from '../tensor';
import { type ClassWeight, checkClassWeight } from './class_weight';
import { checkSignal } from './jobs';

/** Inputs, targets and, optionally, weights. */
export type ValidationData =
  | readonly [x: TensorLike, y: TensorLike, sampleWeight?: TensorLike | null]
  | { readonly x: TensorLike; readonly y: TensorLike; readonly sampleWeight?: TensorLike | null | undefined };

export interface FitOptions {
  /** Samples of a step. Default: 32 */
  readonly batchSize?: number | undefined;
  /** Index of the epoch to stop before. Default: 1 */
  readonly epochs?: number | undefined;
  /** Index of the first epoch. Default: 0 */
  readonly initialEpoch?: number | undefined;
  readonly validationData?: ValidationData | undefined;
  /** The share of the samples, the last ones, to validate with. Default: 0 */
  readonly validationSplit?: number | undefined;
  /** A new order of the samples in each epoch. Default: true */
  readonly shuffle?: boolean | undefined;
  /** Of the shuffle. Default: the next one of the process, see `setRandomSeed`. */
  readonly seed?: number | undefined;
  /** A weight for each sample. */
  readonly sampleWeight?: TensorLike | null | undefined;
  /** A weight for each class, 1 where there is none. */
  readonly classWeight?: ClassWeight | null | undefined;
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | undefined;
  /** 0 silent; 1 or 'auto' progress bar; 2 one line an epoch. Default: 'auto' */
  readonly verbose?: 0 | 1 | 2 | 'auto' | boolean | undefined;
  /** Ends the run: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The options with their defaults, checked. */
export interface FitSettings {
  readonly batchSize: number;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly validation: { readonly x: TensorLike; readonly y: TensorLike; readonly weights: TensorLike | null } | null;
  readonly validationSplit: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly sampleWeight: TensorLike | null;
  readonly classWeight: ReadonlyMap<number, number> | null;
  readonly callbacks: readonly CallbackHooks[];
  readonly verbose: number;
  readonly signal: AbortSignal | undefined;
}

const NAMES = [
  'batchSize',
  'epochs',
  'initialEpoch',
  'validationData',
  'validationSplit',
  'shuffle',
  'seed',
  'sampleWeight',
  'classWeight',
  'callbacks',
  'verbose',
  'signal',
] as const satisfies readonly (keyof FitOptions)[];

export function checkFitOptions(options: FitOptions): FitSettings {
  checkOptions(options, NAMES, 'fit');
  const epochs = checkInteger(options.epochs ?? 1, 'epochs', { min: 1 });
  const initialEpoch = checkInteger(options.initialEpoch ?? 0, 'initialEpoch', { min: 0 });
  if (initialEpoch >= epochs) {
    const fix = '`epochs` is the index of the last epoch plus one, not a number of further epochs.';
    throw outOfRange('initialEpoch', `a number below \`epochs\` (${epochs})`, initialEpoch, fix);
  }
  const sampleWeight = options.sampleWeight ?? null;
  const classWeight = checkClassWeight(options.classWeight);
  if (sampleWeight !== null && classWeight !== null) {
    const fix = 'Multiply the sample weights by those of their classes.';
    throw invalidArgument('classWeight', 'nothing beside `sampleWeight`', options.classWeight, fix);
  }
  return {
    batchSize: checkBatchSize(options.batchSize),
    epochs,
    initialEpoch,
    validation: checkValidationData(options.validationData),
    validationSplit: checkValidationSplit(options.validationSplit ?? 0),
    shuffle: checkBoolean(options.shuffle ?? true, 'shuffle'),
    seed: options.seed === undefined ? nextSeed() : checkInteger(options.seed, 'seed', { min: 0 }),
    sampleWeight,
    classWeight,
    callbacks: checkCallbacks(options.callbacks),
    verbose: checkVerbose(options.verbose ?? 'auto'),
    signal: checkSignal(options.signal),
  };
}

export function checkBatchSize(batchSize: number | undefined): number {
  return checkInteger(batchSize ?? 32, 'batchSize', { min: 1 });
}

function checkValidationSplit(share: number): number {
  checkNumber(share, 'validationSplit', { min: 0 });
  if (share >= 1) throw outOfRange('validationSplit', 'a number of at least 0 and below 1', share);
  return share;
}

function checkVerbose(verbose: unknown): number {
  if (verbose === 'auto' || verbose === true) return 1;
  if (verbose === false) return 0;
  if (verbose === 0 || verbose === 1 || verbose === 2) return verbose;
  throw invalidArgument('verbose', "0, 1, 2 or 'auto'", verbose);
}

function checkValidationData(given: ValidationData | undefined): FitSettings['validation'] {
  if (given === undefined || given === null) return null;
  if (isPair(given)) {
    if (given.length !== 2 && given.length !== 3) {
      throw invalidArgument('validationData', '[x, y] or [x, y, sampleWeight]', given);
    }
    return { x: given[0], y: given[1], weights: given[2] ?? null };
  }
  if (typeof given !== 'object' || given.x === undefined || given.y === undefined) {
    throw invalidArgument('validationData', '[x, y], [x, y, sampleWeight] or { x, y, sampleWeight }', given);
  }
  return { x: given.x, y: given.y, weights: given.sampleWeight ?? null };
}

function isPair(given: ValidationData): given is Extract<ValidationData, readonly unknown[]> {
  return Array.isArray(given);
}
