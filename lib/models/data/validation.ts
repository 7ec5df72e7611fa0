import { checkInteger, checkNumber } from '../../check';
import { Dataset } from '../../data';
import { invalidArgument, outOfRange } from '../../errors';
import type { ModelData } from '../../model_options';
import { checkBatchSize, checkSteps } from './steps';

/** Inputs, targets and, optionally, weights; or a data set of them. */
export type ValidationData =
  | Dataset
  | readonly [x: ModelData, y: ModelData, sampleWeight?: ModelData | null]
  | { readonly x: ModelData; readonly y: ModelData; readonly sampleWeight?: ModelData | null | undefined };

/** A number of epochs, or the epochs themselves, counted from 1. */
export type ValidationFreq = number | readonly number[];

export interface ValidationOptions {
  readonly validationData?: ValidationData | null | undefined;
  readonly validationSplit?: number | undefined;
  readonly validationFreq?: ValidationFreq | undefined;
  readonly validationBatchSize?: number | null | undefined;
  readonly validationSteps?: number | null | undefined;
}

/** The options with their defaults, checked. */
export interface ValidationSettings {
  readonly given: {
    readonly x: ModelData | Dataset;
    readonly y?: ModelData;
    readonly sampleWeight: ModelData | null;
  } | null;
  /** 0 where data is given. */
  readonly split: number;
  readonly freq: ValidationFreq;
  /** Null where that of the training holds. */
  readonly batchSize: number | null;
  readonly steps: number | null;
}

export function checkValidation(options: ValidationOptions): ValidationSettings {
  const given = checkData(options.validationData);
  const split = checkSplit(options.validationSplit ?? 0);
  return {
    given,
    split: given === null ? split : 0,
    freq: checkFreq(options.validationFreq ?? 1),
    batchSize: checkBatchSize(options.validationBatchSize, 'validationBatchSize'),
    steps: checkSteps(options.validationSteps, 'validationSteps'),
  };
}

/** Whether there is a validation after this epoch, which counts from 0. */
export function isValidated(epoch: number, freq: ValidationFreq): boolean {
  return typeof freq === 'number' ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);
}

/** Whether there is a validation after one of the epochs `[from, to)`. */
export function isAnyValidated(from: number, to: number, freq: ValidationFreq): boolean {
  if (typeof freq === 'number') return Math.floor(to / freq) > Math.floor(from / freq);
  return freq.some((epoch) => epoch > from && epoch <= to);
}

function checkFreq(freq: unknown): ValidationFreq {
  if (!Array.isArray(freq)) return checkInteger(freq, 'validationFreq', { min: 1 });
  return Array.from(freq, (epoch: unknown, i) => checkInteger(epoch, `validationFreq[${i}]`, { min: 1 }));
}

function checkSplit(fraction: number): number {
  checkNumber(fraction, 'validationSplit', { min: 0 });
  if (fraction >= 1) throw outOfRange('validationSplit', 'a number of at least 0 and below 1', fraction);
  return fraction;
}

function checkData(given: ValidationData | null | undefined): ValidationSettings['given'] {
  if (given === undefined || given === null) return null;
  if (given instanceof Dataset) return { x: given, sampleWeight: null };
  if (isTuple(given)) {
    if (given.length !== 2 && given.length !== 3) {
      throw invalidArgument('validationData', '[x, y] or [x, y, sampleWeight]', given);
    }
    return { x: given[0], y: given[1], sampleWeight: given[2] ?? null };
  }
  if (typeof given !== 'object' || given.x === undefined || given.y === undefined) {
    throw invalidArgument('validationData', '[x, y], [x, y, sampleWeight] or { x, y, sampleWeight }', given);
  }
  return { x: given.x, y: given.y, sampleWeight: given.sampleWeight ?? null };
}

function isTuple(given: ValidationData): given is Extract<ValidationData, readonly unknown[]> {
  return Array.isArray(given);
}
