import { invalidArgument, invalidUse, listed } from '../errors';
import type { ShapedArray } from '../tensor';
import { checkArray, checkFields, checkList, type Fields, fieldOf, isFields } from './fields';

/** What TensorFlow Serving's `:predict` is asked. */
export interface TensorflowRequest {
  /** A list of rows, answered by a list of rows; or whole inputs, answered by whole outputs. */
  readonly format: 'row' | 'column';
  readonly inputs: Inputs;
}

/** The values of the only input, or of each by its name, which may be any text: `data` and `__proto__` too. */
export type Inputs = ShapedArray | ReadonlyMap<string, ShapedArray>;

/** Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. */
export function tensorflowRequest(json: unknown): TensorflowRequest {
  const body = checkFields(json, 'body');
  const signature = fieldOf(body, 'signature_name') ?? 'serving_default';
  if (signature !== 'serving_default' && signature !== '') {
    throw invalidArgument('signature_name', "'serving_default', the only one,", signature);
  }
  const [instances, inputs] = [fieldOf(body, 'instances'), fieldOf(body, 'inputs')];
  if ((instances === undefined) === (inputs === undefined)) {
    throw invalidUse('Expected either `instances`, a list of rows, or `inputs`, whole inputs, in the body.');
  }
  if (inputs !== undefined)
    return { format: 'column', inputs: isFields(inputs) ? byName(inputs) : checkArray(inputs, 'inputs') };
  const rows = checkList(instances, 'instances');
  return { format: 'row', inputs: rows.some(isFields) ? columnsOf(rows) : checkArray(rows, 'instances') };
}

function byName(inputs: Fields): ReadonlyMap<string, ShapedArray> {
  return named(Object.keys(inputs), (name) => checkArray(inputs[name], `inputs.${name}`));
}

/** The inputs of rows that name theirs. */
function columnsOf(rows: readonly unknown[]): ReadonlyMap<string, ShapedArray> {
  const names = Object.keys(checkFields(rows[0], 'instances[0]'));
  const others = rows.map((row, r) => checkFields(row, `instances[${r}]`));
  const wrong = others.findIndex((row) => Object.keys(row).length !== names.length);
  if (wrong !== -1) throw invalidArgument(`instances[${wrong}]`, `the inputs ${listed(names)}`, rows[wrong]);
  return named(names, (name) => {
    const column = others.map((row, r) => fieldOf(row, name) ?? missing(`instances[${r}].${name}`));
    return checkArray(column, `instances.${name}`);
  });
}

function missing(argument: string): never {
  throw invalidArgument(argument, 'numbers', undefined);
}

function named<T>(names: readonly string[], arrayNamed: (name: string) => T): ReadonlyMap<string, T> {
  return new Map(names.map((name) => [name, arrayNamed(name)]));
}
