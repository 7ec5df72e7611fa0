// Writes files in the layouts of Keras, as its versions did: HDF5 by h5wasm, archives by zip.js.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

type Nested = number | readonly Nested[];
/** Arrays by their names, or paths. */
export type Arrays = Readonly<Record<string, Nested>>;

export interface LegacyFile {
  readonly version: string;
  /** Without it, weights alone at the root. */
  readonly model?: unknown;
  readonly training?: unknown;
  readonly layers: readonly (readonly [name: string, weights: Arrays])[];
  /** Names in one attribute. */
  readonly most?: number;
}

export interface ArchiveFile {
  readonly version: string;
  readonly config: unknown;
  /** Where a path has a `\`, it is part of a name. */
  readonly variables: Arrays;
}

type Library = Awaited<ReturnType<typeof load>>;
type File = InstanceType<Library['File']>;
type Group = InstanceType<Library['Group']>;

const load = () => import('h5wasm/node');

async function hdf5(write: (file: File) => void): Promise<Uint8Array> {
  const { File, ready } = await load();
  await ready;
  const folder = mkdtempSync(join(tmpdir(), 'gemsbok-h5-'));
  const path = join(folder, 'file.h5');
  try {
    const file = new File(path, 'w', { libver: ['earliest', 'latest'] } as never);
    write(file);
    file.close();
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function flatten(value: Nested): readonly number[] {
  return typeof value === 'number' ? [value] : value.flatMap(flatten);
}

function put(root: Group, path: string, value: Nested): void {
  const places = path.split('/').filter(Boolean);
  const name = places.pop() ?? '';
  let group = root;
  for (const place of places) {
    group = group.keys().includes(place) ? (group.get(place) as Group) : group.create_group(place);
  }
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  const data = Float32Array.from(flatten(value));
  group.create_dataset({ name, data, shape, dtype: '<f4' });
}

/** In one attribute, or where there are more than `most` in several that are numbered. */
function putNames(group: Group, key: string, names: readonly string[], most: number): void {
  const parts = Math.max(1, Math.ceil(names.length / most));
  for (let i = 0; i < parts; i++) {
    const part = names.slice(i * most, (i + 1) * most);
    group.create_attribute(parts === 1 ? key : `${key}${i}`, part, [part.length], 'S');
  }
}

/** The `.h5` of Keras 2. */
export function legacyBytes(given: LegacyFile): Promise<Uint8Array> {
  const { version, model, training, layers, most = 1000 } = given;
  return hdf5((file) => {
    const root = model === undefined ? file : file.create_group('model_weights');
    const texts = model === undefined ? {} : { keras_version: version, backend: 'tensorflow', model_config: model };
    for (const [name, value] of Object.entries({
      ...texts,
      ...(training !== undefined && { training_config: training }),
    })) {
      file.create_attribute(name, typeof value === 'string' ? value : JSON.stringify(value), [], 'S');
    }
    putNames(
      root,
      'layer_names',
      layers.map(([name]) => name),
      most,
    );
    for (const [name, weights] of layers) {
      const group = root.create_group(name);
      putNames(group, 'weight_names', Object.keys(weights), most);
      for (const [path, value] of Object.entries(weights)) put(group, path, value);
    }
  });
}

/** The `.keras` of Keras 2.12 and later. */
export async function archiveBytes({ version, config, variables }: ArchiveFile): Promise<Uint8Array> {
  const weights = await hdf5((file) => {
    for (const [path, value] of Object.entries(variables)) put(file, path, value);
  });
  return zipBytes([
    ['metadata.json', JSON.stringify({ keras_version: version })],
    ['config.json', JSON.stringify(config)],
    ['model.weights.h5', weights],
  ]);
}

export async function zipBytes(
  entries: readonly (readonly [name: string, data: string | Uint8Array])[],
  level = 0,
): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { level });
  for (const [name, data] of entries) {
    await writer.add(name, typeof data === 'string' ? new TextReader(data) : new Uint8ArrayReader(data));
  }
  return writer.close();
}
