import { checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { invalidArgument, invalidUse } from '../errors';
import { connectedGroup } from './mpi';
import { ProcessGroup } from './process_group';

/**
 * Data parallelism, as Keras spells it: each process computes its rows of every batch.
 *
 * Source: `keras.distribution.DataParallel`.
 *
 * @example
 * ```ts
 * await distribution.initialize();
 * setDistribution(new DataParallel());
 * distribution.distribution() instanceof DataParallel; // true
 * setDistribution(null);
 * ```
 */
export class DataParallel {
  static {
    showOptionsInConsole(DataParallel, () => ({}));
  }

  /** @internal */
  protected readonly cloning = notCloneable('a distribution', 'processes, not threads, share the work');

  constructor(options: Record<string, never> = {}) {
    checkOptions(options, [], 'DataParallel');
  }
}

let current: DataParallel | null = null;

/**
 * Lets `fit`, `evaluate`, `predict` and `trainOnBatch` use all processes without the option `distributed`; null ends that.
 *
 * Errors: `ERR_INVALID_ARG` for anything else, and before `distribution.initialize()` or `distributed.mpi()`. Source:
 * `keras.distribution.set_distribution`.
 *
 * @example
 * ```ts
 * setDistribution(null); // as it is at first
 * ```
 */
export function setDistribution(distribution: DataParallel | null): void {
  if (distribution !== null && !(distribution instanceof DataParallel)) {
    throw invalidArgument('distribution', 'a DataParallel or null', distribution);
  }
  if (distribution !== null && connectedGroup() === null) {
    throw invalidUse('Expected connected processes for `setDistribution`. Await `distribution.initialize()` first.');
  }
  current = distribution;
}

/**
 * What `setDistribution` set. Source: `keras.distribution.distribution`.
 *
 * @example
 * ```ts
 * distribution.distribution(); // null
 * ```
 */
export function getDistribution(): DataParallel | null {
  return current;
}

/** The option `distributed`: the processes that work together; null where one is alone. */
export function checkDistributed(given: unknown): ProcessGroup | null {
  const group = given === undefined && current !== null ? connectedGroup() : (given ?? null);
  if (group === null) return null;
  if (!(group instanceof ProcessGroup)) {
    throw invalidArgument('distributed', 'what `await distributed.mpi()` returned', given);
  }
  return group.size === 1 ? null : group;
}
