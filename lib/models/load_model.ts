import { checkBoolean, checkOptions } from '../check';
import { corruptFile, GemsbokError, InWords, isUnknown, located, restated, unsupported } from '../errors';
import type { FileLike } from '../files/source';
import { type Config, customObject, nameIn } from '../identifiers';
import { withoutValues } from '../initializers/initializer';
import * as layerClasses from '../layers';
import type { SymbolicLike } from '../layers/layer';
import { formatNamed } from '../saving/formats';
import { countNumbers, type Described } from '../saving/model_state';
import { modernCompileConfig } from '../saving/modern_compile';
import { modernModelConfig } from '../saving/modern_config';
import { isFields } from '../saving/python';
import { customByName } from '../serializable';
import { traced } from '../tracing';
import { type CustomObjects, compileOptions } from './files/config';
import { reachedFrom } from './files/graph_config';
import { OPEN_OPTIONS, type OpenedFile, type OpenOptions, openFile, weightsIn } from './files/load_weights';
import { Model } from './model';
import { Sequential } from './sequential';

export interface LoadModelOptions extends OpenOptions {
  /** Whether to compile the model as it was compiled. Default: true */
  readonly compile?: boolean | undefined;
  /** Classes of your own, by the names that the file has. Default: those that are registered */
  readonly customObjects?: CustomObjects | undefined;
}

/** What {@link loadModel} returns unless another type is named: a model with one output. */
export type LoadedModel = Sequential | Model<SymbolicLike>;

/**
 * The model that a file holds, with its weights: `.keras`, or `.h5` as Keras 2 and 3 write it, `model.json` of
 * TensorFlow.js, `.safetensors` of this library, or `.onnx` of nets of dense layers. It is compiled as it was, and its
 * optimizer continues where it was, as far as the format has that. The format follows from the contents, whatever the
 * file's name.
 *
 * The file is given by its path or its URL, as bytes, or as a stream of Node's or of the web's. Bytes are copied at the
 * call. A URL is fetched with `fetch`: `https:` and `file:`, others by `protocols`; at most five redirects, to allowed
 * protocols and never to a file; with limits of size and time.
 *
 * Files are not trusted: all of them is checked, nothing of it is run, and a model is given whole or not at all.
 * Defaults: compile true. Errors: `ERR_INVALID_ARG` for what is not a source and for URLs that lead to no file,
 * `ERR_DEADLINE` for slow ones; `ERR_CORRUPT_FILE` for damaged files and other formats, `ERR_UNSUPPORTED` for layers,
 * losses and other classes that this library does not have, and for files in other layouts than those that Keras writes by
 * default without the packages h5wasm and @zip.js/zip.js;
 * `ERR_SHAPE_MISMATCH` where the weights are not those of the layers. Source: `keras.saving.load_model`.
 *
 * The type is that of a model with one output, as nothing is known of the file while types are checked; name it where
 * there are several: `loadModel<Model<[SymbolicTensor, SymbolicTensor]>>(path)`.
 *
 * @example
 * ```ts
 * await model.save('/tmp/gemsbok-example.keras');
 * const loaded = await loadModel('/tmp/gemsbok-example.keras');
 * loaded.countParams() === model.countParams(); // true
 * ```
 */
export async function loadModel<M extends Sequential | Model = LoadedModel>(
  source: FileLike,
  options: LoadModelOptions = {},
): Promise<M> {
  return traced('load', { source: typeof source === 'string' ? source : null }, () => load<M>(source, options));
}

async function load<M extends Sequential | Model>(source: FileLike, options: LoadModelOptions): Promise<M> {
  checkOptions(options, ['compile', 'customObjects', ...OPEN_OPTIONS], 'loadModel');
  const compile = checkBoolean(options.compile ?? true, 'compile');
  const known = checkOptions(options.customObjects, Object.keys(options.customObjects ?? {}), 'customObjects');
  const customObjects = known as CustomObjects;
  const file = await openFile(source, options);
  const { whole, compiled } = describe(file);
  const model = build(whole, file, customObjects);
  if (compile && compiled !== null) compileAs(model, compiled, customObjects, file.where);
  try {
    model.setStored(file);
  } catch (error) {
    const isOther = error instanceof GemsbokError && error.code === 'ERR_SHAPE_MISMATCH';
    throw isOther ? restated(error, (message) => `${message} Its weights are not those of its own layers.`) : error;
  }
  return model as M;
}

function describe(file: OpenedFile): Described {
  const described = formatNamed(file.format).describe(file, file.where);
  if (described !== null) return described;
  const fix = 'Weights alone are read by `loadWeights` of a model.';
  throw new GemsbokError('ERR_UNSUPPORTED', `Expected a whole model in ${file.where}, received weights alone. ${fix}`);
}

const CLASSES: Readonly<Record<string, typeof Sequential | typeof Model>> = { Sequential, Functional: Model, Model };

/** The model, with zeros for weights: as many as the file can have. */
function build(whole: Config, file: OpenedFile, customObjects: CustomObjects): Sequential | Model {
  const { root, where } = file;
  const className = nameIn(whole);
  const type = typeof className === 'string' && Object.hasOwn(CLASSES, className) ? CLASSES[className] : undefined;
  if (type === undefined) throw unsupported('class_name', `Sequential or Functional in ${where}`, className);
  try {
    const config = modernModelConfig(whole);
    checkLayers(config, where, customObjects);
    return withoutValues(countNumbers(root), () => {
      const model = type.fromConfig(config, customObjects);
      if (model instanceof Sequential && !model.built) buildByWeights(model, file);
      return model;
    });
  } catch (error) {
    throw refusal(error, where);
  }
}

/** What does not fit is said of damaged files; what the library does not know is none. */
function refusal(error: unknown, where: string): unknown {
  if (error instanceof GemsbokError) return error.message.includes(where) ? error : located(error, where);
  const cause = error instanceof Error ? error.message : String(error);
  if (!isUnknown(error)) {
    return corruptFile(where, 'a model that can be built', `one that cannot (${cause})`, { cause: error });
  }
  const fix = 'Pass what is your own as `customObjects`.';
  return new GemsbokError('ERR_UNSUPPORTED', `Cannot build the model in ${where}. ${cause} ${fix}`, { cause: error });
}

/** The inputs of the first layer with weights are those of the model, which says nothing of them. */
function buildByWeights(model: Sequential, file: OpenedFile): void {
  const arrays = weightsIn(file, model.layers)
    .inOrder()
    .filter(({ length }) => length > 0);
  const embedding = model.layers.find((layer) => layer instanceof layerClasses.Embedding);
  const shapes = arrays[embedding === undefined ? 0 : 1]?.map(({ shape }) => shape) ?? [];
  const [kernel] = [...shapes].sort((a, b) => b.length - a.length);
  const inputs = kernel?.[0];
  if (inputs === undefined) return;
  const isWhole = embedding === undefined || !Number.isInteger(inputs / embedding.outputDim);
  model.build([null, isWhole ? inputs : inputs / embedding.outputDim]);
}

function checkLayers(config: Config, where: string, customObjects: CustomObjects): void {
  const { layers, input_layers: inputs, output_layers: outputs } = config;
  if (!Array.isArray(layers)) throw corruptFile(where, 'layers', 'none');
  for (const layer of layers as readonly unknown[]) {
    if (isFields(layer) && typeof nameIn(layer) === 'string') continue;
    throw corruptFile(where, 'the class of each layer', 'none');
  }
  const reached = inputs === undefined ? null : reachedFrom([inputs, outputs], layers);
  for (const layer of layers as readonly Config[]) {
    if (reached === null || reached.has(String(layer.name))) checkLayer(layer, where, customObjects);
  }
}

function checkLayer(layer: Config, where: string, customObjects: CustomObjects): void {
  const type = String(nameIn(layer));
  if (customObject(customObjects, type) !== undefined || customByName(type) !== undefined) return;
  if (Object.hasOwn(CLASSES, type)) {
    checkLayers(modernModelConfig(layer), where, customObjects);
    return;
  }
  const isOperation = /\bops\b/.test(String(layer.module));
  if (isLayerClass(type) && !(isOperation && hasConstants(layer.inbound_nodes))) return;
  const name = (layer.config as Config | undefined)?.name ?? layer.name;
  const fix = type.includes('>') ? 'Pass what is your own as `customObjects`.' : '';
  throw unsupported('layers', `layers that this library has in ${where}`, new InWords(`${type} (\`${name}\`)`), fix);
}

/** Whether a sum or another operation has a constant: with tensors alone it is what the merging layer is. */
function hasConstants(nodes: unknown): boolean {
  const given = Array.isArray(nodes) ? nodes : [];
  return given.some((node) => !(isFields(node) && Array.isArray(node.args) && node.args.flat().every(isFields)));
}

const EXPORTS = new Map<string, unknown>(Object.entries(layerClasses));

function isLayerClass(name: string): boolean {
  const found = EXPORTS.get(name);
  return typeof found === 'function' && found.prototype instanceof layerClasses.Layer;
}

function compileAs(model: Sequential | Model, config: Config, customObjects: CustomObjects, where: string): void {
  try {
    model.compile(compileOptions(modernCompileConfig(config), customObjects));
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const fix = 'Pass what is your own as `customObjects`, or `compile: false`.';
    throw new GemsbokError('ERR_UNSUPPORTED', `Cannot compile the model in ${where}. ${cause} ${fix}`, {
      cause: error,
    });
  }
}
