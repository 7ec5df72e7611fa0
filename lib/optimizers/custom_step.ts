import { elementAt } from '../check';
import { invalidArgument } from '../errors';
import type { FloatArray } from '../native';
import { atOnce, checkFinite, methodOf } from '../returned';
import type { CustomSlots, Slots } from './custom_slots';
import type { SharedSettings } from './options';
import type { OptimizerState } from './state';

/** What `updateStep` is told of a step. */
export interface StepInfo {
  /** The rate of this step, from the schedule where there is one. */
  readonly learningRate: number;
  /** Finished updates: 0 at the first. */
  readonly iterations: number;
}

/** A variable in a step, as copies. */
export interface StepVariable {
  readonly value: FloatArray;
  /** Changed; null where none was given. */
  readonly gradient: FloatArray | null;
  readonly weightDecay: number;
  /** The running mean of the variable (`useEma`), and the sum of gradients so far. */
  readonly average: FloatArray | null;
  readonly accumulated: FloatArray | null;
}

/** A custom optimizer. */
export interface CustomOptimizer extends SharedSettings {
  updateStep(gradient: FloatArray, variable: FloatArray, slots: Slots, step: StepInfo): unknown;
}

/** One call, around `updateStep`, by the rules that native code has for all optimizers. */
export function customStep(
  optimizer: CustomOptimizer,
  slots: CustomSlots,
  variables: readonly StepVariable[],
  { learningRate, calls }: { readonly learningRate: number; readonly calls: number },
  constrain: () => void = () => {},
): void {
  const steps = optimizer.gradientAccumulationSteps ?? 1;
  const iterations = Math.floor(calls / steps);
  const isComplete = (calls + 1) % steps === 0;
  for (const variable of variables) collect(variable, optimizer, isComplete);
  if (isComplete) {
    clip(variables, optimizer);
    const updated = variables.map((variable, v) =>
      update(optimizer, variable, slots.copy(v), { learningRate, iterations }),
    );
    constrain();
    slots.set(updated);
  }
  average(optimizer, variables, iterations);
}

type OptionSlots = Pick<StepVariable, 'average' | 'accumulated'>;

const OPTION_SLOTS = { average: 'average', accumulated: 'gradient_accumulator' } as const;
const OPTIONS = ['average', 'accumulated'] as const;

/** Copies of what the options ask for, of a variable. */
export function slotsOfOptions(state: OptimizerState, variable: number): OptionSlots {
  const read = (name: string): FloatArray | null => {
    const index = state.slots.findIndex((slot) => slot.variable === variable && slot.name === name);
    return index === -1 ? null : state.readSlot(index);
  };
  return { average: read(OPTION_SLOTS.average), accumulated: read(OPTION_SLOTS.accumulated) };
}

export function writeSlotsOfOptions(state: OptimizerState, variable: number, values: OptionSlots): void {
  for (const [index, slot] of state.slots.entries()) {
    if (slot.variable !== variable) continue;
    const [option] = OPTIONS.filter((one) => OPTION_SLOTS[one] === slot.name);
    const own = option === undefined ? null : values[option];
    if (own !== null) state.writeSlot(index, own);
  }
}

/** Divides gradients by the factor of the loss and adds them up; in the end their mean stands where the last one stood. */
function collect({ gradient, accumulated }: StepVariable, optimizer: SharedSettings, isComplete: boolean): void {
  const { lossScaleFactor, gradientAccumulationSteps } = optimizer;
  if (gradient !== null && lossScaleFactor !== null) change(gradient, (g) => g / lossScaleFactor);
  if (accumulated === null || gradientAccumulationSteps === null) return;
  if (gradient !== null && !isComplete) change(accumulated, (sum, i) => sum + elementAt(gradient, i));
  if (!isComplete) return;
  if (gradient !== null) change(gradient, (g, i) => (g + elementAt(accumulated, i)) / gradientAccumulationSteps);
  accumulated.fill(0);
}

function clip(variables: readonly StepVariable[], { clipnorm, globalClipnorm, clipvalue }: SharedSettings): void {
  const gradients = variables.flatMap(({ gradient }) => gradient ?? []);
  const squares = gradients.map(squareSum);
  const total = squares.reduce((sum, square) => sum + square, 0);
  for (const [i, gradient] of gradients.entries()) {
    const limit = globalClipnorm ?? clipnorm;
    const norm = Math.sqrt(globalClipnorm === null ? elementAt(squares, i) : total);
    // As in Keras an infinite norm of all gradients makes NaN of them.
    const isLost = globalClipnorm !== null && norm === Number.POSITIVE_INFINITY;
    if (limit !== null && !(norm <= limit)) change(gradient, (g) => g * (isLost ? Number.NaN : limit / norm));
    if (clipvalue !== null) change(gradient, (g) => Math.min(Math.max(g, -clipvalue), clipvalue));
  }
}

function squareSum(values: FloatArray): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

/** Returns the slots of the variable after the step. */
function update(
  optimizer: CustomOptimizer,
  { value, gradient, weightDecay }: StepVariable,
  slots: Slots,
  step: StepInfo,
): Slots {
  if (gradient === null) return slots;
  const method = methodOf(optimizer, 'updateStep');
  if (weightDecay !== 0) change(value, (w) => w - w * weightDecay * step.learningRate);
  const before = value.slice();
  const result = atOnce(optimizer.updateStep(gradient, value, slots, step), method) as unknown;
  if (result !== undefined) {
    throw invalidArgument(method, 'nothing to be returned', result, 'It changes `variable` and `slots` in place.');
  }
  checkFinite(value, method, [before, gradient]);
  return slots;
}

/** The running means of the variables, once they are within their constraints. */
export function average(
  { emaMomentum, emaOverwriteFrequency }: SharedSettings,
  variables: readonly Pick<StepVariable, 'value' | 'average'>[],
  iterations: number,
): void {
  const momentum = iterations === 0 ? 0 : emaMomentum;
  for (const { value, average: mean } of variables) {
    if (mean === null) continue;
    change(mean, (m, i) => momentum * m + (1 - momentum) * elementAt(value, i));
    if (emaOverwriteFrequency !== null && (iterations + 1) % emaOverwriteFrequency === 0) value.set(mean);
  }
}

function change(values: FloatArray, to: (value: number, index: number) => number): void {
  for (let i = 0; i < values.length; i++) values[i] = to(values[i] as number, i);
}
