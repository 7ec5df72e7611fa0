import { checkInteger, checkNumber, checkOneOf, checkString } from '../check';
import { invalidArgument } from '../errors';
import { getValue } from '../records';
import type { CallbackParams } from './callback';
import type { CallbackModel, MonitoredMetric } from './callback_model';
import type { CallbackLogs, LogValue } from './logs';

/** Whether less is better or more; 'auto' asks the metric. */
export type MonitorMode = 'auto' | 'min' | 'max';

/** What a callback watches. */
export interface MonitorOptions {
  /** A name in the logs. Default: 'val_loss' */
  readonly monitor?: string | undefined;
  /** Whether it is to fall ('min') or to rise; 'auto' asks the metric itself. Default: 'auto' */
  readonly mode?: MonitorMode | undefined;
  /** What counts as a change; its sign does not. Default: 0, 1e-4 of `ReduceLROnPlateau` */
  readonly minDelta?: number | undefined;
}

/** Where no metric of the model has the name. */
const RISING = /acc|auc|^fmeasure/;

/** A value of the logs, and which way it is to go. */
export class Monitor {
  readonly name: string;
  readonly #owner: string;
  readonly #mode: MonitorMode;
  readonly #minDelta: number;
  #warned = false;

  constructor(owner: string, options: MonitorOptions, minDelta = 0) {
    this.#owner = owner;
    this.name = checkString(options.monitor ?? 'val_loss', 'monitor');
    this.#mode = checkOneOf(options.mode ?? 'auto', 'mode', ['auto', 'min', 'max']);
    this.#minDelta = Math.abs(checkNumber(options.minDelta ?? minDelta, 'minDelta'));
  }

  /** The value of an epoch; null where there is none: with a warning, unless other epochs will have it. */
  valueOf(logs: CallbackLogs, epoch: number, params: CallbackParams | null): number | null {
    const value: LogValue | undefined = getValue(logs as CallbackLogs<LogValue>, this.name);
    if (typeof value === 'number') return value;
    if (value !== undefined) throw invalidArgument('monitor', 'the name of a number in the logs', this.name);
    if (this.name.startsWith('val_') && params?.skipsValidation?.(epoch)) return null;
    if (!this.#warned) {
      const names = Object.keys(logs).join(', ');
      const message = `${this.#owner} watches \`${this.name}\`, which is not in the logs. There are: ${names}.`;
      process.emitWarning(message, { code: 'GEMSBOK_MISSING_METRIC' });
    }
    this.#warned = true;
    return null;
  }

  /** Whether `value` is better by more than the least change. The first one is, NaN never. */
  improves(value: number, best: number | null, model: CallbackModel | null): boolean {
    const rises = this.#rises(model);
    if (best === null) return !Number.isNaN(value);
    return rises ? value - this.#minDelta > best : value + this.#minDelta < best;
  }

  #rises(model: CallbackModel | null): boolean {
    if (this.#mode !== 'auto') return this.#mode === 'max';
    const direction = directionOf(this.name, model);
    if (direction !== null) return direction === 'up';
    const fix = "Pass mode: 'min' where less is better, 'max' where more is.";
    throw invalidArgument('mode', `'min' or 'max', as \`${this.name}\` may be either,`, 'auto', fix);
  }
}

interface WithMetrics {
  readonly compiledMetrics?: readonly MonitoredMetric[];
}

/** Which way a value of the logs is to go; null where nothing tells. */
export function directionOf(key: string, model: WithMetrics | null): 'up' | 'down' | null {
  const name = key.replace(/^val_/, '');
  if (name === 'loss') return 'down';
  const direction = model?.compiledMetrics?.find((metric) => metric.key === name)?.metric.direction ?? null;
  return direction === null && RISING.test(name) ? 'up' : direction;
}

/** The argument `verbose` of callbacks that tell what they do. */
export function checkCallbackVerbose(verbose: unknown): number {
  if (verbose === undefined || verbose === false) return 0;
  if (verbose === true) return 1;
  return checkInteger(verbose, 'verbose', { min: 0 });
}

/** Where a message goes: standard output, as in Keras. */
export function say(verbose: number, message: string): void {
  if (verbose > 0) console.log(message);
}
