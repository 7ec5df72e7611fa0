import type { CallbackHooks } from '../../callbacks';
import { elementAt } from '../../check';
import type { Dataset } from '../../data';
import { checksum, isSame, type ProcessGroup } from '../../distributed';
import { GemsbokError, outOfRange } from '../../errors';
import type { Logs, NativeData } from '../../native';
import { onAbort } from '../../signals';
import type { Compiled } from '../compile/compilation';
import type { Objective } from '../compile/objective';

// What processes that work together do otherwise than one alone.

/** The callbacks that this process has: those that write or print are the first one's. */
export function ownCallbacks(callbacks: CallbackHooks[], processes: ProcessGroup | null): CallbackHooks[] {
  return processes === null || processes.isMain ? callbacks : callbacks.filter(({ writes }) => writes !== true);
}

export function ownVerbosity(verbose: number, processes: ProcessGroup | null): number {
  return processes === null || processes.isMain ? verbose : 0;
}

/** The rows that each process reads of a streamed batch; a data set of batches has its own. */
export function ownBatchSize(batchSize: number, dataset: Dataset, processes: ProcessGroup | null): number {
  if (processes === null || dataset.isBatched) return batchSize;
  const [from, to] = processes.partOf(batchSize);
  if (batchSize < processes.size) {
    throw outOfRange('batchSize', `at least ${processes.size}, a row for each process,`, batchSize);
  }
  return to - from;
}

/** What may end a run. */
interface EndingParts {
  readonly run: { stop?(): void } & Partial<ErrorHolder>;
  readonly callbacks: ErrorHolder;
}

interface ErrorHolder {
  holdErrors(hold: (error: unknown) => void): void;
}

/** How the processes of a run end it together, which one of them wants to. */
export class SharedEnd {
  readonly #processes: ProcessGroup;
  readonly #signal: AbortSignal | undefined;
  readonly #stop: () => void;
  readonly #forget: () => void;
  #asked = false;
  #failure: { readonly error: unknown } | null = null;

  /** The run is stopped when the signal is aborted, or when a callback or the source of the data throws. */
  constructor(processes: ProcessGroup, signal: AbortSignal | undefined, { run, callbacks }: EndingParts) {
    const stop = (): void => run.stop?.();
    this.#processes = processes;
    this.#signal = signal;
    this.#stop = stop;
    this.#forget = onAbort(signal, stop);
    for (const part of [run, callbacks]) part.holdErrors?.((error) => this.fail(error));
  }

  /** The run ends with this error, and in the others, too. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop();
  }

  ask(): void {
    this.#asked = true;
  }

  /**
   * Called by all, where none is at a step: whether one has asked. Throws where a run failed or a signal was aborted in one, and where they
   * would take other steps, as a callback in some of them changed the learning rate.
   */
  async decide(learningRate: number): Promise<boolean> {
    const [asked = 0, failed = 0, aborted = 0, ...rates] = await this.#processes.sums(
      this.#asked ? 1 : 0,
      this.#failure === null ? 0 : 1,
      this.#signal?.aborted ? 1 : 0,
      ...checksum(`${learningRate}`),
    );
    if (this.#failure !== null) throw this.#failure.error;
    if (failed > 0) throw failedElsewhere();
    if (aborted > 0) {
      this.#signal?.throwIfAborted();
      throw new GemsbokError('ERR_CLOSED', 'The run was aborted in another process.');
    }
    // An abort that came meanwhile is for the next time, as the others have not heard of it.
    if (isSame(rates, this.#processes.size)) return asked > 0;
    throw new GemsbokError(
      'ERR_DIST_MISMATCH',
      `Expected the same \`learningRate\` in all processes for \`fit\`, received ${learningRate} in process ` +
        `${this.#processes.rank} and another one elsewhere. Callbacks that change it belong in all processes.`,
    );
  }

  release(): void {
    this.#forget();
  }
}

/** What a process does by itself between two calls of all: where it fails in one, it does in all. */
export async function inAll<T>(processes: ProcessGroup | null, work: () => Promise<T>): Promise<T> {
  if (processes === null) return await work();
  let failure: { readonly error: unknown } | null = null;
  const own = await work().catch((error: unknown) => {
    failure = { error };
    return null;
  });
  const [failed = 0] = await processes.sums(failure === null ? 0 : 1);
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  if (failed > 0) throw failedElsewhere();
  return own as T;
}

function failedElsewhere(): GemsbokError {
  return new GemsbokError('ERR_CLOSED', 'The run ended by an error in another process, which has the error itself.');
}

/** What must be the same in all processes for them to train one model. */
export function sharedFacts(
  { topology, compilation }: Compiled,
  { outputs, spec }: Objective,
  data: NativeData | null,
): Readonly<Record<string, unknown>> {
  const { layers, nodes } = topology.lowered;
  return {
    model: { layers, nodes },
    loss: outputs.map((output) => output.spec),
    optimizer: [spec.optimizer, compilation.optimizer.constructor.name],
    data: data === null ? null : { rows: data.rows, some: someOf(data) },
  };
}

/** The first and the last row of the first input. */
function someOf(data: NativeData): number[] {
  const last = data.rows - 1;
  return [...data.read(0, 0, 1), ...data.read(0, last, last + 1)].slice(0, MOST_COMPARED);
}

const MOST_COMPARED = 64;

/** Losses and states over the rows of all processes, of those over the rows of this one. */
export async function summedLogs(processes: ProcessGroup, logs: Logs, rows: number): Promise<Logs> {
  const weighted = [logs.loss, ...logs.losses].map((loss) => (rows === 0 ? 0 : loss * rows));
  const sums = await processes.sums(rows, ...weighted, ...logs.states.flatMap((state) => [...state]));
  let at = 1 + weighted.length;
  const states = logs.states.map(({ length }) => {
    at += length;
    return Float64Array.from(sums.slice(at - length, at));
  });
  const [loss = 0, ...losses] = sums.slice(1, 1 + weighted.length).map((sum) => sum / elementAt(sums, 0));
  return { loss, losses, states };
}

/** Tells once that processes gain nothing, as each computes whole batches. */
export function warnOfWholeBatches(processes: ProcessGroup): void {
  if (!processes.isMain) return;
  process.emitWarning(
    'All processes compute whole batches, as a loss, a metric or a layer of this model needs them or is computed in JavaScript. ' +
      'The numbers are right, and no faster than those of one process.',
    { code: 'GEMSBOK_WHOLE_BATCHES' },
  );
}
