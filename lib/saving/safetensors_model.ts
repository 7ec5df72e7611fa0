import { arraysIn, emptyGroup, type FileArray } from '../files/tree';
import type { Format } from './format';
import { describedBy, type LayerState, type ModelState, parseObject } from './model_state';
import { isTurned, type Layout, readNamed, torchName, transposed } from './named_weights';

/** The length of the header, and its brace. */
const START = /^.{5}\0\0\0\{\s*["}]/s;
/** In the metadata: JSON of what `toJSON` returns, and who wrote the file. */
const CONFIG = 'gemsbok.config';
const WRITER = 'format';
const OURS = 'gemsbok';

/** Weights without the optimizer's; the config stands in the metadata. */
export const SAFETENSORS: Format = {
  name: 'safetensors',
  extensions: ['.safetensors'],
  holds: 'model',
  matches: ({ start }) => START.test(start),

  async read({ bytes, where }) {
    const { decodeSafetensors } = await import('../files/safetensors.js');
    const header = 'the header';
    const { metadata, arrays } = decodeSafetensors(bytes, where, (text) => parseObject(text, header, where));
    const root = emptyGroup(metadata[WRITER] === undefined ? {} : { [WRITER]: metadata[WRITER] });
    for (const [name, array] of arrays) root.children.set(name, array);
    return { texts: new Map(Object.entries(metadata)), root };
  },

  async write(model, name, layout) {
    const { encodeSafetensors } = await import('../files/safetensors.js');
    const metadata = { [WRITER]: OURS, ...(model.config !== '' && { [CONFIG]: model.config }) };
    return new Map([[name, encodeSafetensors({ metadata, arrays: arraysOf(model, layout) })]]);
  },

  describe({ texts }, where) {
    const text = texts.get(CONFIG);
    if (text === undefined) return null;
    const whole = parseObject(text, CONFIG, where);
    return describedBy(whole, whole.compile_config, where);
  },

  weightsOf(root, layers, where, layout) {
    const isOrdered = root.attributes.get(WRITER) === OURS;
    return readNamed(arraysIn(root), layers, { separator: '.', isOrdered, layout }, where);
  },
};

/** Weights alone. */
export const SAFETENSORS_WEIGHTS: Format = { ...SAFETENSORS, name: 'weights.safetensors', holds: 'weights' };

/** A layer within others has the names of these before its own; one that stands in several places is written once. */
function arraysOf({ layers }: ModelState, layout: Layout): ReadonlyMap<string, FileArray> {
  const arrays = new Map<string, FileArray>();
  const met = new Set<LayerState>();
  const add = (layer: LayerState, folder: string): void => {
    if (met.has(layer)) return;
    met.add(layer);
    const { name, className, weights, parts } = layer;
    for (const array of weights) {
      const own = layout === 'torch' ? torchName(array.name) : array.name;
      arrays.set(`${folder}${name}.${own}`, isTurned(className, array.name, layout) ? transposed(array) : array);
    }
    for (const part of parts) add(part, `${folder}${name}.`);
  };
  for (const layer of layers) add(layer, '');
  return arrays;
}
