import { GemsbokError, unsupported } from '../errors';
import type { Optimizer } from '../optimizers';
import type { CallbackModel } from './callback_model';

export function optimizerOf(model: CallbackModel | null): Optimizer {
  const optimizer = model?.optimizer;
  if (optimizer) return optimizer;
  throw new GemsbokError('ERR_NOT_COMPILED', 'Expected a model with an optimizer. Call `compile` first.');
}

/** Throws where a schedule returns the rate: at the start of a run, not when the rate is to change. */
export function checkRateIsFree(model: CallbackModel | null, owner: string): void {
  if (!optimizerOf(model).isScheduled) return;
  const fix = 'Pass a number as `learningRate`, or leave the callback out.';
  throw unsupported('callbacks', 'callbacks that leave the learning rate to its schedule', owner, fix);
}

/** The rate of the next step. */
export function currentRate(model: CallbackModel | null): number {
  return optimizerOf(model).learningRate;
}
