import type { Group } from '../files/tree';
import type { Config } from '../identifiers';
import type { Format } from './format';
import { jsonText } from './json_text';
import { KERAS_VERSION } from './keras_archive';
import { kerasTree, readKerasTree } from './keras_weights';
import { isLegacyTree, legacyTree, readLegacyTree } from './legacy_weights';
import { describedBy, type ModelState, parseJson, parseObject } from './model_state';
import { compileConfigOf } from './modern_compile';
import { isFalsy, isFields } from './python';

const SIGNATURE = '\x89HDF\r\n\x1a\n';
const MODEL = 'model_config';
const TRAINING = 'training_config';
const VERSION = 'keras_version';

/** The format before Keras 3: HDF5 whose attributes hold the configs. Files of that ending may hold weights alone, too. */
export const H5: Format = {
  name: 'h5',
  extensions: ['.h5', '.hdf5'],
  holds: 'model',
  matches: ({ start }) => start.startsWith(SIGNATURE),

  async read({ bytes, where }) {
    const { decodeHdf5 } = await import('../files/hdf5.js');
    return { texts: new Map(), root: await decodeHdf5(bytes, where) };
  },

  write: async (model, name) => written(name, legacyTree(model, configsOf(model))),

  describe({ root }, where) {
    const text = textAt(root, MODEL);
    if (text === undefined) return null;
    const whole = { ...parseObject(text, MODEL, where), [VERSION]: textAt(root, VERSION) };
    const training = textAt(root, TRAINING);
    const trained = training === undefined ? null : parseJson(training, TRAINING, where);
    return describedBy(whole, isFields(trained) && !isFalsy(trained) ? compileConfigOf(trained) : trained, where);
  },

  weightsOf(root, layers, where) {
    return isLegacyTree(root) ? readLegacyTree(root, layers, where) : readKerasTree(root, layers, where);
  },
};

/** The weights of Keras 3, as they also stand in its archive. They are read as any HDF5 is. */
export const WEIGHTS_H5: Format = {
  ...H5,
  name: 'weights.h5',
  extensions: ['.weights.h5'],
  holds: 'weights',
  write: async (model, name) => written(name, kerasTree(model)),
};

async function written(name: string, tree: Group): Promise<ReadonlyMap<string, Uint8Array>> {
  const { encodeHdf5 } = await import('../files/hdf5.js');
  return new Map([[name, await encodeHdf5(tree)]]);
}

function configsOf({ config: text }: ModelState): Record<string, string> {
  const { class_name, config, compile_config: compiled } = JSON.parse(text) as Config;
  return {
    [VERSION]: KERAS_VERSION,
    backend: 'tensorflow',
    [MODEL]: jsonText({ class_name, config }),
    ...(compiled !== null && { [TRAINING]: jsonText(trainingConfig(compiled as Config)) }),
  };
}

/** What a config of `compile` is called there. */
export function trainingConfig({ optimizer, ...rest }: Config): Config {
  return { ...rest, optimizer_config: optimizer };
}

function textAt({ attributes }: Group, name: string): string | undefined {
  const value = attributes.get(name);
  return typeof value === 'string' ? value : undefined;
}
