import { checkOptions, checkUnsupported, isPlainObject, type OptionsObject, toCamelCase } from '../check';
import { invalidArgument } from '../errors';
import type { Config } from '../identifiers';

export interface LayerOptions {
  /** Default: the class in snake case, numbered. */
  readonly name?: string | null | undefined;
  /** Whether training changes its variables. Default: true */
  readonly trainable?: boolean | undefined;
}

/** The options of every layer. */
export const LAYER_OPTIONS = ['name', 'trainable', 'dtype'] as const;

/**
 * The options of a layer: those of every layer, and its own; `off` are those of Keras that only may be switched off.
 */
export function checkLayerOptions(
  options: unknown,
  own: readonly string[],
  owner: string,
  off: OptionsObject = {},
): OptionsObject {
  checkInputShape(options, own, owner);
  const known = checkOptions(options, [...LAYER_OPTIONS, ...own, ...Object.keys(off)], owner);
  checkUnsupported(known, { dtype: 'float32', ...off }, owner);
  return known;
}

/** How Keras 2 told the shape of the first layer's inputs. */
const INPUT_SHAPES = ['inputShape', 'input_shape', 'inputDim', 'input_dim', 'batchInputShape', 'batch_input_shape'];

function checkInputShape(options: unknown, own: readonly string[], owner: string): void {
  if (!isPlainObject(options)) return;
  const name = INPUT_SHAPES.find((one) => Object.hasOwn(options, one) && !own.includes(toCamelCase(one)));
  if (name === undefined) return;
  const fix = 'Put an Input before the layer: new Input({ shape: [...] }), without the batch.';
  throw invalidArgument(name, `only known options of ${owner}`, name, fix);
}

/** The dtype of everything, as Keras writes it. */
export function dtypePolicy(): Config {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
}
