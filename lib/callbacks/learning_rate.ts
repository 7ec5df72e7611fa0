import { GemsbokError } from '../errors';
import type { CallbackModel, CallbackOptimizer } from './callback';

export function optimizerOf(model: CallbackModel | null): CallbackOptimizer {
  const optimizer = model?.optimizer;
  if (optimizer) return optimizer;
  throw new GemsbokError('ERR_NOT_COMPILED', 'Expected a model with an optimizer. Call `compile` first.');
}

/** The rate of the next step. */
export function currentRate(model: CallbackModel | null): number {
  return optimizerOf(model).learningRate;
}
