import { corruptFile, GemsbokError, showShape } from '../errors';
import { type FileArray, type Group, isGroup } from '../files/tree';
import type { Layer, Variable } from '../layers';
import { checkLimit, isTooDeep, LIMITS } from '../limits';
import { floatsOf, sizeOf } from '../tensor';

/** What files hold of a model beside its config. */
export interface ModelState {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly optimizer: { readonly name: string; readonly weights: readonly FileArray[] } | null;
}

/** What a file holds, whatever its layout. */
export interface StoredWeights {
  /** In the order of the layer's variables; none where the file has none. */
  of(layer: Layer): readonly FileArray[];
  /** In Keras' order; null where the file has none. */
  readonly optimizer: readonly FileArray[] | null;
  /** What each layer has, whose shapes need not be known yet; layers that have nothing may be missing. */
  inOrder(): readonly (readonly FileArray[])[];
}

/** A layer's values as files hold them. */
export function storedArrays(layer: Layer): FileArray[] {
  return layer.variables.map(({ value: { data, shape }, stored }) => ({
    data: stored === 'int32' ? Int32Array.from(data) : data,
    shape,
  }));
}

/** The values for all variables of layers, to be written once all are checked. Errors: `ERR_SHAPE_MISMATCH`. */
export function checkedValues(
  layers: readonly Layer[],
  stored: StoredWeights,
  where: string,
): Map<Variable, Float32Array> {
  const values = new Map<Variable, Float32Array>();
  for (const layer of layers) {
    const arrays = stored.of(layer);
    if (arrays.length !== layer.variables.length) throw otherCount(layer, arrays, where);
    for (const [i, variable] of layer.variables.entries()) {
      const { data, shape } = arrays[i] as FileArray;
      if (shape.join() !== variable.shape.join()) throw otherShape(layer, variable, arrays[i] as FileArray, where);
      values.set(variable, Float32Array.from(floatsOf(data, 'float32')));
    }
  }
  return values;
}

/** Numbers in a file. */
export function countNumbers(root: Group): number {
  let sum = 0;
  for (const node of root.children.values()) sum += isGroup(node) ? countNumbers(node) : sizeOf(node.shape);
  return sum;
}

export function parseJson(text: string, what: string, where: string): unknown {
  checkLimit('bytes', text.length, `${what} of ${where}`);
  if (isTooDeep(text)) throw corruptFile(where, `at most ${LIMITS.levels} levels in ${what}`, 'more');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corruptFile(where, `JSON in ${what}`, `${text.length} other characters`, { cause });
  }
}

/** JSON of an object. */
export function parseObject(text: string | undefined, what: string, where: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text ?? '', what, where);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw corruptFile(where, `an object in ${what}`, 'another value');
}

function otherCount(layer: Layer, arrays: readonly FileArray[], where: string): GemsbokError {
  const wanted = layer.variables.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  const found = arrays.map(({ shape }) => `[${shape.join(', ')}]`);
  return mismatch(
    layer,
    `${wanted.length} arrays (${wanted.join(', ')})`,
    `${found.length} (${found.join(', ')})`,
    where,
  );
}

function otherShape(layer: Layer, variable: Variable, { shape }: FileArray, where: string): GemsbokError {
  return mismatch(layer, `\`${variable.name}\` of ${showShape(variable.shape)}`, showShape(shape), where);
}

function mismatch(layer: Layer, expected: string, received: string, where: string): GemsbokError {
  const message = `Expected ${expected} for the layer \`${layer.name}\`, received ${received} in ${where}.`;
  return new GemsbokError('ERR_SHAPE_MISMATCH', message);
}
