import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchNormalization, Dense, Embedding, Flatten, Input, loadModel, Sequential } from 'gemsbok';
import t from 'tap';
import { MODELS } from './files.cases';
import { float32, readSafetensors, type StoredBytes, safetensorsBytes } from './helpers/safetensors';
import { scratch } from './helpers/scratch';
import { bits } from './models.cases';

const folder = scratch();

const mlp = (first = 'a', second = 'b'): Sequential =>
  new Sequential([
    new Input({ shape: [3] }),
    new Dense({ units: 2, activation: 'relu', name: first }),
    new Dense({ units: 1, name: second }),
  ]);

/** `nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))`: kernels are [outputs, inputs]. */
const TORCH = {
  'layers.0.bias': float32([2], [0.5, -1]),
  'layers.0.weight': float32([2, 3], [1, 2, 3, 4, 5, 6]),
  'layers.2.bias': float32([1], [0.25]),
  'layers.2.weight': float32([1, 2], [2, -3]),
};
const arraysOf = (model: Sequential): unknown => model.getWeights().map((one) => one.toArray());
const AS_KERAS = [
  [
    [1, 4],
    [2, 5],
    [3, 6],
  ],
  [0.5, -1],
  [[2], [-3]],
  [0.25],
];

t.test('weights of PyTorch are turned where that is told', async (t) => {
  const model = mlp();
  await model.loadWeights(safetensorsBytes(TORCH), { layout: 'torch' });
  t.strictSame(arraysOf(model), AS_KERAS);
  // relu([1, 0, -1] W + b) = [0, 0], then [1, 1, 1] gives [6.5, 14].
  t.strictSame(
    model
      .predictSync([
        [1, 0, -1],
        [1, 1, 1],
      ])
      .toArray(),
    [[0.25], [2 * 6.5 - 3 * 14 + 0.25]],
  );
  const shape = { code: 'ERR_SHAPE_MISMATCH', message: /layout/ };
  await t.rejects(mlp().loadWeights(safetensorsBytes(TORCH)), shape, 'not told');
});

t.test('layers are found by their names, else by the numbers in them', async (t) => {
  const {
    'layers.0.weight': kernel0,
    'layers.0.bias': bias0,
    'layers.2.weight': kernel2,
    'layers.2.bias': bias2,
  } = TORCH;
  const named = (first: string, second: string) => ({
    ...{ [`${second}.bias`]: bias2, [`${second}.weight`]: kernel2 },
    ...{ [`${first}.weight`]: kernel0, [`${first}.bias`]: bias0 },
  });
  for (const [first, second, model] of [
    ['fc.9', 'fc.10', mlp()],
    ['fc9', 'fc10', mlp()],
    ['0', '2', mlp()],
    ['zebra', 'ape', mlp('zebra', 'ape')],
    ['net.zebra', 'net.ape', mlp('zebra', 'ape')],
  ] as const) {
    await model.loadWeights(safetensorsBytes(named(first, second)), { layout: 'torch' });
    t.strictSame(arraysOf(model), AS_KERAS, `${first}, ${second}`);
  }
  const missing = { code: 'ERR_SHAPE_MISMATCH', message: /2 layers with weights \(a, b\).*1 \(x\)/ };
  await t.rejects(mlp().loadWeights(safetensorsBytes({ 'x.weight': kernel0 }), { layout: 'torch' }), missing);
});

t.test('what PyTorch calls otherwise', async (t) => {
  const model = new Sequential([
    new Input({ shape: [2] }),
    new Embedding({ inputDim: 3, outputDim: 2 }),
    new Flatten(),
    new BatchNormalization(),
  ]);
  await model.loadWeights(
    safetensorsBytes({
      '0.weight': float32([3, 2], [1, 2, 3, 4, 5, 6]),
      '2.bias': float32([4], [5, 6, 7, 8]),
      '2.num_batches_tracked': { dtype: 'I64', shape: [], bytes: new Uint8Array(8) },
      '2.running_mean': float32([4], [9, 10, 11, 12]),
      '2.running_var': float32([4], [13, 14, 15, 16]),
      '2.weight': float32([4], [1, 2, 3, 4]),
    }),
    { layout: 'torch' },
  );
  const [table, gamma, beta, mean, variance] = model.getWeights().map(({ data }) => [...data]);
  t.strictSame(table, [1, 2, 3, 4, 5, 6], 'tables are not turned');
  t.strictSame(
    [gamma, beta, mean, variance],
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
      [13, 14, 15, 16],
    ],
  );
});

const bytesOf = (array: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(array.buffer);
/** 1, -2 and 0.5 in each type, or what it makes of them. */
const DTYPES: readonly (readonly [dtype: string, bytes: Uint8Array, values: readonly number[]])[] = [
  ['F64', bytesOf(Float64Array.of(1, -2, 0.5)), [1, -2, 0.5]],
  ['F16', bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x3800)), [1, -2, 0.5]],
  ['F16', bytesOf(Uint16Array.of(0x0001, 0x7bff, 0x8400)), [2 ** -24, 65504, -(2 ** -14)]],
  ['BF16', bytesOf(Uint16Array.of(0x3f80, 0xc000, 0x3f00)), [1, -2, 0.5]],
  ['I64', bytesOf(BigInt64Array.of(1n, -2n, 3n)), [1, -2, 3]],
  ['U64', bytesOf(BigUint64Array.of(1n, 2n, 3n)), [1, 2, 3]],
  ['I32', bytesOf(Int32Array.of(1, -2, 3)), [1, -2, 3]],
  ['U32', bytesOf(Uint32Array.of(1, 2, 2 ** 31)), [1, 2, 2 ** 31]],
  ['I16', bytesOf(Int16Array.of(1, -2, 3)), [1, -2, 3]],
  ['U16', bytesOf(Uint16Array.of(1, 2, 65535)), [1, 2, 65535]],
  ['I8', bytesOf(Int8Array.of(1, -2, 3)), [1, -2, 3]],
  ['U8', bytesOf(Uint8Array.of(1, 2, 255)), [1, 2, 255]],
  ['BOOL', bytesOf(Uint8Array.of(1, 0, 1)), [1, 0, 1]],
];

t.test('numbers of every type', async (t) => {
  for (const [dtype, bytes, values] of DTYPES) {
    const model = new Sequential([new Input({ shape: [3] }), new Dense({ units: 1, useBias: false })]);
    await model.loadWeights(safetensorsBytes({ 'dense.kernel': { dtype, shape: [3, 1], bytes } }));
    t.strictSame([...(model.getWeights()[0]?.data ?? [])], values, dtype);
  }
});

const one = (entry: object): ((header: Record<string, unknown>) => unknown) => {
  return (header) => ({ ...header, 'layers.0.weight': { ...(header['layers.0.weight'] as object), ...entry } });
};
const WRONG: Readonly<Record<string, (header: Record<string, unknown>) => unknown>> = {
  'a gap': one({ data_offsets: [9, 33] }),
  'an overlap': one({ data_offsets: [4, 28] }),
  'an end behind the file': one({ data_offsets: [8, 2 ** 40] }),
  'an end before the beginning': one({ data_offsets: [32, 8] }),
  'a shape of another size': one({ shape: [2, 4] }),
  'a shape without bounds': one({ shape: [2 ** 52, 2 ** 52] }),
  'a negative axis': one({ shape: [-2, -3] }),
  'an axis that is none': one({ shape: [1.5, 4] }),
  'a fraction of a byte': one({ data_offsets: [8.5, 32.5] }),
  'no shape': one({ shape: null }),
  'a number for an entry': (header) => ({ ...header, 'layers.0.weight': 5 }),
  'nothing for an entry': (header) => ({ ...header, 'layers.0.weight': null }),
  'bytes without a name': ({ 'layers.0.weight': _, ...rest }) => rest,
  'metadata that is no text': (header) => ({ ...header, __metadata__: { format: 5 } }),
  'a list of metadata': (header) => ({ ...header, __metadata__: ['pt'] }),
  'a list for a header': () => '[{"a":1}]',
  'a header that ends early': () => '{"layers.0.bias":{"dtype":',
};

t.test('damaged files are refused', async (t) => {
  const refused = async (bytes: Uint8Array, code: string, what: string): Promise<void> => {
    const model = mlp();
    const before = bits(model);
    await t.rejects(model.loadWeights(bytes, { layout: 'torch' }), { code }, what);
    t.strictSame(bits(model), before, `${what}: nothing changes`);
  };
  for (const [what, change] of Object.entries(WRONG)) {
    await refused(safetensorsBytes(TORCH, change), 'ERR_CORRUPT_FILE', what);
  }
  await refused(safetensorsBytes(TORCH, one({ dtype: 'F8_E4M3' })), 'ERR_UNSUPPORTED', 'another type');
  const sound = safetensorsBytes(TORCH);
  for (const end of [9, 100, sound.length - 1])
    await refused(sound.subarray(0, end), 'ERR_CORRUPT_FILE', `${end} bytes`);
  await refused(Buffer.concat([sound, Buffer.of(0)]), 'ERR_CORRUPT_FILE', 'a byte more');
  const long = Buffer.from(sound);
  long.writeBigUInt64LE(2n ** 39n);
  await refused(long, 'ERR_CORRUPT_FILE', 'a header longer than the file');
});

t.test('what is written says where each array is', async (t) => {
  const model = mlp();
  await model.loadWeights(safetensorsBytes(TORCH), { layout: 'torch' });
  const path = join(folder, 'w.safetensors');
  await model.saveWeights(path, { layout: 'torch' });
  const { header, body } = readSafetensors(readFileSync(path));
  t.match(header['a.weight'], { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
  t.strictSame([...new Float32Array(body.slice(0, 24).buffer)], [1, 2, 3, 4, 5, 6], 'turned as nn.Linear has it');
  t.strictSame(Object.keys(header), ['__metadata__', 'a.weight', 'a.bias', 'b.weight', 'b.bias']);
  t.equal((readFileSync(path).length - body.length) % 8, 0, 'numbers are aligned');
  const plain = readSafetensors(await model.toBytes('weights.safetensors'));
  t.match(plain.header['a.kernel'], { dtype: 'F32', shape: [3, 2], data_offsets: [0, 24] });
  t.strictSame([...new Float32Array(plain.body.slice(0, 24).buffer)], [1, 4, 2, 5, 3, 6]);
});

t.test('a length of the header may look like the start of another file', async (t) => {
  // Of a pickle, of gzip, of ONNX.
  for (const length of [0x280, 0x8b1f, 0x1208]) {
    const padded = (header: Record<string, unknown>): string => JSON.stringify(header).padEnd(length);
    const model = mlp();
    await model.loadWeights(safetensorsBytes(TORCH, padded), { layout: 'torch' });
    t.strictSame(arraysOf(model), AS_KERAS, `${length}`);
  }
});

t.test('all models come back as they were', async (t) => {
  for (const { what: name, make } of MODELS) {
    const model = make() as Sequential;
    const path = join(folder, 'model.safetensors');
    await model.save(path);
    const loaded = (await loadModel(path)) as Sequential;
    t.strictSame(bits(loaded), bits(model), name);
    t.strictSame(loaded.getConfig(), model.getConfig(), name);
    for (const layout of ['keras', 'torch'] as const) {
      const other = make() as Sequential;
      await other.loadWeights(await model.toBytes('weights.safetensors', { layout }), { layout });
      t.strictSame(bits(other), bits(model), `${name} as ${layout}`);
    }
  }
});

t.test('weights alone are no model, and other formats have one layout', async (t) => {
  const alone: Readonly<Record<string, StoredBytes>> = TORCH;
  await t.rejects(loadModel(safetensorsBytes(alone)), { code: 'ERR_UNSUPPORTED', message: /loadWeights/ });
  const bytes = await mlp().toBytes('weights.h5');
  await t.rejects(mlp().loadWeights(bytes, { layout: 'torch' }), { code: 'ERR_UNSUPPORTED', message: /safetensors/ });
  await t.rejects(mlp().loadWeights(bytes, { layout: 'tf' as 'torch' }), { code: 'ERR_INVALID_ARG' });
  writeFileSync(join(folder, 'x.safetensors'), safetensorsBytes({}));
  await t.rejects(mlp().loadWeights(join(folder, 'x.safetensors')), { code: 'ERR_SHAPE_MISMATCH' });
});
