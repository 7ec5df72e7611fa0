import { isByName, isShaped } from '../../data/parts';
import { invalidArgument, listed } from '../../errors';
import { getValue } from '../../records';

export { isByName };

/** The values by names, in their order; undefined for those that are not named. */
export function byName(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
  argument: string,
): readonly unknown[] {
  const unknown = Object.keys(values).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    // All arguments in one object, as by name in Python; or the options where the targets belong.
    const isSingle = names.length === 1;
    throw invalidArgument(argument, `names among ${quoted(names)}`, unknown, isSingle ? fixOf(argument, values) : '');
  }
  return names.map((name) => getValue(values, name));
}

/** What is meant where the names are none of outputs or inputs. */
function fixOf(argument: string, values: object): string {
  if (argument === 'metrics') return "List metrics in an array: ['accuracy'].";
  if (argument !== 'x' && argument !== 'y') return '';
  const isAlone = Object.keys(values).join() === 'x';
  return isAlone
    ? 'Pass the samples themselves, without a name: (x).'
    : 'Write x, y and the options one after the other: (x, y, { ... }).';
}

/** One value for each name; a single one stands for itself where there is one name only. */
export function perName(value: unknown, names: readonly string[], argument: string): readonly unknown[] {
  if (isByName(value)) return byName(value, names, argument);
  if (names.length === 1) {
    if (argument !== 'loss' || !Array.isArray(value)) return [value];
    throw invalidArgument(argument, 'one loss, as the model has one output,', value);
  }
  // A hole is a value that is not there, which `map` would pass over.
  if (Array.isArray(value) && value.length === names.length) return [...value];
  throw invalidArgument(argument, `an array of ${names.length} values, or an object, for ${quoted(names)},`, value);
}

function quoted(names: readonly string[]): string {
  return listed(names.map((name) => `\`${name}\``));
}

/** Weights of samples: one array that counts for all outputs, or one for each. */
export function weightsPerName(value: unknown, names: readonly string[], argument: string): readonly unknown[] {
  const isOwn = (one: unknown): boolean =>
    one === null || ArrayBuffer.isView(one) || isShaped(one) || Array.isArray(one);
  if (isByName(value)) return byName(value, names, argument);
  const all = Array.isArray(value) ? [...value] : [];
  if (names.length > 1 && all.length === names.length && all.every(isOwn)) return all;
  return names.map(() => value);
}
