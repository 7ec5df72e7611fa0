import { checkInteger } from '../check';
import { invalidArgument } from '../errors';

/** When to save: after each epoch, or after so many batches. */
export type SaveFreq = 'epoch' | number;

/** Tells every `period` batches, over the bounds of epochs. */
export class BatchCounter {
  readonly period: number;
  /** Batches since it told. */
  count = 0;

  constructor(period: number) {
    this.period = period;
  }

  isDue(): boolean {
    this.count = (this.count + 1) % this.period;
    return this.count === 0;
  }
}

/** The argument `saveFreq` of this callback and of BackupAndRestore. */
export function checkSaveFreq(freq: unknown): SaveFreq {
  if (freq === undefined || freq === 'epoch') return 'epoch';
  if (typeof freq !== 'number') throw invalidArgument('saveFreq', "'epoch' or a number of batches", freq);
  return checkInteger(freq, 'saveFreq', { min: 1 });
}
