import { checkBoolean, checkInteger, checkNumber } from '../check';
import type { Config } from '../identifiers';
import { native, type Spec } from '../native';
import type { Shape, TypedArray } from '../tensor';
import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

export interface CrossentropyOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** Whether predictions are logits, not probabilities. Default: false */
  readonly fromLogits?: boolean | undefined;
  /** How far targets move towards the middle, from 0 to 1. Default: 0 */
  readonly labelSmoothing?: number | undefined;
  /** The axis of the classes. Default: -1 */
  readonly axis?: number | undefined;
}

/** What all crossentropies with a target for each class share. */
export abstract class Crossentropy<R extends ReductionName> extends NativeLoss<R> {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
  override readonly axis: number;
  override readonly target = 'same';
  #hasWarned = false;

  constructor(entry: string, options: CrossentropyOptions<R>, own: readonly string[] = []) {
    super(entry, options, ['fromLogits', 'labelSmoothing', 'axis', ...own]);
    this.fromLogits = checkBoolean(options.fromLogits ?? false, 'fromLogits');
    this.labelSmoothing = checkNumber(options.labelSmoothing ?? 0, 'labelSmoothing', { min: 0, max: 1 });
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  /** Targets are probabilities of classes: with others the loss has no lower bound, and training diverges. */
  override checkTargets(targets: TypedArray, _columns: number, argument: string): void {
    if (this.#hasWarned) return;
    const at = native.findOutside(targets, FRACTIONS);
    if (at === -1) return;
    this.#hasWarned = true;
    process.emitWarning(
      `${this.constructor.name} takes targets from 0 to 1, and received ${targets[at]} in \`${argument}\` (at ${at}, counted from 0). Write ` +
        'labels of -1 and 1 as 0 and 1, or use Hinge; class indices go with SparseCategoricalCrossentropy.',
      { code: 'GEMSBOK_TARGETS_OUTSIDE' },
    );
  }

  override parameters(): Spec['parameters'] {
    return { from_logits: this.fromLogits, label_smoothing: this.labelSmoothing };
  }

  override ownConfig(): Config {
    return { ...this.parameters(), axis: this.axis };
  }
}

/** The targets of crossentropies, but for rounding. */
const FRACTIONS = { low: -1e-6, high: 1 + 1e-6, whole: false, except: Number.NaN };

/** Where targets have a column for each class. */
export const ONE_HOT_FIX = 'Class indices go with SparseCategoricalCrossentropy.';

/** Where there is one class, its probability is always 1. */
export function warnOfOneClass(loss: Crossentropy<ReductionName>, shape: Shape): void {
  if (shape.at(loss.axis) !== 1) return;
  process.emitWarning(
    `${loss.constructor.name} received predictions of one class, whose loss is always 0. ` +
      'Use BinaryCrossentropy for one output.',
  );
}
