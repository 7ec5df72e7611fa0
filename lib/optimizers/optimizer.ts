import { checkName, checkOptions, ownNames, toSnakeCase } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { invalidArgument, unsupported } from '../errors';
import { type Config, optionsFromConfig, shortestFloat } from '../identifiers';
import { native, type OptimizerSpec, type Spec, type UpdatedVariable } from '../native';
import { LearningRateSchedule } from '../schedules';
import { checkSubclass, overrides } from '../subclasses';
import { type FloatDtype, sizeOf, Tensor, type TensorLike } from '../tensor';
import { applyCustom, applyNative, finalize } from './apply';
import { type OptimizerArguments, type OwnDefaults, SUBCLASSES, sortOptions, WITHOUT_SLOTS } from './arguments';
import { CustomSlots, type Slots } from './custom_slots';
import type { CustomOptimizer, StepInfo } from './custom_step';
import { type ExcludeOptions, Exclusion } from './exclusion';
import {
  checkLearningRate,
  checkShared,
  type LearningRate,
  nativeOptions,
  type OptimizerOptions,
  rateAt,
  rateConfig,
  SHARED_OPTIONS,
  type SharedSettings,
  sharedConfig,
} from './options';
import {
  ArrayState,
  givenWeights,
  type OptimizerState,
  ownWeights,
  type Phase,
  readWeights,
  writeWeights,
} from './state';
import { pairUp, type Target, type VariableLike, writeBack } from './variables';

/** What an optimizer is told of a variable. */
export type VariableDescription = Pick<Target, 'shape' | 'name' | 'path' | 'keys'>;

/**
 * Base of all optimizers: it changes variables by their gradients, and keeps its state, such as their moments.
 *
 * A step divides the gradients by `lossScaleFactor`, adds them up over `gradientAccumulationSteps`, clips them, lets
 * the weights decay (`w -= w weightDecay learningRate`), and updates them. Then come the running means of the weights
 * (`useEma`). Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for options. Source: `keras.optimizers.Optimizer`.
 */
export abstract class Optimizer implements SharedSettings {
  static {
    showOptionsInConsole(Optimizer, (optimizer) => optimizer.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('an optimizer', 'send its getConfig() for fromConfig');
  readonly name: string;
  declare readonly weightDecay: number | null;
  declare readonly clipnorm: number | null;
  declare readonly clipvalue: number | null;
  declare readonly globalClipnorm: number | null;
  declare readonly useEma: boolean;
  declare readonly emaMomentum: number;
  declare readonly emaOverwriteFrequency: number | null;
  declare readonly lossScaleFactor: number | null;
  declare readonly gradientAccumulationSteps: number | null;
  /** @internal The slots of a custom optimizer; null in those of the library. */
  readonly slots: CustomSlots | null;
  readonly #entry: string;
  #rate: LearningRate;
  #built = false;
  #withoutDecay = new Exclusion();
  #phase: Phase = { kind: 'fresh' };
  #arrays: ArrayState | null = null;

  /** A class of your own may name its `own` options, so that others are refused. */
  constructor(options?: OptimizerOptions, own?: readonly string[], defaults?: OwnDefaults);
  /** @internal */
  constructor(entry: string, options: OptimizerOptions, own: readonly string[], defaults?: OwnDefaults);
  constructor(...args: never) {
    const owner = new.target.name;
    const { entry, options, own, defaults } = sortOptions(args as OptimizerArguments, owner);
    const isOwn = typeof this.updateStep === 'function';
    if (!isOwn || overrides(this, Optimizer.prototype, 'apply'))
      checkSubclass(this, { prototype: Optimizer.prototype, ...SUBCLASSES });
    this.slots = isOwn ? new CustomSlots() : null;
    if (own !== undefined) checkOptions(options, [...SHARED_OPTIONS, ...ownNames(own, owner)], owner);
    if (options.decay !== undefined && options.decay !== null) {
      process.emitWarning('The option `decay` is ignored. Pass a schedule as `learningRate`.');
    }
    Object.assign(this, checkShared(options, defaults.weightDecay ?? null));
    this.name = checkName(options.name ?? toSnakeCase(new.target.name));
    this.#entry = entry;
    this.#rate = checkLearningRate(options.learningRate ?? defaults.learningRate ?? 0.001);
  }

  /**
   * For a class of your own: changes `variable` by its gradient, in place, on the JavaScript thread. `slots` is an object for
   * each variable, empty at first, whose float arrays are saved; the gradient comes after accumulation and clipping.
   */
  updateStep?(gradient: Float32Array, variable: Float32Array, slots: Slots, step: StepInfo): void;

  /** @internal Own arguments in native terms, with Keras' names. */
  protected abstract parameters(): Spec['parameters'];

  /** @internal Own arguments as `getConfig` shows them. */
  protected ownConfig(): Config {
    return this.slots === null ? this.parameters() : {};
  }

  /** @internal Whether native code takes the variable as a vector, whatever its shape. */
  protected isFlat(_variable: VariableDescription): boolean {
    return false;
  }

  /** @internal */
  protected weightDecayOf(_variable: VariableDescription): number | null {
    return this.weightDecay;
  }

  /** Updates so far, by `apply` or in training. */
  get iterations(): number {
    return Math.floor(this.#calls / (this.gradientAccumulationSteps ?? 1));
  }

  /** Whether a schedule or a function returns the rate. */
  get isScheduled(): boolean {
    return typeof this.#rate !== 'number';
  }

  /** The rate of the next step. */
  get learningRate(): number {
    return this.learningRateAt(this.#calls);
  }

  /** Errors: `ERR_UNSUPPORTED` for a number where a schedule returns the rate. */
  set learningRate(rate: LearningRate) {
    if (this.#rate instanceof LearningRateSchedule && typeof rate === 'number') {
      throw unsupported('learningRate', 'no new rate, as a schedule returns it,', rate, 'Make a new optimizer.');
    }
    this.#rate = checkLearningRate(rate);
  }

  /** The rate of the step after `step` finished ones. */
  learningRateAt(step: number): number {
    return rateAt(this.#rate, step);
  }

  /** @internal What gives the rate. */
  get givenRate(): LearningRate {
    return this.#rate;
  }

  /** @internal The optimizer as native code knows it. */
  spec(): OptimizerSpec {
    // For one whose step is the caller's, native code keeps what the options ask for.
    const own = this.slots === null ? { name: this.#entry, parameters: this.parameters() } : WITHOUT_SLOTS;
    return { ...own, options: nativeOptions(this) };
  }

  /** @internal What it does to each of these variables; from here on none can be excluded from weight decay. */
  build(variables: readonly VariableDescription[]): readonly UpdatedVariable[] {
    this.#built = true;
    this.slots?.build(variables.map(({ shape }) => shape));
    return variables.map((variable) => ({
      flat: this.isFlat(variable),
      weightDecay: this.#withoutDecay.has(variable) ? 0 : (this.weightDecayOf(variable) ?? 0),
    }));
  }

  /** @internal Makes `state` the optimizer's own; what was given or restored is written into it. */
  attach(state: OptimizerState): void {
    const { kind } = this.#phase;
    if (kind === 'given' || kind === 'restored') {
      const weights = this.getWeights();
      this.#makeRoom(state, weights);
      this.#write(this.over(state), weights);
    }
    this.#phase = { kind: 'attached', state };
  }

  /** @internal Starts over; what `setWeights` set before the first step stays. */
  reset(): void {
    this.slots?.reset();
    if (this.#phase.kind !== 'given') this.#phase = { kind: 'fresh' };
  }

  /**
   * Variables whose weights do not decay, by themselves or by their names. To be called before the first step.
   *
   * Errors: `ERR_INVALID_ARG`; `ERR_UNSUPPORTED` after the first step. Source:
   * `keras.optimizers.Optimizer.exclude_from_weight_decay`.
   *
   * @example
   * ```ts
   * new AdamW().excludeFromWeightDecay({ varNames: ['bias'] });
   * ```
   */
  excludeFromWeightDecay(options: ExcludeOptions = {}): void {
    const exclusion = new Exclusion(options);
    if (this.#built) {
      throw unsupported('excludeFromWeightDecay', 'a call before the first step', this, 'Make a new optimizer.');
    }
    this.#withoutDecay = exclusion;
  }

  /**
   * One step: changes each variable, in place, by its gradient; null leaves its variable alone, with a warning.
   *
   * Shapes: each gradient that of its variable. Errors: `ERR_INVALID_ARG` for variables that are not float arrays, or of
   * two types, and where no gradient is given; `ERR_SHAPE_MISMATCH` for other shapes than the variables' or than in the
   * first step.
   *
   * @example
   * ```ts
   * const weights = Float32Array.of(1, 2);
   * new SGD({ learningRate: 0.5 }).apply([[1, 1]], [weights]); // weights: 0.5, 1.5
   * ```
   */
  apply(gradients: readonly (TensorLike | null)[], variables: readonly VariableLike[]): void {
    const { targets, gradients: values } = pairUp(gradients, variables);
    if (targets.length === 0) return;
    const state = this.#arraysFor(targets);
    const call = { learningRate: this.learningRateAt(state.iterations), calls: state.iterations };
    if (this.slots === null) applyNative(this.spec(), state, targets, values, call);
    else applyCustom(this as CustomOptimizer, this.slots, state, targets, values, call);
    writeBack(targets, variables);
    state.iterations++;
  }

  /** The loss to differentiate: the loss times `lossScaleFactor`. */
  scaleLoss(loss: number): number {
    if (typeof loss !== 'number') throw invalidArgument('loss', 'a number', loss);
    return loss * (this.lossScaleFactor ?? 1);
  }

  /** With `useEma` copies the running means into the variables of `apply`: the end of training. */
  finalizeVariableValues(variables: readonly VariableLike[]): void {
    const state = this.#arrays;
    if (!this.useEma || state === null) return;
    finalize(state, variables);
  }

  /** Copies of the optimizer state, in Keras' order: number of calls, learning rate unless scheduled, and the slots. */
  getWeights(): Tensor[] {
    const rate = typeof this.#rate === 'number' ? this.#rate : null;
    if (this.#phase.kind !== 'given') return readWeights(this.#state, rate);
    const { iterations, slots } = this.#phase.weights;
    return [...ownWeights(iterations, rate), ...slots.map(({ data, shape }) => new Tensor(data, shape))];
  }

  /**
   * Sets what `getWeights` returned, of an optimizer with the same options. Before the first step their number and
   * shapes are checked once there are variables.
   *
   * Errors: `ERR_INVALID_ARG` for another number of arrays, `ERR_SHAPE_MISMATCH` for other shapes. Source:
   * `keras.optimizers.Optimizer.set_weights`.
   */
  setWeights(weights: readonly TensorLike[]): void {
    if (this.#state !== null) {
      this.#write(this.#state, weights);
      return;
    }
    const { rate, ...given } = givenWeights(weights, typeof this.#rate === 'number');
    this.#restoreRate(rate);
    this.#phase = { kind: 'given', weights: given };
  }

  /** @internal A new state for variables that will be trained. */
  stateFor(variables: readonly VariableDescription[], dtype: FloatDtype = 'float32'): ArrayState {
    const updated = this.build(variables);
    const shapes = updated.map((own, i) => ({ ...own, shape: (variables[i] as VariableDescription).shape }));
    const typed = shapes.map(({ shape }) => ({ shape, dtype }));
    return new ArrayState(native.optimizerSlots(this.spec(), shapes), updated, typed);
  }

  /**
   * As {@link setWeights}, into the state of the model that trains with it, or into one that it will take over. Returns
   * false, and sets nothing, where such an optimizer has another number of arrays.
   *
   * @internal
   */
  restore(state: OptimizerState, weights: readonly TensorLike[]): boolean {
    this.#makeRoom(state, weights);
    if (weights.length !== this.over(state).slots.length + this.#ownWeights) return false;
    this.#write(this.over(state), weights);
    this.#phase = state instanceof ArrayState ? { kind: 'restored', state } : { kind: 'attached', state };
    return true;
  }

  /** @internal What the first step will find that was given or restored; null where nothing was. */
  beginning(variables: readonly VariableDescription[]): OptimizerState | null {
    if (this.#phase.kind === 'given') this.restore(this.stateFor(variables), this.getWeights());
    return this.#phase.kind === 'restored' ? this.#phase.state : null;
  }

  /** The number of elements of what `getWeights` returns. */
  countParams(): number {
    const { slots } = this.#phase.kind === 'given' ? this.#phase.weights : (this.#state ?? { slots: [] });
    return slots.reduce((sum, { shape }) => sum + sizeOf(shape), this.#ownWeights);
  }

  /** What `fromConfig` takes, with Keras' names. Errors: `ERR_UNSUPPORTED` where a function returns the rate. */
  getConfig(): Config {
    const rate = rateConfig(this.#rate);
    return { name: this.name, learning_rate: rate, ...sharedConfig(this), ...this.ownConfig() };
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends Optimizer>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  #arraysFor(targets: readonly Target[]): ArrayState {
    this.#arrays ??= this.stateFor(targets, targets[0]?.dtype);
    this.#arrays.check(targets);
    this.attach(this.#arrays);
    return this.#arrays;
  }

  get #ownWeights(): number {
    return typeof this.#rate === 'number' ? 2 : 1;
  }

  get #state(): OptimizerState | null {
    return this.#phase.kind === 'restored' || this.#phase.kind === 'attached' ? this.over(this.#phase.state) : null;
  }

  /** @internal The state with the slots of a custom class. */
  over(state: OptimizerState): OptimizerState {
    return this.slots?.over(state) ?? state;
  }

  #makeRoom(state: OptimizerState, weights: readonly unknown[]): void {
    this.slots?.makeRoom(weights.length - this.#ownWeights - state.slots.length);
  }

  get #calls(): number {
    return this.#phase.kind === 'given' ? this.#phase.weights.iterations : (this.#state?.iterations ?? 0);
  }

  /** Keeps the rate as it was set where the value from a file or from `getWeights` is its rounding to float32. */
  #restoreRate(rate: number | null): void {
    if (rate === null || rate === Math.fround(Number(this.#rate))) return;
    this.#rate = checkLearningRate(shortestFloat(rate));
  }

  #write(state: OptimizerState, weights: readonly TensorLike[]): void {
    this.#restoreRate(writeWeights(state, weights, typeof this.#rate === 'number'));
  }
}
