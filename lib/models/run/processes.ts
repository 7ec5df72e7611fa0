import type { CallbackHooks } from '../../callbacks';
import { elementAt } from '../../check';
import type { Dataset } from '../../data';
import { checksum, isSame, type ProcessGroup } from '../../distributed';
import { GemsbokError, outOfRange } from '../../errors';
import { type Logs, native } from '../../native';
import { onAbort } from '../../signals';
import type { Compilation, Compiled } from '../compile/compilation';
import type { Objective } from '../compile/objective';
import type { Topology } from '../graph/topology';
import { changedVariables } from '../graph/trainable';

// What processes that work together do otherwise than one alone.

/** The callbacks that this process has: those that write or print are the first one's. */
export function ownCallbacks(callbacks: CallbackHooks[], processes: ProcessGroup | null): CallbackHooks[] {
  return processes === null || processes.isMain ? callbacks : callbacks.filter(({ writes }) => writes !== true);
}

export function ownVerbosity(verbose: number, processes: ProcessGroup | null): number {
  return processes === null || processes.isMain ? verbose : 0;
}

/** The rows that each process reads of a streamed batch, one at least; a data set of batches has its own. */
export function ownBatchSize(batchSize: number, dataset: Dataset, processes: ProcessGroup | null): number {
  if (processes === null || dataset.isBatched) return batchSize;
  const [from, to] = processes.partOf(batchSize);
  return Math.max(1, to - from);
}

/** As {@link ownBatchSize}, where a step is one batch of that size. */
export function ownStepSize(batchSize: number, dataset: Dataset, processes: ProcessGroup | null): number {
  if (processes !== null && !dataset.isBatched && batchSize < processes.size) {
    throw outOfRange('batchSize', `at least ${processes.size}, a row for each process,`, batchSize);
  }
  return ownBatchSize(batchSize, dataset, processes);
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
  async decide(rate: () => number): Promise<boolean> {
    const learningRate = this.attempt(rate, Number.NaN);
    const [asked = 0, failed = 0, aborted = 0, ...rates] = await this.#processes.sums(
      this.#asked ? 1 : 0,
      this.#failure === null ? 0 : 1,
      this.#signal?.aborted ? 1 : 0,
      ...checksum(`${learningRate}`),
    );
    if (failed > 0 || aborted > 0 || !isSame(rates, this.#processes.size)) this.#processes.endTogether();
    if (this.#failure !== null) throw this.#failure.error;
    if (failed > 0) throw failedElsewhere();
    if (aborted > 0) {
      this.#signal?.throwIfAborted();
      const fix = 'Give all of them the signal, and start them again.';
      const message = `Expected a run that continues in all processes, received a signal in another one that aborted it. ${fix}`;
      throw new GemsbokError('ERR_CLOSED', message);
    }
    // An abort that came meanwhile is for the next time, as the others have not heard of it.
    if (isSame(rates, this.#processes.size)) return asked > 0;
    throw new GemsbokError(
      'ERR_DIST_MISMATCH',
      `Expected the same \`learningRate\` in all processes for \`fit\`, received ${learningRate} in process ` +
        `${this.#processes.rank} and another one elsewhere. Callbacks that change it belong in all processes.`,
    );
  }

  /** What the caller's code returns, or what stands for it where that throws, which ends the run in all. */
  attempt<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      this.fail(error);
      return otherwise;
    }
  }

  release(): void {
    this.#forget();
  }
}

/**
 * A call of all processes: none of them does another one meanwhile. Where its preparation fails in one, the call does in all.
 */
export async function atCall<P, T>(
  processes: ProcessGroup | null,
  call: string,
  prepare: () => P | Promise<P>,
  work: (prepared: P) => Promise<T>,
): Promise<T> {
  if (processes === null) return await work(await prepare());
  return await processes.exclusively(call, async () => {
    const prepared = await agreed(prepare, (failed) => processes.begin(call, failed));
    return await processes.together(call, () => work(prepared));
  });
}

/** What a process does by itself between two meetings of all: where it fails in one, it does in all. */
export async function inAll<T>(processes: ProcessGroup | null, work: () => T | Promise<T>): Promise<T> {
  if (processes === null) return await work();
  return await agreed(work, async (failed) => {
    const failures = elementAt(await processes.sums(failed ? 1 : 0), 0);
    if (failures > 0) processes.endTogether();
    return failures;
  });
}

/** `failures` tells the others whether it failed, and of how many it did. */
export async function agreed<T>(
  work: () => T | Promise<T>,
  failures: (failed: boolean) => Promise<number>,
): Promise<T> {
  const done = await settled(work);
  const failed = await failures('error' in done);
  if ('error' in done) throw done.error;
  if (failed > 0) throw failedElsewhere();
  return done.value;
}

async function settled<T>(work: () => T | Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/** Whether an error tells of one in another process; what is closed in this one has the same code. */
export function isElsewhere(error: unknown): boolean {
  return error instanceof GemsbokError && error.message === native.failedElsewhere;
}

function failedElsewhere(): GemsbokError {
  return new GemsbokError('ERR_CLOSED', native.failedElsewhere);
}

/** How the callbacks of a run are reserved: where one process cannot, none of them begins. */
export function claimedBy(processes: ProcessGroup | null): ((begin: () => void) => Promise<void>) | null {
  return processes === null ? null : (begin) => inAll(processes, begin);
}

/** What must be the same in all processes for them to have one model. */
export function modelFacts(
  { topology, compilation }: Compiled,
  { outputs, spec }: Objective,
): Readonly<Record<string, unknown>> {
  const changed = new Set(changedVariables(topology));
  return {
    model: graphOf(topology),
    trainable: topology.variables.map((variable) => changed.has(variable)),
    loss: outputs.map((output) => output.spec),
    optimizer: [spec.optimizer, compilation.optimizer.constructor.name],
  };
}

export function graphOf({ lowered: { layers, nodes } }: Topology) {
  return { layers, nodes };
}

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

/** What was warned of. */
const warned = new WeakSet<Compilation>();

/** Tells once that processes gain nothing, as each computes whole batches. */
export function warnOfWholeBatches(processes: ProcessGroup, compilation: Compilation): void {
  if (!processes.isMain || warned.has(compilation)) return;
  warned.add(compilation);
  process.emitWarning(
    'All processes compute whole batches, as a loss, a metric or a layer of this model needs them or is computed in JavaScript. ' +
      'The numbers are right, and no faster than those of one process.',
    { code: 'GEMSBOK_WHOLE_BATCHES' },
  );
}
