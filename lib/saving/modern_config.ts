import { isPlainObject } from '../check';
import { unsupported } from '../errors';
import type { Config } from '../identifiers';
import { checkLimit, checkNesting } from '../limits';
import { getValue } from '../records';
import { type Entry, isEntry, isFalsy, isFields, plainValue } from './python';

// Configs of any age become today's before anything reads them: what earlier versions of Keras and TensorFlow wrote
// otherwise, and fixed sizes of batches, which any batch fits.

/** Arguments of what stands inside a config, which TensorFlow 1 wrote and nothing needs. */
const IDLE = new Set(['dtype', 'verify_shape', 'partition_info']);

/** Classes that were called otherwise. */
const RENAMED = new Map([['ThresholdedReLU', 'ReLU']]);

/** Arguments that were called otherwise. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LeakyReLU: { alpha: 'negative_slope' },
  ThresholdedReLU: { theta: 'threshold' },
  CategoryEncoding: { max_tokens: 'num_tokens' },
};

/** Switched off, these are no arguments any more. */
const GONE: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ['fused', 'virtual_batch_size', 'adjustment', 'renorm', 'renorm_clipping', 'renorm_momentum'],
};

/**
 * A model's config as Keras 3 writes it: of a bare list of layers, of a config, or of all that `to_json` returns.
 * What is none of these stays as it is.
 */
export function modernModelConfig(given: unknown): Config {
  checkNesting(given, 'config');
  checkSigmoid(given);
  const { config, built } = configOf(inDepth(given));
  const whole = Array.isArray(config) ? { layers: config } : (config as Config);
  if (!isFields(whole) || !Array.isArray(whole.layers)) return whole;
  checkLimit('layers', whole.layers.length, 'config.layers');
  const isGraph = whole.input_layers !== undefined;
  const layers = whole.layers.flatMap((layer, i) => modernLayers(layer, i === 0 && !isGraph));
  const { build_input_shape: shape = built, name, ...rest } = whole;
  return {
    ...rest,
    layers,
    ...(!isFalsy(name) && { name }),
    ...(!isGraph && !isFalsy(shape) && { build_input_shape: anyBatch(shape) }),
  };
}

/** Keras 2 has another `hard_sigmoid`. */
function checkSigmoid(given: unknown): void {
  if (!isFields(given) || typeof given.keras_version !== 'string' || !/^[12]\./.test(given.keras_version)) return;
  if (!hasHardSigmoid(given)) return;
  const formulas = 'Keras 2 has it as max(0, min(1, 0.2 x + 0.5)), Keras 3 as max(0, min(1, x / 6 + 0.5)).';
  const fix = `${formulas} Multiply the kernel and the bias before it by 1.2 in Python, and save the model by Keras 3.`;
  throw unsupported('activation', 'a function that is the same in Keras 2 and 3', 'hard_sigmoid', fix);
}

function hasHardSigmoid(value: object): boolean {
  return Object.entries(value).some(([name, inner]) => {
    if (name === 'activation' && inner === 'hard_sigmoid') return true;
    if (typeof inner !== 'object' || inner === null) return false;
    return (name === 'activation' && Object.values(inner).includes('hard_sigmoid')) || hasHardSigmoid(inner);
  });
}

/** The config inside what states its class too; `built` is the shape that is stored with it. */
function configOf(value: unknown): { readonly config: unknown; readonly built?: unknown } {
  if (!isFields(value) || typeof value.class_name !== 'string' || !('config' in value)) return { config: value };
  const built = isFields(value.build_config) ? value.build_config.input_shape : undefined;
  return { config: value.config, built };
}

/** Plain lists and numbers wherever Python or numpy had some of their own. */
export function inDepth(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const plain = plainValue(value);
  if (plain !== undefined) return inDepth(plain);
  if (Array.isArray(value)) return Array.from(value, inDepth);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inDepth(one)]));
}

/** A layer; before the first one of a Sequential may come the Input that it states in its own config. */
function modernLayers(layer: unknown, isFirst: boolean): unknown[] {
  if (!isEntry(layer)) return [layer];
  const { batch_input_shape: before, input_length: length, ...rest } = layer.config;
  if (layer.class_name === 'InputLayer') {
    return [{ ...layer, config: { ...rest, batch_shape: anyBatch(rest.batch_shape ?? before) } }];
  }
  const modern = modernEntry({ ...layer, config: rest });
  const shape = before ?? (typeof length === 'number' ? [null, length] : undefined);
  if (!isFirst || isFalsy(shape)) return [modern];
  return [{ class_name: 'InputLayer', config: { batch_shape: anyBatch(shape) } }, modern];
}

function anyBatch(shape: unknown): unknown {
  return Array.isArray(shape) && shape.length > 0 ? [null, ...shape.slice(1)] : shape;
}

/** A layer, or one that stands for an activation. */
function modernEntry(layer: Entry): Entry {
  const plain = layer.class_name.replace(/V[12]$/, '');
  const config = Object.entries(layer.config).filter(([name, value]) => !isGone(plain, name, value));
  const options = config.map(([name, value]) => [
    optionName(plain, name),
    plain === 'CategoryEncoding' && value === 'binary' ? 'multi_hot' : modernOption(name, value),
  ]);
  const { axis, ...rest } = Object.fromEntries(options) as Config;
  const isList = plain === 'BatchNormalization' && Array.isArray(axis) && axis.length === 1;
  const own = axis === undefined ? rest : { ...rest, axis: isList ? (axis as unknown[])[0] : axis };
  return { ...layer, class_name: RENAMED.get(plain) ?? plain, config: own };
}

function isGone(className: string, name: string, value: unknown): boolean {
  if (name === 'name' && value === '') return true;
  return isFalsy(value) && (getValue(GONE, className) ?? []).includes(name);
}

function optionName(className: string, name: string): string {
  return getValue(OPTIONS[className] ?? {}, name) ?? name;
}

function modernOption(name: string, value: unknown): unknown {
  if (name === 'activation') {
    // As TensorFlow.js calls it.
    if (value === 'gelu_new') return { class_name: 'gelu', config: { approximate: true } };
    if (typeof value === 'string') return value.replace(/_v2$/, '');
    return isEntry(value) ? modernEntry(value) : value;
  }
  // A generator of random numbers has no more than its seed.
  if (name === 'seed' && isEntry(value)) return value.config.seed;
  return name === 'dtype' || !isEntry(value) ? value : withoutIdle(value);
}

/** An initializer, a regularizer, a constraint or whatever else an argument may be. */
export function withoutIdle(entry: Entry): Entry {
  const config = Object.entries(entry.config).filter(([name]) => !IDLE.has(name));
  const inner = config.map(([name, value]) => [name, modernOption(name, value)]);
  return { ...entry, class_name: entry.class_name.replace(/V[12]$/, ''), config: Object.fromEntries(inner) };
}
