import type { CallbackModel } from '../../callbacks';
import type { CallbackList } from '../../callbacks/callback_list';
import { invalidArgument } from '../../errors';
import type { FloatArray, NativeModel, Progress, Run } from '../../native';
import type { Optimizer } from '../../optimizers';
import type { Shape } from '../../tensor';

/** What must not have changed for a run to continue with the same bits. */
export interface RunFacts {
  readonly samples: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly initialEpoch: number;
  readonly shuffle: boolean;
}

/** The parts of a run that have a state. */
export interface StatefulRun {
  readonly model: CallbackModel;
  readonly native: NativeModel;
  readonly run: Run;
  readonly optimizer: Optimizer;
  readonly callbacks: CallbackList;
  readonly facts: RunFacts;
}

/** Where a run is, besides what native code knows of it. */
export interface RunPoint {
  readonly seed: number;
  /** Whether the hooks of the epoch's end were called. */
  readonly epochEnded: boolean;
  readonly stopped: boolean;
}

/** What a model and its optimizer have learned. */
export interface Learned {
  readonly iterations: number;
  /** Null where a schedule returns it. */
  readonly learningRate: number | null;
  readonly weights: readonly { readonly data: Float32Array; readonly shape: Shape }[];
  /** The optimizer slots. */
  readonly slots: readonly FloatArray[];
  /** The slots of a custom optimizer, for each variable. */
  readonly slotNames: readonly (readonly string[])[];
}

/** A run at rest between two steps: what decides all that follows. */
export interface RunState extends RunPoint, Learned {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly position: Progress;
  readonly callbacks: ReturnType<CallbackList['getStates']>;
}

type LearningParts = Pick<StatefulRun, 'model' | 'native' | 'optimizer'>;

export function saveRun(parts: StatefulRun, point: RunPoint): RunState {
  const { native, run, callbacks } = parts;
  const states = callbacks.getStates();
  return native.atomically(() => ({
    ...point,
    facts: factsOf(parts),
    position: run.progress(),
    ...learnedBy(parts),
    callbacks: states,
  }));
}

export function saveLearned(parts: LearningParts): Learned {
  return parts.native.atomically(() => learnedBy(parts));
}

function learnedBy({ model, native, optimizer }: LearningParts): Learned {
  return {
    iterations: native.iterations,
    learningRate: optimizer.isScheduled ? null : optimizer.learningRate,
    weights: model.getWeights().map(({ data, shape }) => ({ data, shape })),
    slots: optimizer.over(native).slots.map((_, index) => optimizer.over(native).readSlot(index)),
    slotNames: optimizer.slots?.names ?? [],
  };
}

export async function restoreRun(parts: StatefulRun, state: RunState): Promise<void> {
  const { run, callbacks } = parts;
  restoreLearned(parts, state, () => checkFacts(state.facts, factsOf(parts)));
  run.seek(state.position, state.seed);
  await callbacks.setStates(state.callbacks);
}

/** `check` is called where the optimizer has its slots, before anything else changes. */
export function restoreLearned(
  { model, native, optimizer }: LearningParts,
  state: Learned,
  check: () => void = () => {},
): void {
  if (optimizer.slots !== null) {
    optimizer.slots.names = state.slotNames;
    optimizer.slots.makeRoom(state.slots.length - native.slots.length);
  }
  check();
  native.atomically(() => {
    model.setWeights(state.weights);
    for (const [index, values] of state.slots.entries()) optimizer.over(native).writeSlot(index, values);
    native.iterations = state.iterations;
  });
  if (state.learningRate !== null) optimizer.learningRate = state.learningRate;
}

function factsOf({ model, native, optimizer, facts }: StatefulRun): Readonly<Record<string, unknown>> {
  return {
    ...facts,
    weights: model.getWeights().map(({ shape }) => [...shape]),
    optimizer: optimizer.constructor.name,
    slots: optimizer.over(native).slots.map(({ name }) => name),
  };
}

function checkFacts(saved: Readonly<Record<string, unknown>>, own: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(own)) {
    const [wanted, found] = [JSON.stringify(value), JSON.stringify(saved[name])];
    if (wanted === found) continue;
    const fix = 'Delete the backup to start over, or call `fit` as before.';
    throw invalidArgument('backupDir', `the backup of a run of ${name} ${wanted}`, saved[name], fix);
  }
}
