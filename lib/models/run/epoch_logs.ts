import { elementAt } from '../../check';
import type { Logs, RunResult } from '../../native';

/** The sums of the epochs that ended in a call of native code, one after another. There may be millions in a run. */
export function* endedEpochs({ epochs, losses, states, customEpochs }: RunResult): Generator<Logs> {
  let at = 0;
  const takeLosses = (): number[] => {
    const taken: number[] = [];
    for (const end = at + losses.length; at < end; at++) taken.push(elementAt(epochs, at));
    return taken;
  };
  const takeState = ({ length }: Float64Array): Float64Array => {
    at += length;
    return epochs.subarray(at - length, at);
  };
  for (let epoch = 0; at < epochs.length; epoch++) {
    const loss = elementAt(epochs, at++);
    yield { loss, losses: takeLosses(), states: states.map(takeState), customResults: customEpochs?.[epoch] ?? [] };
  }
}

/** The logs of the last step: those of the epoch that it ended, or of the epoch so far. */
export function lastLogs(result: RunResult): Logs {
  return [...endedEpochs(result)].at(-1) ?? result;
}
