import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkOneOf, checkPath, elementAt } from '../../check';
import { epsilon } from '../../epsilon';
import { invalidArgument, onFile } from '../../errors';
import { writeAtomically } from '../../files/atomic_file';
import { runJob } from '../../files/pool';
import { checkBytes } from '../../files/stream';
import type { FileArray } from '../../files/tree';
import type { Config, Serialized } from '../../identifiers';
import type { Layer } from '../../layers';
import { atomically } from '../../layers/variable';
import type { LayoutOptions } from '../../model_options';
import { allLayers } from '../../nesting';
import type { BytesOf, Format, FormatName } from '../../saving/format';
import { endingsOf, FORMAT_NAMES, formatNamed, formatOfPath } from '../../saving/formats';
import { jsonText } from '../../saving/json_text';
import type { LayerState, ModelState } from '../../saving/model_state';
import type { Layout } from '../../saving/named_weights';
import { placesOf } from '../../saving/places';
import type { Compilation } from '../compile/compilation';
import type { Topology } from '../graph/topology';
import { checkLayout } from './layout';

/** The parts of a model that are saved. */
export interface Saved {
  readonly name: string;
  readonly topology: Topology;
  readonly compilation: Compilation | null;
}

/** Writes a model; the ending of the path tells the format. What is written is the model of the moment of the call. */
export async function saveModel(model: Saved, path: string, config: () => Serialized & Config): Promise<void> {
  const target = targetAt(path, 'model', 'Weights alone are written by `saveWeights`.');
  await write(target, await encoded(model, target, jsonText(config()), 'keras'));
}

/** Writes the weights, and the optimizer state where the format has it. */
export async function saveWeights(model: Saved, path: string, options: LayoutOptions): Promise<void> {
  const target = targetAt(path, 'weights', '');
  await write(target, await encoded(model, target, '', checkLayout(options, target.format.name)));
}

/** The file as bytes. */
export async function modelBytes<F extends FormatName>(
  model: Saved,
  name: F,
  config: () => Serialized & Config,
  options: LayoutOptions,
): Promise<BytesOf<F>> {
  const format = formatNamed(checkOneOf(name, 'format', FORMAT_NAMES));
  const text = format.holds === 'model' ? jsonText(config()) : '';
  const target = { format, path: IN_MEMORY };
  const files = await encoded(model, target, text, checkLayout(options, format.name));
  const given = format.name === 'tfjs' ? Object.fromEntries(files) : files.get(IN_MEMORY);
  return given as BytesOf<F>;
}

const IN_MEMORY = 'model.json';

/** Where a model is written to. */
interface Target {
  readonly format: Format;
  readonly path: string;
}

function targetAt(path: string, holds: Format['holds'], fix: string): Target {
  const text = checkPath(path, 'path');
  const format = formatOfPath(text, holds);
  if (format === undefined) throw invalidArgument('path', `a path that ends in ${endingsOf(holds)}`, path, fix);
  return { format, path: text };
}

/** A model of several files has a folder of its own, which is made; the file that names the others comes last. */
async function write({ path }: Target, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  if (files.size > 1) await onFile(path, () => mkdir(dirname(path), { recursive: true }));
  for (const [name, bytes] of files) await writeAtomically(join(dirname(path), name), [bytes]);
}

/** All files of a model, by name. */
async function encoded(
  model: Saved,
  { format, path }: Target,
  config: string,
  layout: Layout,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const state = atomically(model.topology.variables, () => stateOf(model, config));
  const moved = arraysOf(state).map(({ data }) => data.buffer as ArrayBuffer);
  checkBytes(
    moved.reduce((sum, { byteLength }) => sum + byteLength, 0),
    `\`${path}\``,
  );
  const input = { format: format.name, model: state, name: basename(path), layout };
  return runJob('encodeModel', input, { subject: null, moved: [...new Set(moved)] });
}

function stateOf({ name, topology, compilation }: Saved, config: string): ModelState {
  if (topology.inputShapes === null) {
    process.emitWarning(`The model \`${name}\` is saved without weights, as it is not built. Begin it with an Input.`);
  }
  const { optimizer } = compilation ?? {};
  const own = optimizer === undefined ? null : { name: optimizer.name, weights: optimizer.getWeights() };
  return { name, config, layers: layerStates(topology.layers), epsilon: epsilon(), optimizer: own };
}

/** A layer that stands in several places has one state. */
export function layerStates(layers: readonly Layer[]): LayerState[] {
  const states = new Map<Layer, LayerState>();
  const stateOfLayer = (layer: Layer): LayerState => {
    const { name, className, trainable, ownVariables, parts } = layer;
    const known = states.get(layer);
    if (known !== undefined) return known;
    const places = placesOf(layer);
    const weights = ownVariables.map(({ trainable, value: { data, shape }, stored }, i) => {
      return { ...elementAt(places, i), trainable, shape, data: stored === 'int32' ? Int32Array.from(data) : data };
    });
    const state = { name, className, trainable, weights, parts: parts.map(stateOfLayer) };
    states.set(layer, state);
    return state;
  };
  return layers.map(stateOfLayer);
}

function arraysOf({ layers, optimizer }: ModelState): FileArray[] {
  return [...allLayers(layers).flatMap(({ weights }) => weights), ...(optimizer?.weights ?? [])];
}
