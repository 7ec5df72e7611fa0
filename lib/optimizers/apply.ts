import { type FloatArray, native, type OptimizerSpec } from '../native';
import type { CustomSlots } from './custom_slots';
import {
  type CustomOptimizer,
  customStep,
  type StepVariable,
  slotsOfOptions,
  writeSlotsOfOptions,
} from './custom_step';
import type { ArrayState } from './state';
import { type Target, toTargets, type VariableLike, writeBack } from './variables';

interface Call {
  readonly learningRate: number;
  readonly calls: number;
}

/** A step on arrays, by native code. */
export function applyNative(
  optimizer: OptimizerSpec,
  state: ArrayState,
  targets: readonly Target[],
  gradients: readonly (FloatArray | null)[],
  call: Call,
): void {
  native.optimizerApply({
    ...call,
    optimizer,
    float64: state.dtype === 'float64',
    variables: state.updated.map((updated, i) => {
      const { data, shape } = targets[i] as Target;
      return { shape, value: data, gradient: gradients[i] ?? null, ...updated };
    }),
    state: state.arrays,
  });
}

/** A step on arrays, by a custom optimizer. */
export function applyCustom(
  optimizer: CustomOptimizer,
  slots: CustomSlots,
  state: ArrayState,
  targets: readonly Target[],
  gradients: readonly (FloatArray | null)[],
  call: Call,
): void {
  const variables = state.updated.map(({ weightDecay }, v): StepVariable => {
    const { data } = targets[v] as Target;
    const gradient = gradients[v]?.slice() ?? null;
    return { value: data.slice(), gradient, weightDecay, ...slotsOfOptions(state, v) };
  });
  customStep(optimizer, slots, variables, call);
  for (const [v, { value, average: mean, accumulated }] of variables.entries()) {
    targets[v]?.data.set(value);
    writeSlotsOfOptions(state, v, { average: mean, accumulated });
  }
}

/** The end of training: the running means become the values. */
export function finalize(state: ArrayState, variables: readonly VariableLike[]): void {
  const targets = toTargets(variables);
  state.check(targets);
  for (const [index, { name, variable }] of state.slots.entries()) {
    if (name === 'average') targets[variable]?.data.set(state.readSlot(index));
  }
  writeBack(targets, variables);
}
