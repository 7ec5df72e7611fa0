import { corruptFile, GemsbokError, listed, showShape } from '../errors';
import { type FileArray, type Group, isGroup } from '../files/tree';
import type { Config } from '../identifiers';
import { checkLimit, isTooDeep, LIMITS } from '../limits';
import { allLayers } from '../nesting';
import { floatsOf, type Shape, sizeOf } from '../tensor';
import { isFalsy, isFields } from './python';

/** What is known of a layer whose weights are looked for. */
export interface LayerSpec<V extends VariableSpec = VariableSpec> {
  readonly name: string;
  readonly className: string;
  readonly built: boolean;
  readonly trainable: boolean;
  /** Without those of its parts. */
  readonly ownVariables: readonly V[];
  readonly parts: readonly LayerSpec<V>[];
  /** The layers that a custom layer is composed of. */
  readonly composedOf: readonly object[];
}

export interface VariableSpec {
  readonly name: string;
  readonly trainable: boolean;
  readonly shape: Shape;
}

/** The place of a variable in its layer. */
export interface Place {
  /** Keras' path of the layer within that holds it, by the fields where layers stand: `first`, `rest/dense_1`; '' for its own. */
  readonly folder: string;
  /** A name that no other variable of the layer has. */
  readonly name: string;
}

/** An array under the name that it has in its layer. */
export interface NamedArray extends FileArray, Place {
  readonly trainable: boolean;
}

/** A model as files hold it; it can move to another thread. */
export interface ModelState {
  readonly name: string;
  /** JSON of what `toJSON` returns; empty where weights alone are written. */
  readonly config: string;
  readonly layers: readonly LayerState[];
  /** What formulas that name `epsilon()` keep divisors above, where the model is saved. */
  readonly epsilon: number;
  readonly optimizer: { readonly name: string; readonly weights: readonly FileArray[] } | null;
}

export interface LayerState {
  readonly name: string;
  readonly className: string;
  readonly trainable: boolean;
  /** Without those of its parts. */
  readonly weights: readonly NamedArray[];
  /** A layer that stands in several places is one object. */
  readonly parts: readonly LayerState[];
}

/** What a file holds, whatever its layout. */
export interface StoredWeights {
  /** In the order of the layer's own variables; none where the file has none. */
  of(layer: LayerSpec): readonly FileArray[];
  /** In Keras' order; null where the file has none. */
  readonly optimizer: readonly FileArray[] | null;
  /** What each layer has, whose shapes need not be known yet; layers that have nothing may be missing. */
  inOrder(): readonly (readonly FileArray[])[];
}

/** The values for all variables of layers, to be written once all are checked. Errors: `ERR_SHAPE_MISMATCH`. */
export function checkedValues<V extends VariableSpec>(
  layers: readonly LayerSpec<V>[],
  stored: StoredWeights,
  where: string,
): Map<V, Float32Array> {
  const values = new Map<V, Float32Array>();
  for (const layer of allLayers(layers)) {
    const arrays = stored.of(layer);
    if (arrays.length !== layer.ownVariables.length) throw otherCount(layer, arrays, where);
    for (const [i, variable] of layer.ownVariables.entries()) {
      const { data, shape } = arrays[i] as FileArray;
      if (shape.join() !== variable.shape.join()) throw otherShape(layer, variable, arrays[i] as FileArray, where);
      values.set(variable, Float32Array.from(floatsOf(data, 'float32')));
    }
  }
  return values;
}

/** What a file says of a model. */
export interface Described {
  /** Its class and config. */
  readonly whole: Config;
  /** Null where it was not compiled. */
  readonly compiled: Config | null;
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

/** What a model's whole config says, and what it was compiled with: nothing, as Python takes it, where it was not. */
export function describedBy(whole: Config, compiled: unknown, where: string): Described {
  if (typeof whole.config !== 'object' || whole.config === null) throw corruptFile(where, 'a config', 'another value');
  if (isFalsy(compiled)) return { whole, compiled: null };
  if (!isFields(compiled)) throw corruptFile(where, 'a config', 'another value');
  return { whole, compiled };
}

function otherCount(layer: LayerSpec, arrays: readonly FileArray[], where: string): GemsbokError {
  const wanted = layer.ownVariables.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  const found = arrays.map(({ shape }) => `[${shape.join(', ')}]`);
  return mismatch(layer, `${wanted.length} arrays (${listed(wanted)})`, `${found.length} (${listed(found)})`, where);
}

function otherShape(layer: LayerSpec, variable: VariableSpec, { shape }: FileArray, where: string): GemsbokError {
  return mismatch(layer, `\`${variable.name}\` of ${showShape(variable.shape)}`, showShape(shape), where);
}

function mismatch(layer: LayerSpec, expected: string, received: string, where: string): GemsbokError {
  const message = `Expected ${expected} for the layer \`${layer.name}\`, received ${received} in ${where}.`;
  return new GemsbokError('ERR_SHAPE_MISMATCH', message);
}
