import { checkPath } from '../../check';
import { invalidArgument } from '../../errors';
import { writeAtomically } from '../../files/atomic_file';
import { buffersOf, checkBytes } from '../../files/codec';
import { runJob } from '../../files/pool';
import type { Contents } from '../../files/tree';
import type { Config, Serialized } from '../../identifiers';
import { atomically } from '../../layers/variable';
import { jsonText } from '../../saving/json_text';
import { kerasTree } from '../../saving/keras_weights';
import { legacyTree } from '../../saving/legacy_weights';
import type { ModelState } from '../../saving/model_state';
import type { Compilation } from '../compile/compilation';
import type { Topology } from '../graph/topology';

/** The version of Keras whose formats these are. */
const KERAS_VERSION = '3.16.0';

/** The parts of a model that are saved. */
export interface Saved {
  readonly name: string;
  readonly topology: Topology;
  readonly compilation: Compilation | null;
}

/** Writes a model; the ending of the path tells the format. What is written is the model of the moment of the call. */
export async function saveModel(model: Saved, path: string, config: () => Serialized & Config): Promise<void> {
  const text = checkPath(path, 'path');
  const contents = (form: typeof archive): Contents => {
    const own = config();
    return atomically(model.topology.variables, () => form(stateOf(model), own));
  };
  if (text.endsWith('.keras')) return write(text, contents(archive));
  if (/\.(h5|hdf5)$/.test(text)) return write(text, contents(legacy));
  const fix = 'Weights alone are written by `saveWeights`.';
  throw invalidArgument('path', 'a path that ends in .keras, or in .h5 as before Keras 3', path, fix);
}

/** Writes the weights, and what the optimizer remembers. */
export async function saveWeights(model: Saved, path: string): Promise<void> {
  const text = checkPath(path, 'path');
  if (!text.endsWith('.weights.h5')) throw invalidArgument('path', 'a path that ends in .weights.h5', path);
  const root = atomically(model.topology.variables, () => kerasTree(stateOf(model)));
  return write(text, { texts: null, root });
}

function stateOf({ name, topology, compilation }: Saved): ModelState {
  if (topology.inputShapes === null) {
    process.emitWarning(`The model \`${name}\` is saved without weights, as it is not built. Begin it with an Input.`);
  }
  const { optimizer } = compilation ?? {};
  const own = optimizer === undefined ? null : { name: optimizer.name, weights: optimizer.getWeights() };
  return { name, layers: topology.layers, optimizer: own };
}

function archive(state: ModelState, config: Serialized & Config): Contents {
  const date = new Date().toISOString().slice(0, 19).replace('T', '@');
  const texts = new Map([
    ['metadata.json', jsonText({ keras_version: KERAS_VERSION, date_saved: date })],
    ['config.json', jsonText(config)],
  ]);
  return { texts, root: kerasTree(state) };
}

function legacy(state: ModelState, { class_name, config, compile_config: compiled }: Serialized & Config): Contents {
  const attributes = {
    keras_version: KERAS_VERSION,
    backend: 'tensorflow',
    model_config: jsonText({ class_name, config }),
    ...(compiled !== null && { training_config: jsonText(trainingConfig(compiled as Config)) }),
  };
  return { texts: null, root: legacyTree(state, attributes) };
}

function trainingConfig({ optimizer, ...rest }: Config): Config {
  return { ...rest, optimizer_config: optimizer };
}

async function write(path: string, contents: Contents): Promise<void> {
  const moved = buffersOf(contents.root);
  checkBytes(
    moved.reduce((sum, { byteLength }) => sum + byteLength, 0),
    `\`${path}\``,
  );
  const bytes = await runJob('encodeModel', contents, { subject: null, moved });
  await writeAtomically(path, [bytes]);
}
