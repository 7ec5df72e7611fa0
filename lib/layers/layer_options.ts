import { checkOptions, checkUnsupported, type OptionsObject } from '../check';
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
  const known = checkOptions(options, [...LAYER_OPTIONS, ...own, ...Object.keys(off)], owner);
  checkUnsupported(known, { dtype: 'float32', ...off }, owner);
  return known;
}

/** The dtype of everything, as Keras writes it. */
export function dtypePolicy(): Config {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
}
