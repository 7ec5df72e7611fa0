import { GemsbokError } from '../../errors';
import type { NativeModel } from '../../native';
import type { Objective } from './objective';

interface Compiled {
  readonly objective: Objective;
  /** Which call of `compile` it is of, counted in the process. */
  readonly call: number;
}

/** What native models were compiled for last. */
const last = new WeakMap<NativeModel, Compiled>();

/** Errors: `ERR_MODEL_BUSY` where a later call of `compile` has had its way. */
export function compileFor(model: NativeModel, compiled: Compiled): void {
  if ((last.get(model)?.call ?? 0) > compiled.call) throw changedAmid();
  model.compile(compiled.objective.spec);
  last.set(model, compiled);
}

/** Errors: `ERR_MODEL_BUSY` where the model was compiled again since data were prepared for the objective. */
export function checkCompiledFor(model: NativeModel, objective: Objective): void {
  if (last.get(model)?.objective !== objective) throw changedAmid();
}

/** An error for what began before a model was compiled again, or given other layers. */
export function changedAmid(): Error {
  return new GemsbokError(
    'ERR_MODEL_BUSY',
    'Expected a model that stays as it is until the run ends, received one that was compiled again or has other layers ' +
      'now. Await what runs before you change the model.',
  );
}
