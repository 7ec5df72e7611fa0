import { describe } from '../errors';

/** What is logged: a number, or the numbers of a metric that has one for each class, label or threshold. */
export type LogValue = number | number[] | number[][];

/** Whether a log is what this library writes into it: a callback may have put anything there. */
export function isLogValue(value: unknown): value is LogValue {
  const isNumbers = (one: unknown): boolean =>
    typeof one === 'number' || (Array.isArray(one) && one.every((each) => typeof each === 'number'));
  return typeof value === 'number' || (Array.isArray(value) && value.every(isNumbers));
}

/** What stands for a log that is none of the library's. */
export function foreignText(value: unknown): string {
  return typeof value === 'string' ? value : describe(value);
}

/**
 * Names and values of an epoch so far, or of a whole epoch. A hook may add entries: they reach {@link History}. Typed
 * as numbers, which all are but the metrics whose result is a tensor: those who compile with such a one say
 * `CallbackLogs<LogValue>`.
 */
export type CallbackLogs<V extends LogValue = number> = Record<string, V>;
