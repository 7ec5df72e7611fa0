import { elementAt } from '../../check';
import type { Logs, RunResult } from '../../native';

/** The numbers of an epoch: its loss, those of the outputs, and the metrics' states. */
function sizeOf({ losses, states }: RunResult): number {
  let size = 1 + losses.length;
  for (const { length } of states) size += length;
  return size;
}

/** How many epochs ended in a call of native code. */
export function endedEpochs(result: RunResult): number {
  return result.epochs.length / sizeOf(result);
}

/** The sums of one of them. There may be millions in a run: each is read only where it is asked for. */
export class EpochLogs implements Logs {
  readonly #result: RunResult;
  readonly #epoch: number;
  readonly #first: number;

  constructor(result: RunResult, epoch: number) {
    this.#result = result;
    this.#epoch = epoch;
    this.#first = epoch * sizeOf(result);
  }

  get loss(): number {
    return elementAt(this.#result.epochs, this.#first);
  }

  get losses(): number[] {
    const { epochs, losses } = this.#result;
    return losses.map((_, o) => elementAt(epochs, this.#first + 1 + o));
  }

  get states(): Float64Array[] {
    const { epochs, losses, states } = this.#result;
    let at = this.#first + 1 + losses.length;
    return states.map(({ length }) => {
      at += length;
      return epochs.subarray(at - length, at);
    });
  }

  get customResults(): readonly unknown[] {
    return this.#result.customEpochs?.[this.#epoch] ?? [];
  }
}

/** The logs of the last step: those of the epoch that it ended, or of the epoch so far. */
export function lastLogs(result: RunResult): Logs {
  const count = endedEpochs(result);
  return count === 0 ? result : new EpochLogs(result, count - 1);
}
