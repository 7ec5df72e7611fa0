import { GemsbokError } from '../../errors';
import type { NativeModel } from '../../native';
import type { Objective } from './objective';

interface LastCompile {
  readonly objective: Objective;
  /** Which call of `compile` it is of, counted in the process. */
  readonly call: number;
}

/** What native models were compiled for last. */
const last = new WeakMap<NativeModel, LastCompile>();

/** Compiles the native model. Errors: `ERR_MODEL_BUSY` where it was compiled for a later call of `compile`. */
export function compileFor(model: NativeModel, compile: LastCompile): void {
  if ((last.get(model)?.call ?? 0) > compile.call) throw changedAmid();
  model.compile(compile.objective.spec);
  last.set(model, compile);
}

/** Errors: `ERR_MODEL_BUSY` where the model is compiled for another objective than that which data were prepared for. */
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
