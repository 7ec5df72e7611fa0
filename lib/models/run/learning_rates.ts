import type { Optimizer } from '../../optimizers';
import { ownRate, ratesAt } from '../../optimizers/options';

/** What custom code that returns learning rates may take of a turn of the event loop, in milliseconds. */
const SHARE_MS = 1;

/** Whether custom code returns the learning rate of each step: then a call of native code may be cut anywhere. */
export function hasOwnRate({ givenRate }: Optimizer): boolean {
  return ownRate(givenRate) !== null;
}

/** The rates of the next steps, and of how many; processes that train together make the same calls, hence cut none. */
export function nextRates(optimizer: Optimizer, done: number, steps: number, isShared: boolean) {
  const within = hasOwnRate(optimizer) && !isShared ? SHARE_MS : undefined;
  const rates = ratesAt(optimizer.givenRate, done, steps, within);
  return { rates, steps: optimizer.isScheduled ? rates.length : steps };
}
