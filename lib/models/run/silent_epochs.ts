import type { CallbackLogs } from '../../callbacks';
import type { Logs, Run, RunResult } from '../../native';
import type { Optimizer } from '../../optimizers';
import { EpochLogs, endedEpochs } from './epoch_logs';
import { breathe, isSpent } from './jobs';
import { hasOwnRate } from './learning_rates';

/** The most steps of one native call, which takes all their rates and returns the sums of all their epochs at once. */
export const MOST_STEPS = 4096;
const MOST_EPOCHS = 1024;

/** Epochs that nothing waits for the ends of. */
export interface SilentEpochs {
  readonly run: Run;
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
  readonly optimizer: Optimizer;
  readonly signal: AbortSignal | undefined;
  readonly steps: (count: number) => Promise<RunResult>;
  readonly isStopped: () => boolean;
  readonly record: (sums: Logs) => CallbackLogs;
}

/** Runs many epochs at once, and records them while the next ones are computed. Returns the logs of the last one. */
export async function trainSilently(given: SilentEpochs): Promise<CallbackLogs> {
  let logs: CallbackLogs = {};
  if (given.first >= given.end) return logs;
  let call = begin(given, given.first);
  try {
    for (;;) {
      const result = await call.result;
      const next = call.first + call.epochs;
      const isLast = given.isStopped() || next >= given.end;
      const { first } = call;
      if (!isLast) call = begin(given, next);
      logs = (await record(given, first, result)) ?? logs;
      if (isLast) return logs;
    }
  } finally {
    // Where recording was aborted, the next ones end before the run does.
    await call.result.catch(() => {});
  }
}

function begin({ run, end, optimizer, steps }: SilentEpochs, first: number) {
  const epochs = epochsAtOnce(run, optimizer, first, end);
  const result = steps(run.stepsIn(first, epochs));
  // It may fail while the epochs before are recorded; it is awaited afterwards.
  result.catch(() => {});
  return { first, epochs, result };
}

/** One, or as many as one call of native code takes. */
function epochsAtOnce(run: Run, optimizer: Optimizer, first: number, end: number): number {
  if (hasOwnRate(optimizer)) return 1;
  let count = Math.min(end - first, MOST_EPOCHS);
  while (count > 1 && run.stepsIn(first, count) > MOST_STEPS) count = Math.ceil(count / 2);
  return count;
}

/** The logs of the last one; null where the run ended before its first step. */
async function record(given: SilentEpochs, first: number, result: RunResult): Promise<CallbackLogs | null> {
  let logs: CallbackLogs | null = null;
  const count = endedEpochs(result);
  for (let epoch = 0; epoch < count; epoch++) {
    if (isSpent()) {
      await breathe();
      given.signal?.throwIfAborted();
    }
    logs = given.record(new EpochLogs(result, epoch));
  }
  // The last epoch, where it did not end.
  if (given.run.stepsIn(first, count) < result.steps) logs = given.record(result);
  return logs;
}
