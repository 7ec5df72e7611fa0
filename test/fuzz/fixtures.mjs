// Sound files of every kind that is read: some of Keras and other tools, some of this library.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from '@zip.js/zip.js';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { build } from 'esbuild';
import * as gemsbok from 'gemsbok';

const { Concatenate, Dense, Embedding, Flatten, Input, Model, npyBytes, Sequential } = gemsbok;

export const folder = mkdtempSync(join(tmpdir(), 'gemsbok-fuzz-files-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const given = new URL('../fixtures/', import.meta.url);

function models() {
  // The same files in each run.
  gemsbok.setRandomSeed(1);
  const dense = new Sequential([
    new Input({ shape: [3] }),
    new Dense({ units: 4, activation: 'relu', kernelRegularizer: 'l2' }),
    new gemsbok.BatchNormalization(),
    new gemsbok.Dropout({ rate: 0.5 }),
    new Dense({ units: 2, activation: 'softmax' }),
  ]);
  dense.compile({ optimizer: 'adam', loss: 'categorical_crossentropy', metrics: ['accuracy', new gemsbok.AUC()] });
  const left = new Input({ shape: [3], name: 'left' });
  const right = new Input({ shape: [2], name: 'right' });
  const words = new Flatten().apply(new Embedding({ inputDim: 9, outputDim: 2 }).apply(right));
  const joined = new Concatenate().apply([left, words]);
  const graph = new Model({ inputs: [left, right], outputs: [new Dense({ units: 1 }).apply(joined), joined] });
  graph.compile({ optimizer: new gemsbok.SGD({ momentum: 0.9 }), loss: ['mse', null] });
  const base = new Sequential([new Input({ shape: [3] }), new Dense({ units: 4 })]);
  const shared = new Input({ shape: [3] });
  const nested = new Model({
    inputs: shared,
    outputs: new gemsbok.Add().apply([base.apply(shared), base.apply(shared)]),
  });
  nested.compile({ optimizer: 'adam', loss: 'mse' });
  return [dense, graph, new Sequential([nested, new Dense({ units: 1 })])];
}

const read = (where) =>
  readdirSync(where, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, bytes: readFileSync(new URL(name, where)) }));

/** Files as each age of Keras wrote them, of the tests' own writer. */
async function ages() {
  const cases = new URL('../files_ages.cases.ts', import.meta.url);
  // Beside the modules that it imports.
  const outfile = fileURLToPath(new URL(`../../build/files_ages.${process.pid}.mjs`, import.meta.url));
  await build({ entryPoints: [fileURLToPath(cases)], outfile, bundle: true, packages: 'external', format: 'esm' });
  try {
    const { AGES } = await import(pathToFileURL(outfile));
    const files = await Promise.all(AGES.map(({ file }) => file()));
    return files.map((bytes, i) => ({
      name: `age${i}.${bytes[0] === 0x50 ? 'keras' : 'h5'}`,
      bytes: Buffer.from(bytes),
    }));
  } finally {
    rmSync(outfile);
  }
}

/** Files of weights, each with a model that takes it whole. */
async function weightFiles(own, files) {
  const pairs = files.map(async ({ name, bytes }, i) => {
    const path = join(folder, `${i}${name}`);
    writeFileSync(path, bytes);
    const ofOwn = own.find((_, at) => name === `own${at}.weights.h5`);
    const taker = ofOwn ?? (/weights/.test(name) ? own[0] : await gemsbok.loadModel(path, { compile: false }));
    return { name, bytes, taker };
  });
  return Promise.all(pairs);
}

async function modelFiles(own) {
  for (const [i, model] of own.entries()) {
    for (const ending of ['keras', 'h5']) await model.save(join(folder, `own${i}.${ending}`));
    await model.saveWeights(join(folder, `own${i}.weights.h5`));
  }
  const all = [
    ...read(new URL('keras/', given)),
    ...readdirSync(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) })),
    ...(await ages()),
  ];
  return all.filter(({ name }) => /\.(keras|h5)$/.test(name));
}

/** The files of a model of TensorFlow.js. */
const tfjsFiles = (folder) => {
  const where = new URL(`tfjs/${folder}/`, given);
  return Object.fromEntries(read(where).map(({ name, bytes }) => [name, bytes]));
};

/** What has no files of its own among the fixtures, or is seldom hit within all of a file's bytes. */
async function bytesOf(own, format) {
  const models = await Promise.all(own.map((model) => model.toBytes(format).catch(() => null)));
  return models.filter((bytes) => bytes !== null);
}

export async function entriesOf(bytes) {
  const reader = new ZipReader(new Uint8ArrayReader(bytes));
  const entries = await reader.getEntries();
  return Promise.all(
    entries.map(async (entry) => ({
      name: entry.filename,
      bytes: Buffer.from(await entry.getData(new Uint8ArrayWriter())),
    })),
  );
}

export async function zipOf(entries, level = 0) {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { level });
  for (const { name, bytes } of entries) await writer.add(name, new Uint8ArrayReader(bytes));
  return Buffer.from(await writer.close());
}

function tables() {
  const table = tableFromArrays({
    a: Float32Array.from({ length: 20 }, (_, i) => i / 2),
    b: Int32Array.from({ length: 20 }, (_, i) => i),
    kind: Array.from({ length: 20 }, (_, i) => 'xyz'[i % 3]),
  });
  return ['file', 'stream'].map((form) => ({ name: `${form}.arrow`, bytes: Buffer.from(tableToIPC(table, form)) }));
}

const CSV = [
  `a,b,kind\n${Array.from({ length: 30 }, (_, i) => `${i / 3},${-i},${'xyz'[i % 3]}`).join('\n')}\n`,
  '"a","b ""quoted""",kind\r\n1,2,"x\ny"\r\n3e5,,z\r\n',
  'a\n1\n2\nNA\n',
].map((text, i) => ({ name: `${i}.csv`, bytes: Buffer.from(text) }));

const numbers = Float32Array.from({ length: 12 }, (_, i) => i);

function arrays() {
  const of = [gemsbok.tensor(numbers, { shape: [3, 4] }), gemsbok.tensor(new Uint8Array(5)), gemsbok.tensor(7)];
  return of.map((tensor, i) => ({ name: `${i}.npy`, bytes: Buffer.from(npyBytes(tensor)) }));
}

function idx(...shape) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return gzipSync(Buffer.concat([header, Buffer.alloc(shape.reduce((a, b) => a * b))]), { level: 9 });
}

/** Files as the packages of MNIST have them, of zeros. */
const IMAGES = [
  { name: 'train-images-idx3-ubyte.gz', bytes: idx(60_000, 28, 28) },
  { name: 'train-labels-idx1-ubyte.gz', bytes: idx(60_000) },
  { name: 't10k-images-idx3-ubyte.gz', bytes: idx(10_000, 28, 28) },
  { name: 't10k-labels-idx1-ubyte.gz', bytes: idx(10_000) },
];

export async function fixtures() {
  const own = models();
  const files = await modelFiles(own);
  return {
    model: files.filter(({ name }) => !/weights/.test(name)),
    weights: await weightFiles(own, files),
    archive: await Promise.all(files.filter(({ name }) => /keras$/.test(name)).map(({ bytes }) => entriesOf(bytes))),
    safetensors: await bytesOf(own, 'safetensors'),
    tfjs: [...(await bytesOf(own, 'tfjs')), tfjsFiles('graph'), tfjsFiles('sequential')],
    onnx: [
      ...(await bytesOf(own, 'onnx')),
      ...read(new URL('onnx/', given)).flatMap(({ name, bytes }) => (name.endsWith('.onnx') ? [bytes] : [])),
    ],
    csv: CSV,
    arrow: tables(),
    parquet: read(given).filter(({ name }) => name.endsWith('.parquet')),
    npy: arrays(),
    images: IMAGES,
    config: own.map((model) => JSON.parse(JSON.stringify(model))),
  };
}
