import { checkObject, checkOptions } from '../check';
import type { Spec } from '../native';
import type { SubclassRule } from '../subclasses';
import { type OptimizerOptions, SHARED_OPTIONS } from './options';

/** Defaults that differ from one optimizer to the other. */
export interface OwnDefaults {
  readonly learningRate?: number;
  readonly weightDecay?: number;
}

type UserArguments = [options?: OptimizerOptions, own?: readonly string[], defaults?: OwnDefaults];
type LibraryArguments = [entry: string, ...rest: UserArguments];
/** What constructors pass on: the library's with the name of a native entry, those of users without. */
export type OptimizerArguments = UserArguments | LibraryArguments;

export interface GivenOptions {
  readonly entry: string;
  readonly options: OptimizerOptions & { readonly decay?: unknown };
  /** Names of further options; undefined where any will do. */
  readonly own: readonly string[] | undefined;
  readonly defaults: OwnDefaults;
}

export function sortOptions(args: OptimizerArguments, owner: string): GivenOptions {
  const isLibrary = typeof args[0] === 'string';
  const [entry, options = {}, own, defaults = {}] = (isLibrary ? args : ['', ...args]) as LibraryArguments;
  checkObject(options, SHARED_OPTIONS, owner);
  checkOptions(defaults, ['learningRate', 'weightDecay', 'epsilon'], owner);
  return { entry, options, own, defaults };
}

/** What native code does for an optimizer whose steps are the caller's: it keeps what the options ask for. */
export const WITHOUT_SLOTS: Spec = { name: 'sgd', parameters: { momentum: 0, nesterov: false } };

/** What the base class asks of those that extend it. */
export const SUBCLASSES: Omit<SubclassRule, 'prototype'> = {
  base: 'Optimizer',
  needs: ['parameters'],
  unused: ['apply'],
  fix: 'Give it `updateStep(gradient, variable, slots, { learningRate, iterations })`.',
};
