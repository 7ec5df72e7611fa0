/** Keras' optimizers in float64: the part that all share. The rules are in the optimizers_*.ts next to this file. */

import { withDefaults } from './args';
import { at, clip, type Nd } from './ndarray';
import { ADAM_RULES } from './optimizers_adam';
import { DESCENT_RULES } from './optimizers_descent';
import { MATRIX_RULES } from './optimizers_matrix';
import { norm, type OptimizerRule, type Update } from './optimizers_rule';
import { schedule } from './schedules';

type Args = Readonly<Record<string, unknown>>;
type LearningRate = number | { class: string; args: Args };

const RULES: ReadonlyMap<string, OptimizerRule> = new Map(
  Object.entries({ ...DESCENT_RULES, ...ADAM_RULES, ...MATRIX_RULES }),
);

/** The options that every optimizer has. */
const SHARED_DEFAULTS = {
  learning_rate: 0.001 as LearningRate,
  weight_decay: null as number | null,
  clipnorm: null as number | null,
  clipvalue: null as number | null,
  global_clipnorm: null as number | null,
  use_ema: false,
  ema_momentum: 0.99,
  ema_overwrite_frequency: null as number | null,
  loss_scale_factor: null as number | null,
  gradient_accumulation_steps: null as number | null,
};

type Options = typeof SHARED_DEFAULTS & Args;

/** What belongs to one variable from the first call on. */
interface Slot {
  update: Update;
  accumulated: Float64Array;
  average: Float64Array;
}

/** A gradient that is there, and the index of its variable. */
interface Entry {
  index: number;
  gradient: Float64Array;
}

function mapGradients(entries: readonly Entry[], f: (value: number, i: number, entry: Entry) => number): Entry[] {
  return entries.map((entry) => ({ ...entry, gradient: entry.gradient.map((value, i) => f(value, i, entry)) }));
}

/** At most one of the three is set. */
function clipped(entries: Entry[], { clipnorm, global_clipnorm, clipvalue }: Options): Entry[] {
  if (clipnorm !== null && clipnorm > 0) {
    return entries.flatMap((entry) => {
      const size = norm(entry.gradient);
      return mapGradients([entry], (value) => (value * clipnorm) / Math.max(size, clipnorm));
    });
  }
  if (global_clipnorm !== null && global_clipnorm > 0) {
    const size = norm(Float64Array.from(entries, ({ gradient }) => norm(gradient)));
    // size - size is NaN for an infinite norm, and then all gradients become NaN.
    const scale = global_clipnorm * Math.min(1 / size, 1 / global_clipnorm) + (size - size);
    return mapGradients(entries, (value) => value * scale);
  }
  if (clipvalue !== null && clipvalue > 0) return mapGradients(entries, (value) => clip(value, -clipvalue, clipvalue));
  return entries;
}

/** One optimizer over a fixed list of variables, which `apply` changes in place. Args are Keras' snake_case names. */
export class OptimizerOracle {
  private readonly className: string;
  private readonly rule: OptimizerRule;
  private readonly options: Options;
  private readonly excluded = new Set<number>();
  private slots: readonly Slot[] = [];
  private calls = 0;

  constructor(className: string, args: Args) {
    const rule = RULES.get(className);
    if (rule === undefined) throw new Error(`unknown optimizer ${className}`);
    this.className = className;
    this.rule = rule;
    this.options = withDefaults(args, { ...SHARED_DEFAULTS, ...rule.defaults });
  }

  /** The variables at these indices do not decay. */
  excludeFromWeightDecay(indices: Iterable<number>): void {
    for (const index of indices) this.excluded.add(index);
  }

  /** The moving averages (use_ema), one a variable, flat. */
  get averages(): Float64Array[] {
    return this.slots.map((slot) => Float64Array.from(slot.average));
  }

  /** What fit does at its end: with use_ema the averages become the weights. */
  finalize(variables: readonly Nd[]): void {
    if (this.options.use_ema) this.overwriteByAverages(variables);
  }

  /** A null gradient leaves its variable alone; it must not be null for all. */
  apply(gradients: readonly (Nd | null)[], variables: readonly Nd[]): void {
    if (gradients.every((gradient) => gradient === null)) throw new Error('no gradient for any variable');
    if (this.slots.length === 0) this.slots = variables.map((variable) => this.newSlot(variable));
    const entries = gradients.flatMap((gradient, index): Entry[] => {
      return gradient === null ? [] : [{ index, gradient: gradient.data }];
    });
    const scale = this.options.loss_scale_factor ?? 1;
    const ready = this.accumulate(mapGradients(entries, (value) => value / scale));
    if (ready !== null) this.update(ready, variables);
    if (this.options.use_ema) this.average(variables);
    this.calls += 1;
  }

  private newSlot(variable: Nd): Slot {
    return {
      update: this.rule.start(this.options, variable),
      accumulated: new Float64Array(variable.data.length),
      average: new Float64Array(variable.data.length),
    };
  }

  private slot(index: number): Slot {
    const slot = this.slots[index];
    if (slot === undefined) throw new RangeError(`variable ${index} is not one of the first call's`);
    return slot;
  }

  /** Finished updates; a schedule is fed `calls` instead. */
  private get iterations(): number {
    return Math.floor(this.calls / (this.options.gradient_accumulation_steps ?? 1));
  }

  /** The mean gradients on every k-th call, null on the others. */
  private accumulate(entries: Entry[]): Entry[] | null {
    const steps = this.options.gradient_accumulation_steps;
    if (steps === null) return entries;
    const sums = mapGradients(entries, (value, i, { index }) => value + at(this.slot(index).accumulated, i));
    if ((this.calls + 1) % steps !== 0) {
      for (const { index, gradient } of sums) this.slot(index).accumulated.set(gradient);
      return null;
    }
    for (const slot of this.slots) slot.accumulated.fill(0);
    return mapGradients(sums, (value) => value / steps);
  }

  private update(entries: Entry[], variables: readonly Nd[]): void {
    const learningRate = this.learningRate();
    for (const { index, gradient } of clipped(entries, this.options)) {
      const variable = variables[index];
      if (variable === undefined) throw new RangeError(`no variable ${index}`);
      const decay = this.excluded.has(index) ? 0 : this.weightDecayOf(variable);
      if (decay !== 0) variable.data.set(variable.data.map((w) => w - w * decay * learningRate));
      this.slot(index).update(gradient, variable.data, learningRate, this.iterations + 1);
    }
  }

  private learningRate(): number {
    const rate = this.options.learning_rate;
    return typeof rate === 'number' ? rate : schedule(rate.class, rate.args, this.calls);
  }

  /** Muon has its own decay for the variables that it leaves to Adam. */
  private weightDecayOf(variable: Nd): number {
    const adam = this.className === 'Muon' && variable.shape.length !== 2;
    const decay = adam ? this.options.adam_weight_decay : this.options.weight_decay;
    return typeof decay === 'number' ? decay : 0;
  }

  /** Runs at every call, also at those that only accumulate, and over variables without a gradient too. */
  private average(variables: readonly Nd[]): void {
    const momentum = this.iterations === 0 ? 0 : this.options.ema_momentum;
    variables.forEach((variable, index) => {
      const { average } = this.slot(index);
      average.set(variable.data.map((w, i) => momentum * at(average, i) + (1 - momentum) * w));
    });
    const frequency = this.options.ema_overwrite_frequency;
    if (frequency !== null && (this.iterations + 1) % frequency === 0) this.overwriteByAverages(variables);
  }

  private overwriteByAverages(variables: readonly Nd[]): void {
    variables.forEach((variable, index) => variable.data.set(this.slot(index).average));
  }
}
