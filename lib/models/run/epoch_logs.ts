import type { Logs, RunResult } from '../../native';

/** The sums of the epochs that ended in a call of native code, one after another. */
export function* endedEpochs({ epochs, losses, states, customEpochs }: RunResult): Generator<Logs> {
  let at = 0;
  const take = (count: number): Float64Array => {
    at += count;
    return epochs.subarray(at - count, at);
  };
  for (let epoch = 0; at < epochs.length; epoch++) {
    const [loss = 0] = take(1);
    const sums = { loss, losses: [...take(losses.length)], states: states.map((state) => take(state.length)) };
    yield { ...sums, customResults: customEpochs?.[epoch] ?? [] };
  }
}

/** The logs of the last step: those of the epoch that it ended, or of the epoch so far. */
export function lastLogs(result: RunResult): Logs {
  return [...endedEpochs(result)].at(-1) ?? result;
}
