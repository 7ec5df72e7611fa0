import { checkBoolean, checkOptions } from '../check';
import { corruptFile, GemsbokError, located, unsupported } from '../errors';
import type { Group } from '../files/tree';
import type { Config } from '../identifiers';
import { withoutValues } from '../initializers/initializer';
import * as layerClasses from '../layers';
import { compileConfigOf, modernCompileConfig, modernModelConfig } from '../saving/legacy_config';
import { countNumbers, parseObject } from '../saving/model_state';
import { type CustomObjects, compileOptions } from './config';
import { Model } from './functional';
import { type OpenedFile, openFile } from './load_weights';
import { Sequential } from './sequential';

export interface LoadModelOptions {
  /** Whether to compile the model as it was compiled. Default: true */
  readonly compile?: boolean | undefined;
  /** Losses, metrics, optimizers and schedules of your own, by the names that the file has. */
  readonly customObjects?: CustomObjects | undefined;
}

/** What a file says of a model. */
interface Described {
  readonly className: unknown;
  readonly config: Config;
  /** Null where it was not compiled. */
  readonly compiled: Config | null;
}

/**
 * The model that a file holds, with its weights: `.keras`, or `.h5` as Keras 2 and 3 write it. It is compiled as it was, and
 * its optimizer goes on from where it was. The format follows from the contents, whatever the file's name.
 *
 * Files are not trusted: all of them is checked, nothing of it is run, and a model is given whole or not at all. Defaults:
 * compile true. Errors: `ERR_CORRUPT_FILE` for damaged files and other formats, `ERR_UNSUPPORTED` for layers, losses and
 * the like that this library has not, and without the packages h5wasm and @zip.js/zip.js; `ERR_SHAPE_MISMATCH` where the
 * weights are not those of the layers. Source: `keras.saving.load_model`.
 *
 * @example
 * ```ts
 * await model.save('/tmp/gemsbok-example.keras');
 * const loaded = await loadModel('/tmp/gemsbok-example.keras');
 * loaded.countParams() === model.countParams(); // true
 * ```
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Sequential | Model> {
  checkOptions(options, ['compile', 'customObjects'], 'loadModel');
  const compile = checkBoolean(options.compile ?? true, 'compile');
  const customObjects = checkOptions(options.customObjects, Object.keys(options.customObjects ?? {}), 'customObjects');
  const file = await openFile(path);
  const { className, config, compiled } = describe(file);
  const model = build(className, config, file);
  if (compile && compiled !== null) compileAs(model, compiled, customObjects as CustomObjects, file.where);
  model.setStored(file);
  return model;
}

function describe({ texts, root, where }: OpenedFile): Described {
  if (texts !== null) {
    const {
      class_name: className,
      config,
      build_config: built,
      compile_config: compiled,
    } = parseObject(texts.get('config.json'), 'config.json', where);
    const inputShape = (built as Config | null | undefined)?.input_shape;
    const own = { build_input_shape: inputShape, ...checkConfig(config, where) };
    return { className, config: own, compiled: compiled ? checkConfig(compiled, where) : null };
  }
  const text = attribute(root, 'model_config');
  if (text === undefined) {
    const fix = 'Weights alone are read by `loadWeights` of a model.';
    throw new GemsbokError('ERR_UNSUPPORTED', `Expected a whole model in ${where}, received weights alone. ${fix}`);
  }
  const { class_name: className, config } = parseObject(text, 'model_config', where);
  const training = attribute(root, 'training_config');
  const compiled = training === undefined ? null : compileConfigOf(parseObject(training, 'training_config', where));
  return { className, config: checkConfig(config, where), compiled };
}

function attribute({ attributes }: Group, name: string): string | undefined {
  const value = attributes.get(name);
  return typeof value === 'string' ? value : undefined;
}

function checkConfig(config: unknown, where: string): Config {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Config;
  throw corruptFile(where, 'a config', 'another value');
}

const CLASSES: Readonly<Record<string, typeof Sequential | typeof Model>> = { Sequential, Functional: Model, Model };

/** The model, with zeros for weights: as many as the file can have. */
function build(className: unknown, given: Config, { root, where }: OpenedFile): Sequential | Model {
  const type = typeof className === 'string' && Object.hasOwn(CLASSES, className) ? CLASSES[className] : undefined;
  if (type === undefined) throw unsupported('class_name', `Sequential or Functional in ${where}`, className);
  const config = modernModelConfig(given);
  checkLayers(config, where);
  try {
    return withoutValues(countNumbers(root), () => type.fromConfig(config));
  } catch (error) {
    if (error instanceof GemsbokError) throw located(error, where);
    const cause = error instanceof Error ? error.message : String(error);
    throw corruptFile(where, 'a model that can be built', `one that cannot (${cause})`, { cause: error });
  }
}

function checkLayers({ layers }: Config, where: string): void {
  if (!Array.isArray(layers)) throw corruptFile(where, 'layers', 'none');
  for (const layer of layers as readonly (Config | null)[]) {
    const { class_name: className, config } = layer ?? {};
    if (typeof className !== 'string') throw corruptFile(where, 'the class of each layer', 'none');
    if (Object.hasOwn(layerClasses, className)) continue;
    const name = (config as Config | undefined)?.name;
    throw unsupported('layers', `layers that this library has in ${where}`, `${className} (\`${name}\`)`);
  }
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
