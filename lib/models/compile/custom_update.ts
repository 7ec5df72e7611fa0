import { elementAt } from '../../check';
import type { Variable } from '../../layers';
import {
  type NativeModel,
  native,
  type RunResult,
  type SlotInfo,
  type UpdatedVariable,
  type VariableInfo,
} from '../../native';
import type { Optimizer } from '../../optimizers';
import {
  average,
  type CustomOptimizer,
  customStep,
  type StepVariable,
  slotsOfOptions,
  writeSlotsOfOptions,
} from '../../optimizers/custom_step';
import { checkFinite, methodOf, returnedNumber, returnedValues } from '../../returned';

/** A variable of a model whose update is not native code's alone. */
interface Updated {
  readonly variable: Variable;
  readonly info: VariableInfo;
  /** In the native order. */
  readonly index: number;
  /** null where it is not trained. */
  readonly update: UpdatedVariable | null;
}

/** Penalties, updates and constraints of variables of which a part is the caller's, on the JavaScript thread. */
export class CustomUpdate {
  readonly #native: NativeModel;
  readonly #optimizer: Optimizer;
  readonly #variables: readonly Updated[];

  constructor(
    model: NativeModel,
    optimizer: Optimizer,
    infos: ReadonlyMap<Variable, VariableInfo>,
    updates: readonly (UpdatedVariable | null)[],
  ) {
    this.#native = model;
    this.#optimizer = optimizer;
    this.#variables = [...infos].map(([variable, info], index) => {
      return { variable, info, index, update: updates[index] ?? null };
    });
  }

  /** Whether there is anything for it to do. */
  get isNeeded(): boolean {
    return this.updates || this.#variables.some(({ variable }) => variable.regularizer?.isCustom);
  }

  /** Whether it does the update, native code no more than the gradients. */
  get updates(): boolean {
    const isCustom = ({ regularizer, constraint }: Variable): boolean =>
      (regularizer?.isCustom ?? false) || (constraint?.isCustom ?? false);
    return this.#optimizer.slots !== null || this.#trained.some(({ variable }) => isCustom(variable));
  }

  /** The penalties that are the caller's. */
  penalty(): number {
    let sum = 0;
    for (const { variable } of this.#variables) {
      const { regularizer } = variable;
      if (!regularizer?.isCustom) continue;
      const { value } = variable;
      const method = methodOf(regularizer, 'compute');
      const penalty = returnedNumber(regularizer.compute(value), method);
      checkFinite([penalty], method, [value.data]);
      sum += penalty;
    }
    return sum;
  }

  /** Adds the gradients of these penalties, times `scale`, to gradients with the layout of the arena. */
  addGradients(gradient: Float32Array, scale: number): void {
    for (const { variable, info } of this.#trained) {
      const { regularizer } = variable;
      if (!regularizer?.isCustom) continue;
      const { value } = variable;
      const method = methodOf(regularizer, 'gradient');
      const own = returnedValues(regularizer.gradient(value), method, value.shape);
      checkFinite(own, method, [value.data]);
      for (const [i, g] of own.entries()) gradient[info.offset + i] = elementAt(gradient, info.offset + i) + scale * g;
    }
  }

  /** One call of the optimizer: all of it, then `end`, or where the caller's code throws nothing. */
  step(gradient: Float32Array, learningRate: number, end: () => RunResult): RunResult {
    const model = this.#native;
    const optimizer = this.#optimizer;
    return model.atomically(() => {
      this.addGradients(gradient, optimizer.lossScaleFactor ?? 1);
      const variables = this.#trained.map(({ variable, info: { offset, size }, index, update }): StepVariable => {
        const { data: value } = variable.value;
        const weightDecay = update?.weightDecay ?? 0;
        return { value, gradient: gradient.slice(offset, offset + size), weightDecay, ...slotsOfOptions(model, index) };
      });
      const call = { learningRate: Math.fround(learningRate), calls: model.iterations };
      const constrain = (): void => this.#constrain(variables);
      const { slots } = optimizer;
      if (slots === null) this.#nativeStep(variables, call, constrain);
      else customStep(optimizer as CustomOptimizer, slots, variables, call, constrain);
      for (const [v, { variable, index }] of this.#trained.entries()) {
        const { value, ...slotsOfVariable } = elementAt(variables, v);
        variable.write(value as Float32Array);
        writeSlotsOfOptions(model, index, slotsOfVariable);
      }
      model.iterations = call.calls + 1;
      return end();
    });
  }

  get #trained(): readonly Updated[] {
    return this.#variables.filter(({ update }) => update !== null);
  }

  #constrain(variables: readonly StepVariable[]): void {
    for (const [v, { variable }] of this.#trained.entries()) {
      const { constraint, shape } = variable;
      const { value } = elementAt(variables, v);
      if (constraint === null) continue;
      const method = methodOf(constraint, 'apply');
      const before = value.slice();
      const bounded = constraint.apply({ data: value.slice(), shape } as never);
      value.set(returnedValues(bounded, method, shape));
      checkFinite(value, method, [before]);
    }
  }

  /** By the library's optimizer, whose running means come after the constraints. */
  #nativeStep(
    variables: readonly StepVariable[],
    call: { readonly learningRate: number; readonly calls: number },
    constrain: () => void,
  ): void {
    const model = this.#native;
    const optimizer = this.#optimizer;
    const spec = optimizer.spec();
    const own = [...model.slots.entries()].filter(([, { name }]) => !isAverage(optimizer, name));
    const state = own.map(([index]) => model.readSlot(index));
    native.optimizerApply({
      ...call,
      optimizer: { ...spec, options: { ...spec.options, useEma: false } },
      float64: false,
      variables: this.#trained.map(({ variable: { shape }, update }, v) => {
        const { value, gradient } = elementAt(variables, v);
        return { shape, value, gradient, ...(update as UpdatedVariable) };
      }),
      state,
    });
    const steps = optimizer.gradientAccumulationSteps ?? 1;
    if ((call.calls + 1) % steps === 0) constrain();
    average(optimizer, variables, Math.floor(call.calls / steps));
    for (const [i, [index]] of own.entries()) model.writeSlot(index, elementAt(state, i));
    // Written with the slots already.
    for (const variable of variables) Object.assign(variable, { accumulated: null });
  }
}

function isAverage({ useEma }: Optimizer, name: SlotInfo['name']): boolean {
  return useEma && name === 'average';
}
