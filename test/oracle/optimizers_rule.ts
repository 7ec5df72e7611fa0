/**
 * An update rule: what one optimizer does to one variable, given a gradient that is already unscaled, accumulated and
 * clipped, after weight decay. t counts updates from 1. The slots of a variable live in the closure of its rule.
 */

import { at, type Nd } from './ndarray';

export type Update = (g: Float64Array, w: Float64Array, learningRate: number, t: number) => void;

export interface OptimizerRule {
  /** Own arguments, and those shared ones whose default differs. */
  defaults: object;
  start(options: Readonly<Record<string, unknown>>, variable: Nd): Update;
}

export function rule<T extends object>(defaults: T, start: (options: T, variable: Nd) => Update): OptimizerRule {
  return { defaults, start: (options, variable) => start({ ...defaults, ...options }, variable) };
}

export function zerosLike(variable: Nd): Float64Array {
  return new Float64Array(variable.data.length);
}

/** The Euclidean norm over all entries. */
export function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((total, value) => total + value * value, 0));
}

/** Adds to one entry and returns what it became. */
export function increase(values: Float64Array, index: number, amount: number): number {
  const sum = at(values, index) + amount;
  values[index] = sum;
  return sum;
}

/** Moves one entry of an exponential moving average towards `value` and returns what it became. */
export function moveAverage(averages: Float64Array, index: number, momentum: number, value: number): number {
  const average = momentum * at(averages, index) + (1 - momentum) * value;
  averages[index] = average;
  return average;
}
