import type { Config } from '../identifiers';

/** The options of every layer in Keras; `trainable` and `dtype` have one value so far. */
export const LAYER_OPTIONS = ['name', 'trainable', 'dtype'] as const;

/** The part of a config that every layer has. */
export function baseConfig(name: string): Config {
  return { name, trainable: true, dtype: dtypePolicy() };
}

export function dtypePolicy(): Config {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
}
