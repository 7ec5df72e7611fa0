import type { Archive } from '../files/archive';
import type { Format } from './format';
import { jsonText } from './json_text';
import { kerasTree, readKerasTree } from './keras_weights';
import { describedBy, parseObject } from './model_state';

/** The version of Keras whose formats these are. */
export const KERAS_VERSION = '3.16.0';

export const WEIGHTS = 'model.weights.h5';
const METADATA = 'metadata.json';
const CONFIG = 'config.json';

/** The format of Keras 3: a zip of configs as JSON and of weights as HDF5. */
export const KERAS: Format = {
  name: 'keras',
  extensions: ['.keras'],
  holds: 'model',
  matches: ({ archive }) => archive !== null,

  async read({ archive, where }) {
    const { decodeHdf5 } = await import('../files/hdf5.js');
    const entries = archive as Archive;
    const texts = new Map<string, string>();
    for (const name of [METADATA, CONFIG]) texts.set(name, new TextDecoder().decode(await entries.read(name)));
    return { texts, root: await decodeHdf5(await entries.read(WEIGHTS), `${WEIGHTS} of ${where}`) };
  },

  async write(model, name) {
    const [{ encodeArchive, requireZip }, { encodeHdf5 }] = await Promise.all([
      import('../files/archive.js'),
      import('../files/hdf5.js'),
    ]);
    await requireZip();
    const date = new Date().toISOString().slice(0, 19).replace('T', '@');
    const entries = new Map<string, string | Uint8Array>([
      [METADATA, jsonText({ keras_version: KERAS_VERSION, date_saved: date })],
      [CONFIG, model.config],
      [WEIGHTS, await encodeHdf5(kerasTree(model))],
    ]);
    return new Map([[name, await encodeArchive(entries)]]);
  },

  describe({ texts }, where) {
    const whole = parseObject(texts.get(CONFIG), CONFIG, where);
    // Keras does not read the metadata, which may be anything.
    const version = /"keras_version": *"([^"]*)"/.exec(texts.get(METADATA) ?? '')?.[1];
    return describedBy({ ...whole, keras_version: version }, whole.compile_config, where);
  },

  weightsOf: readKerasTree,
};
