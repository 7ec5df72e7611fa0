import { GemsbokError } from '../errors';
import { arraysIn, emptyGroup, type FileArray } from '../files/tree';
import type { Config } from '../identifiers';
import { allLayers } from '../nesting';
import type { Format, ModelFile } from './format';
import { trainingConfig } from './hdf5_model';
import { jsonText } from './json_text';
import { keras2Model } from './keras2_config';
import { describedBy, type ModelState, parseObject } from './model_state';
import { compileConfigOf } from './modern_compile';
import { readNamed } from './named_weights';
import { isFalsy, isFields } from './python';
import { decodeGroup, encodeShards, type Group, readManifest } from './tfjs_weights';

const MODEL = 'model_config';
const TRAINING = 'training_config';
/** The last version of Keras 2, whose configs these are. */
const KERAS_2 = '2.15.0';

/** Layers models of TensorFlow.js: a config as JSON, and weights in files beside it. */
export const TFJS: Format = {
  name: 'tfjs',
  extensions: ['.json'],
  holds: 'model',
  matches: ({ start }) =>
    /^\s*\{/.test(start) && /"(?:modelTopology|weightsManifest|layers-model|graph-model)"/.test(start),

  async read(file) {
    const { topology, training, groups } = parsed(file);
    const root = emptyGroup();
    for (const group of groups) {
      const parts: Uint8Array[] = [];
      for (const path of group.paths) parts.push(await file.beside(path));
      // Parts of a Buffer are no copies.
      const bytes = new Uint8Array(Buffer.concat(parts));
      for (const [name, array] of decodeGroup(group, bytes, file.where)) root.children.set(name, array);
    }
    const texts = [
      [MODEL, JSON.stringify(topology)],
      ...(isFalsy(training) ? [] : [[TRAINING, JSON.stringify(training)]]),
    ];
    return { texts: new Map(texts as [string, string][]), root };
  },

  async write(model, name) {
    const stem = name.replace(/\.json$/, '');
    const { manifest, files } = encodeShards(arraysOf(model), stem === 'model' ? '' : `${stem}-`);
    const { compile_config: compiled, ...whole } = JSON.parse(model.config) as Config;
    const text = jsonText({
      format: 'layers-model',
      generatedBy: 'gemsbok',
      convertedBy: null,
      modelTopology: {
        keras_version: KERAS_2,
        backend: 'tensorflow',
        [MODEL]: keras2Model(whole),
        ...(compiled !== null && { [TRAINING]: trainingConfig(compiled as Config) }),
      },
      weightsManifest: manifest,
    });
    return new Map([...files, [name, new TextEncoder().encode(text)]]);
  },

  describe({ texts }, where) {
    const training = texts.get(TRAINING);
    const whole = { ...parseObject(texts.get(MODEL), MODEL, where), keras_version: KERAS_2 };
    return describedBy(
      whole,
      training === undefined ? null : compileConfigOf(parseObject(training, TRAINING, where)),
      where,
    );
  },

  weightsOf(root, layers, where, layout) {
    return readNamed(arraysIn(root), layers, { separator: '/', isOrdered: true, layout }, where);
  },
};

/** The files beside a model's that it needs; none of other formats. */
export function filesBeside(file: ModelFile): readonly string[] {
  return TFJS.matches(file) ? parsed(file).groups.flatMap(({ paths }) => paths) : [];
}

function parsed({ bytes, where }: ModelFile): {
  readonly topology: Config;
  readonly training: unknown;
  readonly groups: readonly Group[];
} {
  const json = parseObject(new TextDecoder().decode(bytes), 'the model', where);
  const { modelTopology: given = json, weightsManifest, trainingConfig: trained } = json;
  const topology = isFields(given) ? given : {};
  if (json.format === 'graph-model' || 'node' in topology || 'library' in topology) throw graphModel(where);
  const inner = topology[MODEL] ?? topology;
  const config = typeof inner === 'string' ? parseObject(inner, MODEL, where) : (inner as Config);
  return { topology: config, training: topology[TRAINING] ?? trained, groups: readManifest(weightsManifest, where) };
}

function graphModel(where: string): GemsbokError {
  const fix = 'Convert the Keras model itself, with `tensorflowjs_converter --output_format tfjs_layers_model`.';
  const message = `Expected a layers-model in ${where}, received a graph-model, which has operations and no layers. ${fix}`;
  return new GemsbokError('ERR_UNSUPPORTED', message);
}

/** Weights by the names of their layers, as TensorFlow.js has them for models within models too; others by their order. */
function arraysOf({ layers }: ModelState): ReadonlyMap<string, FileArray> {
  const arrays = new Map<string, FileArray>();
  const names = new Set<string>();
  for (const { name, weights } of allLayers(layers)) {
    let own = name;
    for (let count = 1; names.has(own); count++) own = `${name}_${count}`;
    names.add(own);
    for (const array of weights) arrays.set(`${own}/${array.name}`, array);
  }
  return arrays;
}
