// Files: damaged and hostile ones through every reader. Each is read whole or refused in our words.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as gemsbok from 'gemsbok';
import { fixtures, folder, zipOf } from './fixtures.mjs';
import { damaged, misshapen, misspelt } from './mutate.mjs';
import { Random } from './random.mjs';

// A table whose columns repeat one value has any number of rows in few bytes.
const MOST_ROWS = 100_000;

let sound;
let written = 0;

/** The bytes as a path or as they are, and what to do when they were read. */
async function withSource(random, bytes, name, use) {
  if (random.chance(0.5)) return use(new Uint8Array(bytes));
  const path = join(folder, `${written++}-${name}`);
  writeFileSync(path, bytes);
  await use(path);
  rmSync(path, { force: true });
}

async function atPath(name, bytes, use) {
  const path = join(folder, `${written++}-${name}`);
  writeFileSync(path, bytes);
  await use(path);
  rmSync(path, { force: true });
}

function damagedOf(random, files) {
  const given = random.pick(files);
  if (random.chance(0.01)) return given;
  return { ...given, bytes: damaged(random, given.bytes, random.pick(files).bytes) };
}

/** A model that came of a file: it predicts what it says. */
function checkModel(judge, model) {
  const { inputShape } = model;
  if (inputShape === null) return;
  const shapes = Array.isArray(inputShape[0]) ? inputShape : [inputShape];
  const zeros = shapes.map(([, ...shape]) => {
    const all = [1, ...shape];
    return { data: new Float32Array(all.reduce((a, b) => a * b)), shape: all };
  });
  const predicted = judge.call('predict of a file', () => model.predictSync(zeros.length === 1 ? zeros[0] : zeros));
  for (const { data, shape } of [predicted ?? []].flat()) {
    judge.expect(data.length === shape.reduce((a, b) => a * b, 1), `predicts ${data.length} numbers of shape ${shape}`);
  }
}

async function loadBytes(judge, source) {
  const model = await judge.settle('loadModel of bytes', () => gemsbok.loadModel(source));
  if (model !== undefined) checkModel(judge, model);
}

/** JSON as a file has it, its tree or its text changed. */
function changedJson(random, text) {
  const tree = () => JSON.stringify(misshapen(random, JSON.parse(text)));
  return Buffer.from(random.chance(0.7) ? tree() : misspelt(random, text));
}

async function loadModel(judge, name, bytes, options = {}) {
  await atPath(name, bytes, async (path) => {
    const model = await judge.settle('loadModel', () => gemsbok.loadModel(path, options));
    if (model !== undefined) checkModel(judge, model);
  });
}

async function readTable(judge, what, read) {
  const table = await judge.settle(what, read);
  if (table === undefined) return;
  await judge.settle(`${what}: rows`, async () => {
    let rows = 0;
    for await (const { x } of table) {
      judge.expect(
        x.length === table.features.length,
        `${what}: a row of ${x.length} for ${table.features.length} columns`,
      );
      if (++rows === MOST_ROWS) break;
    }
    return rows;
  });
}

function tableOptions(random) {
  const columns = { kind: 'category' };
  return random.pick([
    {},
    {},
    { columns },
    { columns, missing: 'skip' },
    { missing: 0 },
    { target: 'kind', columns },
    { features: ['a'] },
  ]);
}

const READERS = {
  async model(random, judge) {
    const { name, bytes } = damagedOf(random, sound.model);
    await loadModel(judge, name, bytes, random.pick([{}, { compile: false }]));
  },
  async weights(random, judge) {
    const { name, bytes, taker } = damagedOf(random, sound.weights);
    const model = random.chance(0.8) ? taker : random.pick(sound.weights).taker;
    await atPath(name, bytes, (path) => judge.settle('loadWeights', () => model.loadWeights(path)));
    judge.expect(
      model.getWeights().every(({ data }) => data.length > 0),
      'loadWeights leaves weights without numbers',
    );
  },
  /** Archives whose checksums are right. */
  async archive(random, judge) {
    const entries = random.pick(sound.archive);
    const at = random.integer(0, entries.length - 1);
    const changed = entries.map(({ name, bytes }, i) => {
      if (i !== at) return { name, bytes };
      const isJson = name.endsWith('.json');
      return { name, bytes: isJson ? changedJson(random, bytes.toString()) : damaged(random, bytes, bytes) };
    });
    if (random.chance(0.05)) changed.splice(at, 1);
    if (random.chance(0.05)) changed[0].name = random.pick(['../config.json', '/etc/x', 'config.json/', '__proto__']);
    await loadModel(judge, 'archive.keras', await zipOf(changed));
  },
  async safetensors(random, judge) {
    const bytes = Buffer.from(random.pick(sound.safetensors));
    if (random.chance(0.2)) return loadBytes(judge, damaged(random, bytes, bytes));
    const end = 8 + Number(bytes.readBigUInt64LE());
    const header = changedJson(random, bytes.subarray(8, end).toString());
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await loadBytes(judge, Buffer.concat([length, header, bytes.subarray(end)]));
  },
  async tfjs(random, judge) {
    const files = { ...random.pick(sound.tfjs) };
    const name = random.chance(0.8) ? 'model.json' : random.pick(Object.keys(files));
    const bytes = Buffer.from(files[name]);
    files[name] = name === 'model.json' ? changedJson(random, bytes.toString()) : damaged(random, bytes, bytes);
    await loadBytes(judge, files);
  },
  /** Most damage ends the reading of protocol buffers: a few bytes with other values leave the graph to be read. */
  async onnx(random, judge) {
    if (random.chance(0.7)) {
      const bytes = Buffer.from(random.pick(sound.onnx));
      for (let i = random.integer(1, 3); i > 0; i--)
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      return loadBytes(judge, bytes);
    }
    await loadBytes(judge, damaged(random, Buffer.from(random.pick(sound.onnx)), Buffer.from(random.pick(sound.onnx))));
  },
  /** A table in the file of HDF5 is hit seldom by chance. */
  async config(random, judge) {
    const { class_name: name, config, compile_config: compiled } = misshapen(random, random.pick(sound.config));
    const type = name === 'Sequential' ? gemsbok.Sequential : gemsbok.Model;
    const model = judge.call('fromConfig', () => type.fromConfig(config));
    if (model !== undefined) checkModel(judge, model);
    for (const layer of Array.isArray(config?.layers) ? config.layers : []) {
      judge.call('deserialize a layer', () => gemsbok.layers.deserialize(layer));
    }
    judge.call('deserialize an optimizer', () => gemsbok.optimizers.deserialize(compiled?.optimizer));
    judge.call('deserialize a loss', () => gemsbok.losses.deserialize(compiled?.loss));
    judge.call('deserialize a metric', () => gemsbok.metrics.deserialize(compiled?.metrics?.[1]));
  },
  async csv(random, judge) {
    const { name, bytes } = random.pick(sound.csv);
    const given = random.chance(0.5) ? Buffer.from(misspelt(random, bytes.toString())) : damaged(random, bytes, bytes);
    const options = {
      ...tableOptions(random),
      ...(random.chance(0.1) && { delimiter: random.pick([';', '\t', '\n', '"', 'ab']) }),
    };
    await withSource(random, given, name, (source) =>
      readTable(judge, 'readCsv', () => gemsbok.readCsv(typeof source === 'string' ? source : () => [source], options)),
    );
  },
  async arrow(random, judge) {
    const { name, bytes } = damagedOf(random, sound.arrow);
    const options = tableOptions(random);
    await withSource(random, bytes, name, (source) =>
      readTable(judge, 'readArrow', () => gemsbok.readArrow(source, options)),
    );
  },
  async parquet(random, judge) {
    const { name, bytes } = damagedOf(random, sound.parquet);
    const options = tableOptions(random);
    await withSource(random, bytes, name, (source) =>
      readTable(judge, 'readParquet', () => gemsbok.readParquet(source, options)),
    );
  },
  async npy(random, judge) {
    const { name, bytes } = random.pick(sound.npy);
    const text = () => Buffer.from(misspelt(random, bytes.toString('latin1')), 'latin1');
    const given = random.chance(0.5) ? text() : damaged(random, bytes, bytes);
    await withSource(random, given, name, async (source) => {
      const tensor = await judge.settle('readNpy', () => gemsbok.readNpy(source));
      if (tensor === undefined) return;
      const { data, shape } = tensor;
      judge.expect(
        data.length === shape.reduce((a, b) => a * b, 1),
        `readNpy: ${data.length} numbers of shape ${shape}`,
      );
    });
  },
  async images(random, judge) {
    const at = random.integer(0, sound.images.length - 1);
    const place = join(folder, `images${written++}`);
    mkdirSync(place);
    for (const [i, { name, bytes }] of sound.images.entries()) {
      const inside = () => gzipSync(damaged(random, gunzipSync(bytes), bytes), { level: 1 });
      writeFileSync(
        join(place, name),
        i !== at ? bytes : random.chance(0.5) ? damaged(random, bytes, bytes) : inside(),
      );
    }
    await judge.settle('mnist', () => gemsbok.datasets.mnist.loadData({ path: place }));
    rmSync(place, { recursive: true });
  },
};

// How often each is read: by what it costs, and how much there is to go wrong.
const SHARES = {
  ...{ model: 5, weights: 4, archive: 6, config: 22, safetensors: 5, tfjs: 5, onnx: 10 },
  ...{ csv: 16, arrow: 15, parquet: 15, npy: 16, images: 0.1 },
};
const only = (process.env.FUZZ_ONLY ?? '').split(',').filter((kind) => kind !== '');
const unknown = only.find((kind) => !Object.hasOwn(SHARES, kind));
if (unknown !== undefined)
  throw new RangeError(`Expected kinds among ${Object.keys(SHARES)} for --only, received ${unknown}.`);
const KINDS = Object.keys(SHARES).filter((kind) => only.length === 0 || only.includes(kind));
const ALL = KINDS.reduce((sum, kind) => sum + SHARES[kind], 0);
// So many seeds go to the same reader, as the thread that reads loads the library of a format when it meets the first file.
const BLOCK = 40;

function kindOf(seed) {
  let left = new Random(Math.floor(seed / BLOCK)).next() * ALL;
  return KINDS.find((kind) => {
    left -= SHARES[kind];
    return left < 0;
  });
}

export const subject = {
  limits: { stillSeconds: 2, waitSeconds: 60, programSeconds: 120, megabytes: 2500 },

  async begin() {
    sound = await fixtures();
  },

  run: (random, judge, seed) => READERS[kindOf(seed)](random, judge),
};
